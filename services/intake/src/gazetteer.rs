//! Divisions by the names that clerks write: `大李官营村`, `抚宁镇大李官营村委会`, `抚宁县 抚宁镇 大李官营`.
//!
//! A name is compared by its stem: without 村, 社区 and the words for their committees. What stands before it must be
//! names of the divisions in which it lies, as they are, shortened (`抚宁`), or as a county of the city was formerly called:
//! in 2015 four towns of 抚宁县 went to other districts, and people go on writing the old county before them.

use crate::cell::normalise;
use schema::area_book::AreaBook;
use schema::areas::{Area, AreasEvent};
use schema::scopes::{ScopeBook, ScopesEvent};
use schema::{AreaCode, AreaLevel, Scope};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::OnceLock;

/// A text longer than this names no division.
const LONGEST: usize = 60;

/// The divisions, by code and by name.
#[derive(Clone, Debug, Default)]
pub struct Gazetteer {
    book: AreaBook,
    scopes: ScopeBook,
    /// Made when first asked for.
    names: OnceLock<Names>,
}

/// Names by which divisions are found.
#[derive(Clone, Debug, Default)]
struct Names {
    /// Codes by the stem of their name, or of a name that they or what went over into them had before.
    by_stem: HashMap<String, Vec<AreaCode>>,
    /// By city, what its counties were formerly called and no county is called today.
    former_counties: HashMap<AreaCode, Vec<String>>,
}

/// Which division a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// None that is known.
    None,
    /// One, beyond doubt: the text says in what it lies, or names a town or county as it is called.
    Surely(AreaCode),
    /// One, because no other has that name here, or because it lies nearby.
    Probably(AreaCode),
    /// Several, in code order.
    Several(Vec<AreaCode>),
}

impl Deref for Gazetteer {
    type Target = AreaBook;

    fn deref(&self) -> &AreaBook {
        &self.book
    }
}

impl From<AreaBook> for Gazetteer {
    fn from(book: AreaBook) -> Self {
        Gazetteer { book, ..Gazetteer::default() }
    }
}

impl Gazetteer {
    /// Takes in one event.
    pub fn apply(&mut self, event: &AreasEvent) {
        self.book.apply(event);
        self.names = OnceLock::new();
    }

    /// Takes in one event about scopes.
    pub fn apply_scopes(&mut self, event: &ScopesEvent) {
        self.scopes.apply(event);
    }

    /// The scope of a registration that is first made at a place.
    pub fn scope_of(&self, place: AreaCode) -> Scope {
        self.scopes.scope_of(place)
    }

    /// The narrowest scope that holds every county that is known: that of who hands in for no county in particular.
    pub fn common_scope(&self) -> Scope {
        let counties = self.book.iter().filter(|area| area.level == AreaLevel::County).map(|area| area.code);
        let mut common: Option<Scope> = None;
        for scope in counties.map(|code| self.scopes.scope_of(code)) {
            let known = common.unwrap_or(scope);
            let holds = |one: &Scope| *one == scope || scope.above().any(|above| above == *one);
            common = std::iter::once(known).chain(known.above()).find(holds);
        }
        common.unwrap_or_default()
    }

    /// The division that a text names. Of several, those `within` a division come first, then those that lie nearest to
    /// it: in the same town, in the same county; and those whose town or county is named `beside`, in an address.
    pub fn named(&self, written: &str, within: Option<AreaCode>, beside: &str) -> Named {
        let candidates = readings(written).iter().map(|text| self.candidates(text)).find(|found| !found.is_empty());
        let Some(mut candidates) = candidates else { return Named::None };
        narrow(&mut candidates, |candidate| candidate.kind_fits);
        if let [only] = candidates.as_slice()
            && only.told
            && only.kind_fits
        {
            return Named::Surely(only.area.code);
        }
        for level in [AreaLevel::Village, AreaLevel::Town, AreaLevel::County] {
            if let Some(within) = within.filter(|within| within.level() >= level) {
                narrow(&mut candidates, |candidate| within.at_level(level).contains(candidate.area.code));
            }
        }
        if candidates.len() > 1 && !beside.is_empty() {
            let beside: String = normalise(beside).chars().filter(|character| *character != ' ').collect();
            for level in [AreaLevel::Town, AreaLevel::County] {
                narrow(&mut candidates, |candidate| {
                    self.name(candidate.area.code.at_level(level)).is_some_and(|name| beside.contains(name))
                });
            }
        }
        narrow(&mut candidates, |candidate| candidate.exact);
        match candidates.as_slice() {
            [only] => Named::Probably(only.area.code),
            several => Named::Several(several.iter().map(|candidate| candidate.area.code).collect()),
        }
    }

    /// Divisions with a name like this one, a few, for a hint.
    pub fn similar(&self, written: &str) -> Vec<AreaCode> {
        let Some(text) = readings(written).into_iter().next() else { return Vec::new() };
        let stem = stem(&text);
        if stem.chars().count() < 2 {
            return Vec::new();
        }
        let mut found: Vec<AreaCode> = self
            .names()
            .by_stem
            .iter()
            .filter(|(known, _)| known.chars().count() >= 2 && (known.contains(stem) || stem.ends_with(known.as_str())))
            .flat_map(|(_, codes)| codes.iter().copied())
            .collect();
        found.sort_unstable();
        found.truncate(3);
        found
    }

    /// Whether a name could be that of a division, or of one that went over into it, whatever is said around it.
    pub fn may_be_called(&self, written: &str, code: AreaCode) -> bool {
        let Some(area) = self.get(code) else { return false };
        let changes = self.now().changes_of(code).into_iter().filter(|change| change.new_code == Some(code));
        let names = changes.filter_map(|change| change.old_name.as_deref()).chain([area.name.as_str()]);
        let readings = readings(written);
        names
            .map(stem)
            .any(|wanted| readings.iter().any(|text| stem(text).ends_with(wanted) || wanted.ends_with(stem(text))))
    }

    /// The names from the county down, as one text.
    pub fn full_name(&self, code: AreaCode) -> String {
        self.path(code).iter().filter(|area| area.level >= AreaLevel::County).map(|area| area.name.as_str()).collect()
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let by_stem = self.by_stem();
            let mut former_counties: HashMap<AreaCode, Vec<String>> = HashMap::new();
            for change in self.book.changes().filter(|change| !change.is_of_a_part()) {
                let old = change.old_code.or(change.new_code).filter(|old| old.level() == AreaLevel::County);
                let (Some(name), Some(old)) = (&change.old_name, old) else { continue };
                let called = by_stem.get(stem(name)).into_iter().flatten().filter_map(|code| self.get(*code));
                // Part of a former county may lie in another one today, but not in one that is so called today.
                if !called.into_iter().any(|area| area.level == AreaLevel::County && area.name == *name) {
                    former_counties.entry(old.at_level(AreaLevel::City)).or_default().push(name.clone());
                }
            }
            Names { by_stem, former_counties }
        })
    }

    fn by_stem(&self) -> HashMap<String, Vec<AreaCode>> {
        let mut by_stem: HashMap<String, Vec<AreaCode>> = HashMap::new();
        for area in self.book.iter() {
            by_stem.entry(stem(&area.name).to_owned()).or_default().push(area.code);
            if area.level == AreaLevel::County {
                for name in otherwise_ranked(&area.name) {
                    by_stem.entry(name).or_default().push(area.code);
                }
            }
        }
        for change in self.book.changes() {
            let (Some(name), Some(new)) = (&change.old_name, change.new_code) else { continue };
            let called = by_stem.entry(stem(name).to_owned()).or_default();
            called.extend(self.now().carried(new, None).into_iter().filter(|code| self.get(*code).is_some()));
        }
        by_stem
    }

    fn candidates(&self, text: &str) -> Vec<Candidate<'_>> {
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        for (begins, _) in text.char_indices() {
            let (before, name) = text.split_at(begins);
            for code in self.names().by_stem.get(stem(name)).into_iter().flatten() {
                let Some(area) = self.get(*code) else { continue };
                let Some(told) = self.leads_to(before, *code) else { continue };
                if candidates.iter().any(|known| known.area.code == *code) {
                    continue;
                }
                let told = told || area.level < AreaLevel::Village;
                // By the name of a village that went over into it: it is said which one it was taken for.
                let told = told && (area.level < AreaLevel::Town || stem(&area.name) == stem(name));
                candidates.push(Candidate {
                    area,
                    told,
                    exact: area.name == name,
                    kind_fits: Kind::of(name).fits(Kind::of(&area.name)),
                });
            }
        }
        candidates.sort_unstable_by_key(|candidate| candidate.area.code);
        candidates
    }

    /// Whether a text is nothing but names of divisions in which `code` lies, and if so, whether its town or county is
    /// among them.
    fn leads_to(&self, text: &str, code: AreaCode) -> Option<bool> {
        let above: Vec<AreaCode> = code.with_ancestors().skip(1).collect();
        let (mut rest, mut told) = (text, false);
        while !rest.is_empty() {
            // 抚宁区抚宁镇: the longest name counts, or the short name of the town would leave 区 behind.
            let names = above.iter().flat_map(|above| self.names_of(*above).into_iter().map(|name| (*above, name)));
            let fitting = names.filter(|(_, name)| rest.starts_with(name.as_str()));
            let (division, length) =
                fitting.map(|(division, name)| (division, name.len())).max_by_key(|(_, length)| *length)?;
            told |= division.level() >= AreaLevel::County;
            rest = rest.get(length..)?;
        }
        Some(told)
    }

    /// What a division that others lie in is called, with former names of the counties of its city.
    fn names_of(&self, code: AreaCode) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            names.push(name.to_owned());
            names.extend(shortened(name));
        };
        if let Some(area) = self.get(code) {
            add(&area.name);
        }
        if code.level() == AreaLevel::County {
            for name in self.get(code).map(|area| otherwise_ranked(&area.name)).unwrap_or_default() {
                add(&name);
            }
            let city = code.at_level(AreaLevel::City);
            for name in self.names().former_counties.get(&city).into_iter().flatten() {
                add(name);
            }
        }
        names
    }
}

struct Candidate<'g> {
    area: &'g Area,
    /// The text says in which town or county it lies.
    told: bool,
    exact: bool,
    kind_fits: bool,
}

/// Keeps those that fit, if any does.
fn narrow<'g>(candidates: &mut Vec<Candidate<'g>>, fits: impl Fn(&Candidate<'g>) -> bool) {
    if candidates.iter().any(&fits) {
        candidates.retain(fits);
    }
}

/// What sort of place a name says that it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Village,
    Community,
    Unsaid,
}

impl Kind {
    fn of(name: &str) -> Kind {
        if ["居委会", "居民委员会", "社区"].iter().any(|word| name.ends_with(word)) {
            Kind::Community
        } else if ["村", "村委会", "村民委员会"].iter().any(|word| name.ends_with(word)) {
            Kind::Village
        } else {
            Kind::Unsaid
        }
    }

    fn fits(self, other: Kind) -> bool {
        self == other || self == Kind::Unsaid || other == Kind::Unsaid
    }
}

/// A name without the words that are written or left out at will.
fn stem(name: &str) -> &str {
    const WORDS: &[&str] = &[
        "村民委员会",
        "居民委员会",
        "街道办事处",
        "人民政府",
        "办事处",
        "村委会",
        "居委会",
        "行政村",
        "自然村",
        "社区",
        "村",
    ];
    let mut stem = name;
    loop {
        let shorter = WORDS.iter().find_map(|word| {
            let rest = stem.strip_suffix(word)?;
            // 骊城街道办事处 is 骊城街道.
            Some(if *word == "街道办事处" { stem.strip_suffix("办事处")? } else { rest })
        });
        match shorter.filter(|shorter| !shorter.is_empty()) {
            Some(shorter) => stem = shorter,
            None => return stem,
        }
    }
}

/// How a division's name is shortened before another: 抚宁 for 抚宁区, 青龙 and 青龙县 for 青龙满族自治县.
fn shortened(name: &str) -> Vec<String> {
    if name.ends_with("自治县") || name.ends_with("自治州") || name.ends_with("自治区") {
        let two: String = name.chars().take(2).collect();
        let whole = format!("{two}{}", name.chars().last().unwrap_or_default());
        return vec![two, whole];
    }
    ["街道办事处", "街道", "地区", "省", "市", "区", "县", "镇", "乡"]
        .iter()
        .find_map(|word| name.strip_suffix(word))
        .filter(|short| short.chars().count() >= 2)
        .map(str::to_owned)
        .into_iter()
        .collect()
}

/// A county as it may have been called before it became a district or a city: 抚宁县 for 抚宁区.
fn otherwise_ranked(name: &str) -> Vec<String> {
    let ranks = ["县", "区", "市"];
    let short = ranks.iter().find_map(|rank| name.strip_suffix(rank)).filter(|short| short.chars().count() >= 2);
    let Some(short) = short.filter(|_| !name.contains("自治")) else { return Vec::new() };
    ranks.iter().map(|rank| format!("{short}{rank}")).filter(|other| other != name).collect()
}

/// The ways in which a text may be read: as it stands, and with what is in brackets put first (`大李官营村（抚宁镇）`).
fn readings(written: &str) -> Vec<String> {
    let text = normalise(written);
    if text.is_empty() || text.chars().count() > LONGEST {
        return Vec::new();
    }
    let joined = |text: &str| -> String {
        let between = |character: &char| {
            matches!(character, ' ' | '-' | '—' | '–' | '/' | '\\' | '>' | '·' | '|' | ',' | '、' | '_' | ':')
        };
        text.chars().filter(|character| !between(character) && !matches!(character, '(' | ')' | '[' | ']')).collect()
    };
    let mut readings = vec![joined(&text)];
    if let Some((outer, rest)) = text.split_once(['(', '['])
        && let Some((inner, behind)) = rest.split_once([')', ']'])
    {
        readings.push(joined(&format!("{inner}{outer}{behind}")));
        readings.push(joined(&format!("{outer}{behind}")));
    }
    readings.retain(|reading| !reading.is_empty());
    readings
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::Scheme;
    use schema::areas::{AreaChangeKind, AreaChanged, AreasListed, ChangeDate};

    fn qinhuangdao() -> Gazetteer {
        let mut gazetteer = Gazetteer::default();
        let mut areas = Vec::new();
        for line in include_str!("../../../schema/areas/130300.csv").lines().skip(1) {
            let mut cells = line.split(',');
            let code: AreaCode = cells.next().unwrap().parse().unwrap();
            let name = cells.next().unwrap().to_owned();
            areas.push(Area { code, name, level: code.level(), parent: code.with_ancestors().nth(1) });
        }
        gazetteer.apply(&AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas, part: None }));
        gazetteer.apply(&AreasEvent::AreaChanged(AreaChanged {
            scheme: Scheme::default(),
            kind: AreaChangeKind::CountyToDistrict,
            on: ChangeDate::Year(2015),
            words: "撤县设区".into(),
            old_code: "130323".parse().ok(),
            old_name: Some("抚宁县".into()),
            new_code: "130306".parse().ok(),
            new_name: Some("抚宁区".into()),
            document: None,
            unconfirmed: None,
        }));
        gazetteer
    }

    fn code(text: &str) -> AreaCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_with_the_divisions_around_it_is_beyond_doubt() {
        let book = qinhuangdao();
        for (written, expected) in [
            ("抚宁镇大李官营村", "130306100209"),
            ("抚宁镇大李官营", "130306100209"),
            ("抚宁区抚宁镇大李官营村委会", "130306100209"),
            ("抚宁区 抚宁镇 大李官营村民委员会", "130306100209"),
            ("抚宁区-抚宁镇-大李官营村", "130306100209"),
            ("河北省秦皇岛市抚宁区抚宁镇大李官营村", "130306100209"),
            ("秦皇岛市抚宁县抚宁镇大李官营村", "130306100209"),
            ("抚宁县大李官营村", "130306100209"),
            ("昌黎市昌黎镇", "130322100000"),
            ("大李官营村（抚宁镇）", "130306100209"),
            ("抚宁镇", "130306100000"),
            ("抚宁区", "130306000000"),
            ("抚宁县", "130306000000"),
            ("骊城街道办事处", "130306001000"),
            ("抚宁区骊城街道", "130306001000"),
            ("秦皇岛市", "130300000000"),
        ] {
            assert_eq!(book.named(written, None, ""), Named::Surely(code(expected)), "{written}");
        }
    }

    #[test]
    fn a_town_that_went_to_another_district_is_found_under_its_old_county() {
        let book = qinhuangdao();
        let town = book.iter().find(|area| area.name == "石门寨镇").unwrap().code;
        assert_ne!(town.county(), "130306");
        assert_eq!(book.named("抚宁县石门寨镇", None, ""), Named::Surely(town));
    }

    #[test]
    fn a_name_alone_is_probable_when_no_other_is_so_called() {
        let book = qinhuangdao();
        for written in ["大李官营村", "大李官营", "大李官营村委会", "大李官营社区"] {
            assert_eq!(book.named(written, None, ""), Named::Probably(code("130306100209")), "{written}");
        }
    }

    #[test]
    fn a_name_that_several_have_is_told_apart_only_by_where_it_lies() {
        let book = qinhuangdao();
        let Named::Several(all) = book.named("太平庄村", None, "") else { panic!("there are several") };
        assert!(all.len() >= 3);
        for one in &all {
            let town = one.at_level(AreaLevel::Town);
            assert_eq!(book.named("太平庄村", Some(town), ""), Named::Probably(*one));
            let address = format!("{}太平庄幸福街1号", book.full_name(town));
            assert_eq!(book.named("太平庄村", None, &address), Named::Probably(*one));
        }
    }

    #[test]
    fn the_sort_of_place_tells_namesakes_apart() {
        let book = qinhuangdao();
        let named = |text: String| match book.named(&text, None, "") {
            Named::Surely(code) | Named::Probably(code) => book.name(code).unwrap().to_owned(),
            Named::None | Named::Several(_) => "?".to_owned(),
        };
        let town = book.full_name(code("130304101000"));
        assert_eq!(named(format!("{town}车站村")), "车站村委会");
        assert_eq!(named(format!("{town}车站居委会")), "车站居委会");
        assert!(matches!(book.named(&format!("{town}车站"), None, ""), Named::Several(both) if both.len() == 2));
    }

    #[test]
    fn what_names_no_division_names_none() {
        let book = qinhuangdao();
        for written in
            ["", "村", "火星", "昌黎县抚宁镇大李官营村", "大大李官营村", "详见附件", "抚宁镇大李官营村中心街2号"]
        {
            assert_eq!(book.named(written, None, ""), Named::None, "{written}");
        }
        assert_eq!(book.similar("老李官营村"), [code("130306200234"), code("130324105225")]);
    }
}
