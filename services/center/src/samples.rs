//! Registrations for the crate's own tests.

use chrono::{DateTime, Duration, Utc};
use offers::{OfficeEvent, Reading, Registered};
use schema::clinic::{ClinicEvent, Practice};
use schema::commerce::{CommerceEvent, Merchant};
use schema::licence::Licence;
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::{Audience, Category, Eligibility, RegistrationId};
use uuid::Uuid;

/// The registration numbered `number`.
pub fn id(number: u128) -> RegistrationId {
    RegistrationId(Uuid::from_u128((0x0013_0306 << 104) + number))
}

/// So many days after the beginning of 2024.
pub fn at(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_704_067_200, 0).unwrap() + Duration::days(day)
}

/// A merchant in 大李官营.
pub fn merchant(name: &str) -> Merchant {
    Merchant {
        delivery: vec!["130306100209".parse().unwrap()],
        eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
        ..Merchant::named(name, Category("助餐".into()), "130306100209".parse().unwrap())
    }
}

/// A station in 大李官营.
pub fn station(name: &str) -> Station {
    Station {
        coverage: vec!["130306100000".parse().unwrap()],
        eligibility: Eligibility { audiences: vec![Audience::Elders], ..Eligibility::default() },
        ..Station::named(name, Category("助餐".into()), "130306100209".parse().unwrap())
    }
}

/// A practice in 大李官营.
pub fn practice(name: &str) -> Practice {
    Practice {
        licence: Licence::Unknown { number: None },
        ..Practice::named(name, Category("助医".into()), "130306100209".parse().unwrap())
    }
}

/// A merchant, registered and read.
pub fn read_merchant(number: u128, day: i64, merchant: Merchant) -> Registered {
    read(number, day, OfficeEvent::Commerce(CommerceEvent::MerchantRegistered(merchant)))
}

/// A station, registered and read.
pub fn read_station(number: u128, day: i64, station: Station) -> Registered {
    read(number, day, OfficeEvent::WomensFederation(WomensFederationEvent::StationRegistered(station)))
}

/// A practice, registered and read.
pub fn read_practice(number: u128, day: i64, practice: Practice) -> Registered {
    read(number, day, OfficeEvent::Clinic(ClinicEvent::PracticeRegistered(practice)))
}

fn read(number: u128, day: i64, event: OfficeEvent) -> Registered {
    Reading::fold(None, id(number), &event, at(day)).unwrap().view()
}
