//! Which scopes a process holds.

use crate::area::AreaLevel;
use crate::scope::Scope;
use crate::streams::Category;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// How many prefixes a filter may have. Beyond, whole categories are followed and what is not read is dropped.
const MOST_PREFIXES: usize = 64;

/// One `--scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeChoice {
    /// `130306`: that scope alone. `130300`: what stands in no one county of the city, and no county.
    One(Scope),
    /// `1303`, `13`: the scope of that city or province, and all below it.
    Below(Scope),
}

/// Not a scope, nor the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} 不是辖区代码：请写六位（130306，或仅本级的 130300），或前两位、前四位（1303，含下辖各县区） \
     is no scope: six digits (130306, or 130300 for the city's own level alone), or the first two or four (1303 with \
     all below)"
)]
pub struct NotAChoice(pub String);

impl ScopeChoice {
    fn holds(self, scope: Scope) -> bool {
        match self {
            ScopeChoice::One(one) => one == scope,
            ScopeChoice::Below(top) => scope == top || scope.above().any(|above| above == top),
        }
    }

    /// The scopes that are read because they lie above.
    fn above(self) -> impl Iterator<Item = Scope> {
        match self {
            ScopeChoice::One(scope) | ScopeChoice::Below(scope) => scope.above(),
        }
    }

    /// How the names of what it holds begin, after the category.
    fn beginning(self) -> String {
        match self {
            ScopeChoice::One(scope) => scope.to_string(),
            ScopeChoice::Below(top) => digits(top),
        }
    }

    /// How the names of the divisions begin that registrations in what it holds may stand in or be told from.
    fn beginning_of_areas(self) -> String {
        match self {
            ScopeChoice::One(scope) => digits(neighbourhood(scope)),
            ScopeChoice::Below(top) => digits(top),
        }
    }
}

/// The significant digits of a scope above the counties: `1303` of `130300`, none of the nation's.
fn digits(scope: Scope) -> String {
    let mut text = scope.to_string();
    text.truncate(match scope.level() {
        None => 0,
        Some(AreaLevel::Province) => 2,
        Some(AreaLevel::City) => 4,
        Some(AreaLevel::County | AreaLevel::Town | AreaLevel::Village) => 6,
    });
    text
}

/// The level in which a scope's registrations stand, and where a division that goes over into another goes: of a county
/// its city, of a city that city, of a province all of it.
fn neighbourhood(scope: Scope) -> Scope {
    match scope.level() {
        Some(AreaLevel::County | AreaLevel::Town | AreaLevel::Village) => scope.above().next().unwrap_or(scope),
        Some(AreaLevel::City | AreaLevel::Province) | None => scope,
    }
}

/// Whether what happens to the divisions of a unit may change what is known of the registrations of a scope: it is the
/// scope itself, lies in the same city, or above. Whoever holds a scope follows the divisions of these.
pub fn reads_areas(scope: Scope, unit: Scope) -> bool {
    let around = neighbourhood(scope);
    ScopeChoice::Below(around).holds(unit) || scope.above().any(|above| above == unit)
}

impl FromStr for ScopeChoice {
    type Err = NotAChoice;
    fn from_str(text: &str) -> Result<Self, NotAChoice> {
        let refused = || NotAChoice(text.to_owned());
        match text.len() {
            6 => text.parse().map(ScopeChoice::One).map_err(|_| refused()),
            2 | 4 => format!("{text:0<6}").parse().map(ScopeChoice::Below).map_err(|_| refused()),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for ScopeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.beginning())
    }
}

/// The scopes that a process holds: in which its centre decides, and of which its directory answers. It reads the levels
/// above as well. Without any choice, everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSelection(BTreeSet<ScopeChoice>);

impl FromIterator<ScopeChoice> for ScopeSelection {
    fn from_iter<T: IntoIterator<Item = ScopeChoice>>(choices: T) -> Self {
        ScopeSelection(choices.into_iter().collect())
    }
}

impl ScopeSelection {
    /// Every scope that there is or will be.
    pub fn everything() -> ScopeSelection {
        ScopeSelection::default()
    }

    /// Whether it is every scope.
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a scope is held.
    pub fn holds(&self, scope: Scope) -> bool {
        self.is_everything() || self.0.iter().any(|choice| choice.holds(scope))
    }

    /// Whether a scope is held, or lies above one that is.
    pub fn reads(&self, scope: Scope) -> bool {
        self.holds(scope) || self.0.iter().any(|choice| choice.above().any(|above| above == scope))
    }

    /// Whether a scope and all that lie below it are held.
    pub fn holds_all_of(&self, scope: Scope) -> bool {
        let has_none_below = scope.level() == Some(AreaLevel::County);
        self.is_everything()
            || self.0.iter().any(|choice| match choice {
                ScopeChoice::One(one) => has_none_below && *one == scope,
                ScopeChoice::Below(_) => choice.holds(scope),
            })
    }

    /// Whether the divisions of a unit are read.
    pub fn reads_areas_of(&self, unit: Scope) -> bool {
        self.is_everything()
            || self.reads(unit)
            || self.0.iter().any(|choice| unit.to_string().starts_with(&choice.beginning_of_areas()))
    }

    /// The prefixes of the streams of these categories: of those of which only what is held counts, then of those that
    /// the levels above have as well. Above 64, one for each category: what comes then and is not read is to be
    /// dropped.
    pub fn prefixes(&self, held: &[Category], read: &[Category]) -> Vec<String> {
        let mut prefixes = BTreeSet::new();
        for category in held.iter().chain(read) {
            if self.is_everything() || *category == Category::Scopes {
                prefixes.insert(category.prefix());
            }
            for choice in &self.0 {
                let beginning =
                    if *category == Category::Areas { choice.beginning_of_areas() } else { choice.beginning() };
                prefixes.insert(format!("{}{beginning}", category.prefix()));
            }
        }
        for category in read {
            for above in self.0.iter().flat_map(|choice| choice.above()).filter(|above| !self.holds(*above)) {
                prefixes.insert(format!("{}{above}", category.prefix()));
            }
        }
        if prefixes.len() > MOST_PREFIXES {
            prefixes = held.iter().chain(read).map(|category| category.prefix()).collect();
        }
        // One that begins with another adds nothing.
        let covered =
            |prefix: &String| prefixes.iter().any(|other| prefix != other && prefix.starts_with(other.as_str()));
        prefixes.iter().filter(|prefix| !covered(prefix)).cloned().collect()
    }

    /// The choices as they were made; none for everything.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(ScopeChoice::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(digits: &str) -> Scope {
        digits.parse().unwrap()
    }

    fn selection(choices: &[&str]) -> ScopeSelection {
        choices.iter().map(|choice| choice.parse::<ScopeChoice>().unwrap()).collect()
    }

    #[test]
    fn what_is_held_and_what_is_read() {
        for (choices, held, only_read, neither) in [
            (
                &["130306"][..],
                &["130306"][..],
                &["130300", "130000", "000000"][..],
                &["130322", "130303", "140000"][..],
            ),
            (&["130300"], &["130300"], &["130000", "000000"], &["130306", "130322"]),
            (&["1303"], &["130300", "130306", "130322"], &["130000", "000000"], &["130400", "140300"]),
            (&["13"], &["130000", "130300", "130306"], &["000000"], &["140000", "140306"]),
            (&["130306", "130322"], &["130306", "130322"], &["130300", "130000", "000000"], &["130303"]),
            (&[], &["130306", "000000", "659012"], &[], &[]),
        ] {
            let selection = selection(choices);
            assert!(held.iter().all(|one| selection.holds(scope(one))), "{choices:?}");
            for one in only_read {
                assert!(!selection.holds(scope(one)) && selection.reads(scope(one)), "{choices:?} {one}");
            }
            for one in neither {
                assert!(!selection.reads(scope(one)), "{choices:?} {one}");
            }
        }
    }

    #[test]
    fn a_list_of_a_city_is_whole_only_where_the_city_is_held_with_all_below() {
        let city = scope("130300");
        assert!(selection(&["1303"]).holds_all_of(city) && selection(&["13"]).holds_all_of(city));
        assert!(ScopeSelection::everything().holds_all_of(city));
        assert!(!selection(&["130300"]).holds_all_of(city) && !selection(&["130306", "130322"]).holds_all_of(city));
        assert!(selection(&["130306"]).holds_all_of(scope("130306")));
    }

    #[test]
    fn a_filter_has_one_prefix_a_category_and_scope_and_those_of_the_levels_above() {
        let one = selection(&["130306"]);
        assert_eq!(
            one.prefixes(&[Category::Decisions], &[Category::Resource]),
            ["decisions-130306", "resource-000000", "resource-130000", "resource-130300", "resource-130306"]
        );
        assert_eq!(
            one.prefixes(&[], &[Category::Areas, Category::Scopes]),
            ["areas-000000", "areas-130000", "areas-1303", "scopes-"]
        );
        assert_eq!(
            selection(&["1303", "130322"]).prefixes(&[Category::Resource], &[]),
            ["resource-1303"],
            "a county of a city that is held adds nothing"
        );
        assert_eq!(
            ScopeSelection::everything().prefixes(&[Category::Resource], &[Category::Areas]),
            ["areas-", "resource-"]
        );
    }

    #[test]
    fn above_64_prefixes_whole_categories_are_followed() {
        let many: ScopeSelection =
            (130_301..130_370).map(|digits| digits.to_string().parse::<ScopeChoice>().unwrap()).collect();
        assert_eq!(many.prefixes(&[Category::Decisions, Category::Resource], &[]), ["decisions-", "resource-"]);
    }

    #[test]
    fn every_prefix_lets_through_what_is_read_and_the_divisions_around_it() {
        for choices in [&["130306"][..], &["130300"], &["1303"], &["130000"], &["000000"], &["13", "140100"]] {
            let selection = selection(choices);
            let resources = selection.prefixes(&[], &[Category::Resource]);
            let areas = selection.prefixes(&[], &[Category::Areas]);
            for one in ["130306", "130322", "130300", "130000", "000000", "140100", "140105", "140000"] {
                let passes = |prefixes: &[String], name: String| prefixes.iter().any(|prefix| name.starts_with(prefix));
                assert_eq!(
                    passes(&resources, format!("resource-{one}")),
                    selection.reads(scope(one)),
                    "{choices:?} {one}"
                );
                assert_eq!(
                    passes(&areas, format!("areas-{one}")),
                    selection.reads_areas_of(scope(one)),
                    "{choices:?} {one}"
                );
                for held in ["130306", "130322", "130300", "140100"] {
                    if selection.holds(scope(held)) && reads_areas(scope(held), scope(one)) {
                        assert!(selection.reads_areas_of(scope(one)), "{choices:?}: {held} reads {one}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_no_scope_is_refused_in_both_languages() {
        for text in ["", "1", "130", "13030", "1303061", "13030x", "１３"] {
            let refused = text.parse::<ScopeChoice>().unwrap_err().to_string();
            assert!(refused.contains("六位") && refused.contains("six digits"), "{text}");
        }
    }
}
