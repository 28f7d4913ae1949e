//! How near a service is to where somebody asks: by the divisions that both lie in, since villages of one town are equally
//! far as long as nobody knows their coordinates.

use schema::{AreaCode, AreaLevel};

/// The narrowest division that a place shares with where somebody asks. The nearest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nearness {
    /// 本村、本社区
    Community,
    /// 本乡镇、街道
    Town,
    /// 本县、区
    County,
    /// 本市
    City,
    /// 本省
    Province,
    /// 外省
    Elsewhere,
}

impl Nearness {
    /// How near a place is to another.
    pub fn of(place: AreaCode, asked: AreaCode) -> Nearness {
        let deepest = place.level().min(asked.level());
        let shared = place.at_level(deepest).with_ancestors().find(|above| above.contains(asked));
        match shared.map(AreaCode::level) {
            Some(AreaLevel::Village) => Nearness::Community,
            Some(AreaLevel::Town) => Nearness::Town,
            Some(AreaLevel::County) => Nearness::County,
            Some(AreaLevel::City) => Nearness::City,
            Some(AreaLevel::Province) => Nearness::Province,
            None => Nearness::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_as_near_as_the_narrowest_division_that_both_lie_in() {
        use Nearness::{City, Community, County, Elsewhere, Province, Town};
        for (place, asked, expected) in [
            ("130306100209", "130306100209", Community),
            ("130306100210", "130306100209", Town),
            // Registered with the town, or asked about the whole of it.
            ("130306100000", "130306100209", Town),
            ("130306100209", "130306100000", Town),
            ("130306101209", "130306100209", County),
            ("130306000000", "130306100209", County),
            ("130322101209", "130306100209", City),
            ("130300000000", "130306100209", City),
            ("130100000000", "130306100209", Province),
            ("110101001001", "130306100209", Elsewhere),
        ] {
            let [place, asked] = [place, asked].map(|code| code.parse().unwrap());
            assert_eq!(Nearness::of(place, asked), expected, "{place} from {asked}");
            assert_eq!(Nearness::of(asked, place), expected, "{asked} from {place}");
        }
    }
}
