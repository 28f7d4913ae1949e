//! Addresses: the street and the number behind the names of the places around them.

use super::name::plain;
use super::place::Place;
use schema::area_name::without_leading_ending;

/// What an address says beyond its village.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct House {
    /// What stands before the number, without the names of places.
    pub street: Vec<char>,
    /// The number, and that behind it (`12-3`, `12号院3号`), if it has any.
    pub number: Option<String>,
}

/// How two addresses agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agreement {
    /// Street and number.
    Same,
    /// The same words without a number, or the same number of which one says more (`12号`, `12号楼3单元`).
    SamePlace,
    /// Too little is said to tell.
    Unclear,
    /// Another street or another number.
    Different,
}

/// Reads an address, knowing its place. None when nothing is left beyond the names of places.
pub fn read(written: &str, place: &Place) -> Option<House> {
    let text = plain(written);
    let mut rest = text.as_str();
    // Past the last place that is named, from the widest to the village itself. One that is named behind the number,
    // as in 滨河路154号(大李官营), ends what is said of the house.
    let core = plain(&place.village_core);
    let places = place.wider_names.iter().chain(&place.town_names).map(String::as_str).chain([core.as_str()]);
    for name in places.filter(|name| name.chars().count() >= 2) {
        match rest.split_once(name) {
            Some((before, _)) if before.contains(|c: char| c.is_ascii_digit()) => rest = before.trim_end_matches('('),
            Some((_, after)) => rest = without_leading_ending(after),
            None => {}
        }
    }
    let (street, number) = split_number(rest);
    (!street.is_empty() || number.is_some()).then_some(House { street: street.chars().collect(), number })
}

/// Splits `滨河路154号` into the street and the number. Numbers behind the first stay with it.
fn split_number(text: &str) -> (&str, Option<String>) {
    let Some(at) = text.find(|c: char| c.is_ascii_digit()) else { return (text, None) };
    let (street, tail) = text.split_at(at);
    let mut number = String::new();
    for c in tail.chars() {
        if c.is_ascii_digit() {
            number.push(c);
        } else if !number.is_empty() && !number.ends_with('-') {
            number.push('-');
        }
    }
    let number = number.trim_end_matches('-').to_owned();
    (street, Some(number))
}

/// Compares two addresses of one village.
pub fn compare(one: &House, other: &House) -> Agreement {
    let same_street = same_street(&one.street, &other.street);
    let says_more = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|more| more.starts_with('-'));
    match (&one.number, &other.number) {
        (Some(a), Some(b)) if same_street && (says_more(a, b) || says_more(b, a)) => Agreement::SamePlace,
        (Some(a), Some(b)) if a == b && same_street => Agreement::Same,
        (Some(a), Some(b)) if a == b && (one.street.is_empty() || other.street.is_empty()) => Agreement::Unclear,
        (Some(_), Some(_)) => Agreement::Different,
        (None, None) if !one.street.is_empty() && one.street == other.street => Agreement::SamePlace,
        (None | Some(_), None) | (None, Some(_)) => Agreement::Unclear,
    }
}

/// Whether two streets are one: one ends with the other, or both end alike with a name left over before, which is a
/// place written in two ways.
fn same_street(one: &[char], other: &[char]) -> bool {
    let alike = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    alike >= 3 || (alike >= 2 && alike == one.len().min(other.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(written: &str) -> House {
        let place = Place {
            village_core: "大李官营".into(),
            town_names: vec!["抚宁镇".into(), "抚宁".into()],
            wider_names: vec!["秦皇岛市".into(), "河北省".into(), "抚宁区".into(), "抚宁县".into()],
            ..Place::default()
        };
        read(written, &place).unwrap()
    }

    #[test]
    fn one_house_is_recognised_in_any_form() {
        let first = house("河北省秦皇岛市抚宁区抚宁镇大李官营滨河路１５４号");
        for other in [
            "抚宁镇大李官营村滨河路154",
            "抚宁县抚宁镇大李官营村委会滨河路154号",
            "滨河路154号",
            "大李宫营滨河路154号",
            "抚宁镇滨河路154号（大李官营）",
        ] {
            assert_eq!(compare(&first, &house(other)), Agreement::Same, "{other}");
        }
        assert_eq!(compare(&first, &house("抚宁镇大李官营村滨河路155")), Agreement::Different);
        assert_eq!(compare(&first, &house("抚宁镇建设路82号（大李官营）")), Agreement::Different);
        assert_eq!(compare(&first, &house("抚宁镇大李官营村滨河路154号楼1单元")), Agreement::SamePlace);
        assert_eq!(compare(&first, &house("抚宁镇大李官营村滨河路15")), Agreement::Different);
        assert_eq!(compare(&first, &house("抚宁镇大李官营村建设路154")), Agreement::Different);
        assert_eq!(compare(&first, &house("抚宁镇大李官营村委会院内")), Agreement::Unclear);
    }

    #[test]
    fn an_address_of_places_alone_says_nothing() {
        assert_eq!(read("抚宁镇", &Place { town_names: vec!["抚宁镇".into()], ..Place::default() }), None);
    }
}
