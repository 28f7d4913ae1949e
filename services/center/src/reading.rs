//! What the centre reads in the offices' events: one registration, in the directory's words, with what bears on
//! whether it may be published. A pure fold; the offices' own words end here.

use chrono::{DateTime, Utc};
use schema::clinic::{ClinicEvent, Practice};
use schema::commerce::{CommerceEvent, Inspection, Merchant};
use schema::licence::Licence;
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::youth_league::{Team, YouthLeagueEvent};
use schema::{
    AreaCode, Audience, Category, DecodeError, Eligibility, Event, Hours, Kind, MovedOut, Office, Phone,
    RegistrationId, Shape,
};

/// An event of whichever office.
#[derive(Clone, Debug, PartialEq)]
pub enum OfficeEvent {
    /// Of a clinic.
    Clinic(ClinicEvent),
    /// Of the women's federation.
    WomensFederation(WomensFederationEvent),
    /// Of the youth league.
    YouthLeague(YouthLeagueEvent),
    /// Of the commerce office.
    Commerce(CommerceEvent),
}

impl OfficeEvent {
    /// Reads an event of `office`.
    pub fn decode(office: Office, shape: &Shape, data: &[u8]) -> Result<Self, DecodeError> {
        match office {
            Office::Clinic => ClinicEvent::decode(shape, data).map(OfficeEvent::Clinic),
            Office::WomensFederation => WomensFederationEvent::decode(shape, data).map(OfficeEvent::WomensFederation),
            Office::YouthLeague => YouthLeagueEvent::decode(shape, data).map(OfficeEvent::YouthLeague),
            Office::Commerce => CommerceEvent::decode(shape, data).map(OfficeEvent::Commerce),
        }
    }
}

impl OfficeEvent {
    /// Whether it registers, for the first time or again after a withdrawal.
    fn registers(&self) -> bool {
        matches!(
            self,
            OfficeEvent::Clinic(ClinicEvent::PracticeRegistered(_) | ClinicEvent::PracticeMovedIn(_))
                | OfficeEvent::WomensFederation(
                    WomensFederationEvent::StationRegistered(_) | WomensFederationEvent::StationMovedIn(_)
                )
                | OfficeEvent::YouthLeague(YouthLeagueEvent::TeamRegistered(_) | YouthLeagueEvent::TeamMovedIn(_))
                | OfficeEvent::Commerce(CommerceEvent::MerchantRegistered(_) | CommerceEvent::MerchantMovedIn(_))
        )
    }
}

/// What is offered, field by field as [`schema::resource::Resource`] has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What sort of thing it is.
    pub kind: Kind,
    /// Its name as the office wrote it.
    pub name: String,
    /// Its category.
    pub category: Category,
    /// The credit code of who provides it; its check digit was verified by the office.
    pub credit_code: Option<String>,
    /// Numbers to call, in the office's order.
    pub phones: Vec<Phone>,
    /// Where to go.
    pub address: Option<String>,
    /// Where it is.
    pub area: AreaCode,
    /// What it serves.
    pub coverage: Vec<AreaCode>,
    /// Whom it is for.
    pub eligibility: Eligibility,
    /// When it is open.
    pub hours: Hours,
    /// What it costs.
    pub fees: Option<String>,
    /// Places for the public.
    pub vacancy: Option<u32>,
    /// Whether it comes to the home.
    pub home_visits: Option<bool>,
    /// Its licence.
    pub licence: Licence,
    /// The number under which a register of its own knows it (志愿汇编号). Bears on matching alone.
    pub register_number: Option<String>,
    /// What the office calls the village. Bears on matching alone.
    pub village_name: Option<String>,
}

/// Whether a registration may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// In force.
    Active,
    /// Stopped for a while, by its office or by a failed inspection.
    Suspended,
    /// No longer offered.
    Withdrawn,
    /// In force with its office, but a rule forbids showing any of it: work with children without a safeguarding
    /// clearance.
    NotPublishable,
}

/// One registration as the centre sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered {
    /// Which.
    pub id: RegistrationId,
    /// Whose.
    pub office: Office,
    /// When it was first registered, in the world's time: orders the members of a group.
    pub registered_at: DateTime<Utc>,
    /// When it was last said whole, in the world's time: the more recent of two disagreeing values.
    pub said_at: DateTime<Utc>,
    /// The county in which it was first registered: decisions about it stand in this scope for good.
    pub scope: String,
    /// Whether it may be shown.
    pub standing: Standing,
    /// What it is in another county now, if it moved there.
    pub transferred_to: Option<RegistrationId>,
    /// What is offered, as far as it may be shown.
    pub offer: Offer,
}

impl Registered {
    /// The order of the members of a group: earliest registered first.
    pub fn seniority(&self) -> (DateTime<Utc>, RegistrationId) {
        (self.registered_at, self.id)
    }

    /// Orders by how lately it was said; the greater is the more recent.
    pub fn recency(&self) -> (DateTime<Utc>, DateTime<Utc>, RegistrationId) {
        (self.said_at, self.registered_at, self.id)
    }
}

/// The last whole statement of an office, with the later events that change one field folded in.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Practice(Practice),
    Station(Station),
    Team(Team),
    Merchant(Merchant),
}

/// One registration's stream, folded.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    id: RegistrationId,
    office: Office,
    registered_at: DateTime<Utc>,
    said_at: DateTime<Utc>,
    scope: String,
    said: Said,
    suspended: bool,
    failed_inspection: bool,
    withdrawn: bool,
    transferred_to: Option<RegistrationId>,
}

impl Reading {
    /// Takes in one event of the stream of `id`; `before` is what its earlier events gave. An event about something
    /// never registered gives nothing.
    pub fn fold(
        before: Option<Reading>,
        id: RegistrationId,
        event: &OfficeEvent,
        effective_at: DateTime<Utc>,
    ) -> Option<Reading> {
        let after = match event {
            OfficeEvent::Clinic(event) => Reading::clinic(before, id, event, effective_at),
            OfficeEvent::WomensFederation(event) => Reading::womens_federation(before, id, event, effective_at),
            OfficeEvent::YouthLeague(event) => Reading::youth_league(before, id, event, effective_at),
            OfficeEvent::Commerce(event) => Reading::commerce(before, id, event, effective_at),
        };
        // Only a registration brings back what was withdrawn; a revision of it does not. What it was suspended for before is
        // over then; a failed inspection is not.
        let again = event.registers();
        after.map(|reading| Reading {
            withdrawn: reading.withdrawn && !again,
            suspended: reading.suspended && !again,
            ..reading
        })
    }

    fn clinic(before: Option<Self>, id: RegistrationId, event: &ClinicEvent, at: DateTime<Utc>) -> Option<Self> {
        match event {
            ClinicEvent::PracticeRegistered(practice) | ClinicEvent::PracticeRevised(practice) => {
                Some(Reading::said(before, id, Office::Clinic, Said::Practice(practice.clone()), at))
            }
            ClinicEvent::LicenceRenewed(renewed) => before.map(|mut reading| {
                if let Said::Practice(practice) = &mut reading.said {
                    let number = renewed.number.clone().or_else(|| licence_number(&practice.licence));
                    practice.licence = Licence::Until { number, expires: renewed.expires };
                }
                reading
            }),
            ClinicEvent::PracticeSuspended(_) => before.map(|reading| Reading { suspended: true, ..reading }),
            ClinicEvent::PracticeResumed(_) => before.map(|reading| Reading { suspended: false, ..reading }),
            ClinicEvent::PracticeWithdrawn(_) => before.map(|reading| Reading { withdrawn: true, ..reading }),
            ClinicEvent::PracticeMovedIn(moved) => {
                let practice = &moved.registration;
                let said = Said::Practice(practice.clone());
                Some(Reading::moved_in(before, id, Office::Clinic, said, at, moved.first_registered_at))
            }
            ClinicEvent::PracticeMovedOut(moved) => before.map(|reading| reading.moved_out(moved)),
        }
    }

    fn womens_federation(
        before: Option<Self>,
        id: RegistrationId,
        event: &WomensFederationEvent,
        at: DateTime<Utc>,
    ) -> Option<Self> {
        match event {
            WomensFederationEvent::StationRegistered(station) | WomensFederationEvent::StationRevised(station) => {
                let said = Said::Station(station.clone());
                Some(Reading::said(before, id, Office::WomensFederation, said, at))
            }
            WomensFederationEvent::VolunteersTrained(_) => before,
            WomensFederationEvent::SafeguardingCleared(cleared) => before.map(|mut reading| {
                if let Said::Station(station) = &mut reading.said {
                    station.safeguarding_cleared_on = Some(cleared.on);
                }
                reading
            }),
            WomensFederationEvent::StationSuspended(_) => before.map(|reading| Reading { suspended: true, ..reading }),
            WomensFederationEvent::StationResumed(_) => before.map(|reading| Reading { suspended: false, ..reading }),
            WomensFederationEvent::StationWithdrawn(_) => before.map(|reading| Reading { withdrawn: true, ..reading }),
            WomensFederationEvent::StationMovedIn(moved) => {
                let station = &moved.registration;
                let (office, said) = (Office::WomensFederation, Said::Station(station.clone()));
                Some(Reading::moved_in(before, id, office, said, at, moved.first_registered_at))
            }
            WomensFederationEvent::StationMovedOut(moved) => before.map(|reading| reading.moved_out(moved)),
        }
    }

    fn youth_league(
        before: Option<Self>,
        id: RegistrationId,
        event: &YouthLeagueEvent,
        at: DateTime<Utc>,
    ) -> Option<Self> {
        match event {
            YouthLeagueEvent::TeamRegistered(team) | YouthLeagueEvent::TeamRevised(team) => {
                Some(Reading::said(before, id, Office::YouthLeague, Said::Team(team.clone()), at))
            }
            YouthLeagueEvent::ActivityScheduled(_) => before,
            YouthLeagueEvent::PairingOffered(offered) => before.map(|mut reading| {
                if let Said::Team(team) = &mut reading.said {
                    team.pairing_places = Some(offered.places);
                }
                reading
            }),
            YouthLeagueEvent::TeamSuspended(_) => before.map(|reading| Reading { suspended: true, ..reading }),
            YouthLeagueEvent::TeamResumed(_) => before.map(|reading| Reading { suspended: false, ..reading }),
            YouthLeagueEvent::TeamDisbanded(_) => before.map(|reading| Reading { withdrawn: true, ..reading }),
            YouthLeagueEvent::TeamMovedIn(moved) => {
                let team = &moved.registration;
                let (office, said) = (Office::YouthLeague, Said::Team(team.clone()));
                Some(Reading::moved_in(before, id, office, said, at, moved.first_registered_at))
            }
            YouthLeagueEvent::TeamMovedOut(moved) => before.map(|reading| reading.moved_out(moved)),
        }
    }

    fn commerce(before: Option<Self>, id: RegistrationId, event: &CommerceEvent, at: DateTime<Utc>) -> Option<Self> {
        match event {
            CommerceEvent::MerchantRegistered(merchant) | CommerceEvent::MerchantRevised(merchant) => {
                let said = Said::Merchant(merchant.clone());
                let mut reading = Reading::said(before, id, Office::Commerce, said, at);
                reading.inspected(merchant.inspection.as_ref());
                Some(reading)
            }
            CommerceEvent::MerchantInspected(inspection) => before.map(|mut reading| {
                reading.inspected(Some(inspection));
                reading
            }),
            CommerceEvent::ElderPriceAgreed(agreed) => before.map(|mut reading| {
                if let Said::Merchant(merchant) = &mut reading.said {
                    merchant.elder_price_fen = Some(agreed.price_fen);
                }
                reading
            }),
            CommerceEvent::MerchantSuspended(_) => before.map(|reading| Reading { suspended: true, ..reading }),
            CommerceEvent::MerchantResumed(_) => before.map(|reading| Reading { suspended: false, ..reading }),
            CommerceEvent::MerchantWithdrawn(_) => before.map(|reading| Reading { withdrawn: true, ..reading }),
            CommerceEvent::MerchantMovedIn(moved) => {
                let merchant = &moved.registration;
                let (office, said) = (Office::Commerce, Said::Merchant(merchant.clone()));
                let first = moved.first_registered_at;
                let mut reading = Reading::moved_in(before, id, office, said, at, first);
                reading.inspected(merchant.inspection.as_ref());
                Some(reading)
            }
            CommerceEvent::MerchantMovedOut(moved) => before.map(|reading| reading.moved_out(moved)),
        }
    }

    /// Said whole: for the first time, or anew.
    fn said(before: Option<Self>, id: RegistrationId, office: Office, said: Said, at: DateTime<Utc>) -> Self {
        match before {
            None => Reading {
                id,
                office,
                registered_at: at,
                said_at: at,
                scope: id.scope().to_string(),
                said,
                suspended: false,
                failed_inspection: false,
                withdrawn: false,
                transferred_to: None,
            },
            Some(before) => Reading { said, said_at: before.said_at.max(at), ..before },
        }
    }

    /// Said whole, and come from another county, where it was first registered at `first`.
    fn moved_in(
        before: Option<Self>,
        id: RegistrationId,
        office: Office,
        said: Said,
        at: DateTime<Utc>,
        first: DateTime<Utc>,
    ) -> Self {
        Reading { registered_at: first, ..Reading::said(before, id, office, said, at) }
    }

    /// No longer offered here: it goes on in another county.
    fn moved_out(self, moved: &MovedOut) -> Self {
        Reading { withdrawn: true, transferred_to: Some(moved.transferred_to), ..self }
    }

    fn inspected(&mut self, inspection: Option<&Inspection>) {
        if let Some(inspection) = inspection {
            self.failed_inspection = !inspection.passed;
        }
    }

    /// The registration in the directory's words.
    pub fn view(&self) -> Registered {
        let (offer, publishable) = match &self.said {
            Said::Practice(practice) => (offer_of_practice(practice), true),
            Said::Station(station) => offer_of_station(station),
            Said::Team(team) => (offer_of_team(team), true),
            Said::Merchant(merchant) => (offer_of_merchant(merchant), true),
        };
        let standing = if self.withdrawn {
            Standing::Withdrawn
        } else if self.suspended || self.failed_inspection {
            Standing::Suspended
        } else if publishable {
            Standing::Active
        } else {
            Standing::NotPublishable
        };
        Registered {
            id: self.id,
            office: self.office,
            registered_at: self.registered_at,
            said_at: self.said_at,
            scope: self.scope.clone(),
            standing,
            transferred_to: self.transferred_to,
            offer,
        }
    }
}

/// The number of a licence, if one was said.
pub fn licence_number(licence: &Licence) -> Option<String> {
    match licence {
        Licence::NotRequired => None,
        Licence::Unknown { number } | Licence::Until { number, .. } => number.clone(),
    }
}

fn offer_of_practice(practice: &Practice) -> Offer {
    Offer {
        kind: Kind::Service,
        name: practice.name.clone(),
        category: practice.category.clone(),
        credit_code: practice.credit_code.as_ref().map(|code| code.as_str().to_owned()),
        phones: practice.phones.clone(),
        address: practice.address.clone(),
        area: practice.village,
        coverage: practice.coverage.clone(),
        eligibility: practice.eligibility.clone(),
        hours: practice.sessions.clone(),
        fees: practice.fees.clone(),
        vacancy: practice.beds,
        home_visits: practice.home_visits,
        licence: practice.licence.clone(),
        register_number: None,
        village_name: None,
    }
}

/// The station's offer without the part that is work with children and not cleared, and whether anything remains.
fn offer_of_station(station: &Station) -> (Offer, bool) {
    let mut eligibility = station.eligibility.clone();
    let mut publishable = true;
    if station.awaits_clearance() {
        let said = eligibility.audiences.len();
        eligibility.audiences.retain(|audience| *audience != Audience::Children);
        let only_children = said > 0 && eligibility.audiences.is_empty();
        // Child care by its category alone, addressed to nobody in particular, is work with children and nothing else.
        publishable = said > 0 && !only_children;
    }
    let offer = Offer {
        kind: Kind::Service,
        name: station.name.clone(),
        category: station.category.clone(),
        credit_code: None,
        phones: station.phones.clone(),
        address: station.address.clone(),
        area: station.village,
        coverage: station.coverage.clone(),
        eligibility,
        hours: station.hours.clone(),
        fees: None,
        vacancy: station.places,
        home_visits: None,
        licence: Licence::NotRequired,
        register_number: None,
        village_name: station.village_name.clone(),
    };
    (offer, publishable)
}

fn offer_of_team(team: &Team) -> Offer {
    let is_team = matches!(team.category.0.as_str(), "探访关爱" | "志愿服务") || team.name.contains("队");
    Offer {
        kind: if is_team { Kind::Team } else { Kind::Service },
        name: team.name.clone(),
        category: team.category.clone(),
        credit_code: None,
        phones: team.phones.clone(),
        address: team.meeting_place.clone(),
        area: team.village,
        coverage: team.coverage.clone(),
        eligibility: team.eligibility.clone(),
        hours: team.activity_times.clone(),
        fees: None,
        vacancy: team.pairing_places,
        home_visits: None,
        licence: Licence::NotRequired,
        register_number: team.team_number.clone(),
        village_name: None,
    }
}

fn offer_of_merchant(merchant: &Merchant) -> Offer {
    Offer {
        kind: Kind::Service,
        name: merchant.name.clone(),
        category: merchant.category.clone(),
        credit_code: merchant.credit_code.as_ref().map(|code| code.as_str().to_owned()),
        phones: merchant.phones.clone(),
        address: merchant.address.clone(),
        area: merchant.village,
        coverage: merchant.delivery.clone(),
        eligibility: merchant.eligibility.clone(),
        hours: merchant.hours.clone(),
        fees: merchant_fees(merchant),
        vacancy: merchant.meals_a_day,
        home_visits: None,
        licence: Licence::NotRequired,
        register_number: None,
        village_name: None,
    }
}

/// The merchant's terms for elders, put into one sentence; none when it said nothing.
fn merchant_fees(merchant: &Merchant) -> Option<String> {
    let mut terms = Vec::new();
    if let Some(price) = merchant.elder_price_fen {
        terms.push(format!("老年人协议价{}元", yuan(price)));
    }
    if let Some(discount) = merchant.elder_discount.as_deref().map(str::trim)
        && !matches!(discount, "" | "无" | "-" | "/")
    {
        terms.push(discount.to_owned());
    }
    match merchant.minimum_order_fen {
        Some(0) => terms.push("无起送价".to_owned()),
        Some(minimum) => terms.push(format!("起送价{}元", yuan(minimum))),
        None => {}
    }
    (!terms.is_empty()).then(|| terms.join("；"))
}

/// Fen in yuan, without needless decimals.
fn yuan(fen: u32) -> String {
    match fen % 100 {
        0 => (fen / 100).to_string(),
        rest if rest % 10 == 0 => format!("{}.{}", fen / 100, rest / 10),
        rest => format!("{}.{rest:02}", fen / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use schema::commerce::{MerchantResumed, MerchantSuspended, MerchantWithdrawn};
    use schema::womens_federation::SafeguardingCleared;

    fn fold(events: &[OfficeEvent]) -> Registered {
        let mut reading = None;
        for event in events {
            reading = Reading::fold(reading, samples::id(1), event, samples::at(1));
        }
        reading.unwrap().view()
    }

    #[test]
    fn a_failed_inspection_suspends_until_one_is_passed_whatever_the_clerk_says() {
        let mut merchant = samples::merchant("康乐家政");
        merchant.inspection = Some(Inspection { on: None, passed: false });
        let failed = OfficeEvent::Commerce(CommerceEvent::MerchantRegistered(merchant));
        let resumed = OfficeEvent::Commerce(CommerceEvent::MerchantResumed(MerchantResumed { reason: None }));
        let passed = OfficeEvent::Commerce(CommerceEvent::MerchantInspected(Inspection { on: None, passed: true }));
        assert_eq!(fold(std::slice::from_ref(&failed)).standing, Standing::Suspended);
        assert_eq!(fold(&[failed.clone(), resumed]).standing, Standing::Suspended);
        assert_eq!(fold(&[failed, passed]).standing, Standing::Active);
    }

    #[test]
    fn what_is_registered_again_is_in_force_unless_its_last_inspection_was_failed() {
        let merchant = samples::merchant("康乐家政");
        let registered = OfficeEvent::Commerce(CommerceEvent::MerchantRegistered(merchant));
        let suspended = CommerceEvent::MerchantSuspended(MerchantSuspended { reason: "修路".into() });
        let withdrawn = CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: "歇业".into() });
        let gone = [registered.clone(), OfficeEvent::Commerce(suspended), OfficeEvent::Commerce(withdrawn)];
        assert_eq!(fold(&gone).standing, Standing::Withdrawn);
        assert_eq!(fold(&[gone.as_slice(), std::slice::from_ref(&registered)].concat()).standing, Standing::Active);
        let failed = OfficeEvent::Commerce(CommerceEvent::MerchantInspected(Inspection { on: None, passed: false }));
        let evading = [&[registered.clone(), failed], &gone[1..], &[registered]].concat();
        assert_eq!(fold(&evading).standing, Standing::Suspended);
    }

    #[test]
    fn work_with_children_is_not_shown_before_it_is_cleared() {
        let mut station = samples::station("妇女儿童之家");
        station.category = Category("儿童关爱".into());
        station.eligibility.audiences = vec![Audience::Children, Audience::Women];
        let registered = |station: &Station| {
            OfficeEvent::WomensFederation(WomensFederationEvent::StationRegistered(station.clone()))
        };
        let both = fold(&[registered(&station)]);
        assert_eq!((both.standing, both.offer.eligibility.audiences), (Standing::Active, vec![Audience::Women]));

        station.eligibility.audiences = vec![Audience::Children];
        assert_eq!(fold(&[registered(&station)]).standing, Standing::NotPublishable);
        let day = chrono::NaiveDate::from_ymd_opt(2024, 5, 1).unwrap();
        let cleared = WomensFederationEvent::SafeguardingCleared(SafeguardingCleared { on: day });
        let after = fold(&[registered(&station), OfficeEvent::WomensFederation(cleared)]);
        assert_eq!((after.standing, after.offer.eligibility.audiences), (Standing::Active, vec![Audience::Children]));

        station.eligibility.audiences.clear();
        assert_eq!(fold(&[registered(&station)]).standing, Standing::NotPublishable);
    }

    #[test]
    fn a_merchants_terms_read_as_one_sentence() {
        let mut merchant = samples::merchant("老年食堂");
        merchant.elder_price_fen = Some(1_250);
        merchant.elder_discount = Some("60岁以上8折".into());
        merchant.minimum_order_fen = Some(1_500);
        assert_eq!(merchant_fees(&merchant).unwrap(), "老年人协议价12.5元；60岁以上8折；起送价15元");
    }
}
