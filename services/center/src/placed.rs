//! Where a registration stands today: on the codes that have come after those it was registered under.

use offers::Registered;
use schema::area_book::{AreaBook, Became};
use schema::{AreaCode, AreaLevel};
use std::collections::BTreeSet;

/// The registration with its area and what it serves under the codes of today. An area that went over into several stays
/// where neither village, address nor name says into which; what it serves is all that came after.
pub(crate) fn placed(mut registered: Registered, areas: &AreaBook) -> Registered {
    let divisions = areas.now();
    let offer = &mut registered.offer;
    let village = offer.village_name.as_deref().unwrap_or_default();
    let address = offer.address.as_deref().unwrap_or_default();
    offer.area = divisions.settled(offer.area, None, &[village, address, offer.name.as_str()]);
    let mut coverage = Vec::with_capacity(offer.coverage.len());
    for code in offer.coverage.iter().flat_map(|code| divisions.carried(*code, None)) {
        if !coverage.contains(&code) {
            coverage.push(code);
        }
    }
    offer.coverage = coverage;
    registered
}

/// Whether two books say the same of a code, as far as anyone reads here who is registered on it or serves it.
pub(crate) fn reads_alike(code: AreaCode, before: &AreaBook, now: &AreaBook) -> bool {
    said(code, before) == said(code, now)
}

/// Everything that [`placed`] and [`crate::matching::place`] ask of a code.
fn said(code: AreaCode, areas: &AreaBook) -> String {
    let divisions = areas.now();
    let became = divisions.became(code, None);
    let mut codes: BTreeSet<AreaCode> = divisions.carried(code, None).into_iter().chain([code]).collect();
    match &became {
        Became::Several(into) | Became::Within(into) => codes.extend(into),
        Became::Itself | Became::One(_) | Became::Nothing | Became::Unknown => {}
    }
    let names = |code: AreaCode| {
        let above = code.with_ancestors().map(|above| (divisions.name(above), divisions.former_names(above)));
        // What is known by its town alone may name the village.
        let inside = areas.children(code).filter(|_| code.level() == AreaLevel::Town);
        (above.collect::<Vec<_>>(), inside.map(|area| (area.code, area.name.as_str())).collect::<Vec<_>>())
    };
    let names: Vec<_> = codes.iter().map(|code| names(*code)).collect();
    format!("{became:?} {codes:?} {names:?}")
}

#[cfg(test)]
mod tests {
    use crate::registry::{Due, Registry};
    use crate::samples::{at, id, merchant, station};
    use offers::OfficeEvent;
    use schema::areas::{AreaChangeKind, AreaChanged, AreasEvent, ChangeDate};
    use schema::commerce::{CommerceEvent, Merchant};
    use schema::decisions::DecisionEvent;
    use schema::resource::ResourceEvent;
    use schema::womens_federation::{Station, WomensFederationEvent};
    use std::sync::Arc;

    /// Two registrations of one canteen, one of them on the code of the village next to it.
    fn registry() -> Registry {
        let mut registry = Registry::default();
        registry.apply_areas(Arc::new(crate::matching::sample_areas()));
        let phones = vec!["+863357163001".parse().unwrap()];
        let address = Some("中心街12号".to_owned());
        let old = Station { phones: phones.clone(), address: address.clone(), ..station("康乐老年食堂") };
        let old = OfficeEvent::WomensFederation(WomensFederationEvent::StationRegistered(old));
        let village = "130306100210".parse().unwrap();
        let new = Merchant { phones, address, village, delivery: vec![village], ..merchant("康乐老年食堂") };
        let new = OfficeEvent::Commerce(CommerceEvent::MerchantRegistered(new));
        registry.apply_office(id(1), &old, at(1), None);
        registry.apply_office(id(2), &new, at(2), None);
        registry
    }

    fn decided(registry: &mut Registry) -> Vec<DecisionEvent> {
        let mut events = Vec::new();
        while let Some(due) = registry.decide() {
            match due {
                Due::Adopt { .. } => {}
                Due::Decide { events: decided, .. } => events.extend(decided),
            }
        }
        events
    }

    #[test]
    fn one_on_an_old_code_and_one_on_the_new_are_of_one_village() {
        let mut registry = registry();
        let is_merge = |event: &DecisionEvent| matches!(event, DecisionEvent::RegistrationsMerged(_));
        assert!(!decided(&mut registry).iter().any(is_merge), "in two villages");
        let mut areas = crate::matching::sample_areas();
        areas.apply(&AreasEvent::AreaChanged(AreaChanged {
            scheme: schema::Scheme::default(),
            kind: AreaChangeKind::MergedInto,
            on: ChangeDate::Year(2025),
            words: "撤并".into(),
            old_code: "130306100209".parse().ok(),
            old_name: Some("大李官营村委会".into()),
            new_code: "130306100210".parse().ok(),
            new_name: None,
            document: None,
            unconfirmed: None,
        }));
        registry.apply_areas(Arc::new(areas));
        assert!(decided(&mut registry).iter().any(is_merge), "in one");
        let published: Vec<_> = registry.publications().into_iter().map(|publication| publication.event).collect();
        let shown = published.iter().find_map(|event| match event {
            ResourceEvent::ResourcePublished(shown) | ResourceEvent::ResourceRevised(shown) => Some(&shown.resource),
            ResourceEvent::ResourceRestored(_)
            | ResourceEvent::ResourceAbsorbed(_)
            | ResourceEvent::ResourceWithdrawn(_) => None,
        });
        assert_eq!(shown.unwrap().area, "130306100210".parse().unwrap());
    }
}
