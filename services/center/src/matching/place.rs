//! Where a registration really is: the village behind a town's code, and the names of the places around it, which say
//! nothing in a name or an address that every neighbour writes too.

use schema::area_book::AreaBook;
use schema::area_name::{town_core, village_core};
use schema::{AreaCode, AreaLevel};

/// Where a registration is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The village, said by its code or found in the words; none when only the town is known.
    pub village: Option<AreaCode>,
    /// The town, when the code reaches that far down.
    pub town: Option<AreaCode>,
    /// The village's name without its ending, e.g. `大李官营`; empty when not known.
    pub village_core: String,
    /// The town's name, whole and without its ending.
    pub town_names: Vec<String>,
    /// The names of county, city and province, now and before, whole.
    pub wider_names: Vec<String>,
}

/// Finds the place of `code`. When it names only a town, the village is looked for in `texts`, the most telling first:
/// the longest name of a village of that town that one of them contains, if there is only one so long.
pub fn locate(code: AreaCode, texts: &[&str], areas: &AreaBook) -> Place {
    let level = code.level();
    let town = (level >= AreaLevel::Town).then(|| code.at_level(AreaLevel::Town));
    let village = match level {
        AreaLevel::Village => Some(code),
        AreaLevel::Town => texts.iter().find_map(|text| village_in(text, code, areas)),
        AreaLevel::County | AreaLevel::City | AreaLevel::Province => None,
    };
    let name_of = |code: Option<AreaCode>| code.and_then(|code| areas.name(code)).unwrap_or_default();
    let town_name = name_of(town);
    let mut town_names = Vec::new();
    for name in [town_name, town_core(town_name)] {
        if name.chars().count() >= 2 && !town_names.iter().any(|known| known == name) {
            town_names.push(name.to_owned());
        }
    }
    Place {
        village,
        town,
        village_core: village_core(name_of(village)).to_owned(),
        town_names,
        wider_names: wider_names(code, areas),
    }
}

/// The village of `town` that `text` names.
fn village_in(text: &str, town: AreaCode, areas: &AreaBook) -> Option<AreaCode> {
    // The town's own name may hold a village's (榆关镇 and 榆关村): past it, where it stands.
    let town_name = areas.name(town).unwrap_or_default();
    let text = match text.split_once(town_name) {
        Some((_, rest)) if !town_name.is_empty() => rest,
        Some(_) | None => text,
    };
    let mut longest = 1;
    let mut found = None;
    for village in areas.children(town) {
        let core = village_core(&village.name);
        let length = core.chars().count();
        if length >= longest.max(2) && text.contains(core) {
            found = if length == longest { None } else { Some(village.code) };
            longest = length;
        }
    }
    found
}

/// The names above the town, and those that they had before, the longest first.
fn wider_names(code: AreaCode, areas: &AreaBook) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for above in code.with_ancestors().filter(|above| above.level() < AreaLevel::Town) {
        names.extend(areas.name(above).map(str::to_owned));
        names.extend(areas.now().former_names(above).into_iter().map(str::to_owned));
    }
    names.retain(|name| name.chars().count() >= 2);
    names.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::sample_areas;

    #[test]
    fn a_village_is_found_behind_the_code_of_its_town() {
        let areas = sample_areas();
        let place = locate("130306100000".parse().unwrap(), &["康乐食堂", "抚宁镇大李官营村中心街2号"], &areas);
        assert_eq!(place.village, Some("130306100209".parse().unwrap()));
        assert_eq!(place.village_core, "大李官营");
        assert_eq!(locate("130306100000".parse().unwrap(), &["康乐食堂"], &areas).village, None);
    }

    #[test]
    fn the_longer_of_two_village_names_is_meant() {
        let areas = sample_areas();
        let place = locate("130306100000".parse().unwrap(), &["李官营家政"], &areas);
        assert_eq!(place.village, Some("130306100210".parse().unwrap()));
    }
}
