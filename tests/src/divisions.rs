//! Divisions as a log holds them, for whoever fills one.

use schema::areas::{Area, AreasEvent, AreasListed};
use schema::{Scheme, Scope, Stream};
use serde_json::Value;
use std::collections::BTreeMap;

/// The stream of each county-level unit (and of each level above) and the data of the one `AreasListed` in it.
pub fn lists(areas: &[Area]) -> impl Iterator<Item = (Stream, Value)> + use<> {
    let mut units: BTreeMap<Scope, Vec<Area>> = BTreeMap::new();
    for area in areas {
        units.entry(Scope::of_digits(area.code)).or_default().push(area.clone());
    }
    let scheme = Scheme::Statistical2023;
    units.into_iter().map(move |(scope, areas)| {
        let listed = AreasEvent::AreasListed(AreasListed { scheme, areas, part: None });
        let data = serde_json::to_value(&listed).expect("a list can be written")["data"].take();
        (Stream::Areas(scope, scheme), data)
    })
}
