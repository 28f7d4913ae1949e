//! What an office said of a registration, in the words that all four share; the rest stays with the office.

use schema::area::AreaCode;
use schema::clinic::Practice;
use schema::commerce::Merchant;
use schema::eligibility::Eligibility;
use schema::hours::Hours;
use schema::licence::Licence;
use schema::phone::Phone;
use schema::registration::{Doubt, Source};
use schema::womens_federation::Station;
use schema::youth_league::Team;
use std::sync::Arc;

/// One registration as its office last said it.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its name.
    pub name: Arc<str>,
    /// Its category.
    pub category: Arc<str>,
    /// Where it is.
    pub village: AreaCode,
    /// The address, as written.
    pub address: Option<String>,
    /// What it serves.
    pub coverage: Vec<AreaCode>,
    /// The numbers to call.
    pub phones: Vec<Phone>,
    /// Whom it is for.
    pub eligibility: Eligibility,
    /// When it is open.
    pub hours: Hours,
    /// What it costs, in words.
    pub fees: Option<String>,
    /// Beds, places, meals a day or pairing places.
    pub capacity: Option<u32>,
    /// The unified social credit code.
    pub credit_code: Option<String>,
    /// The licence it needs.
    pub licence: Licence,
    /// 登记日期
    pub registered_on: Option<chrono::NaiveDate>,
    /// Where this came from.
    pub source: Source,
    /// What was not understood.
    pub doubts: Vec<Doubt>,
}

impl From<Practice> for Said {
    fn from(practice: Practice) -> Said {
        Said {
            name: practice.name.into(),
            category: practice.category.0.into(),
            village: practice.village,
            address: practice.address,
            coverage: practice.coverage,
            phones: practice.phones,
            eligibility: practice.eligibility,
            hours: practice.sessions,
            fees: practice.fees,
            capacity: practice.beds,
            credit_code: practice.credit_code.map(|code| code.to_string()),
            licence: practice.licence,
            registered_on: practice.registered_on,
            source: practice.source,
            doubts: practice.doubts,
        }
    }
}

impl From<Station> for Said {
    fn from(station: Station) -> Said {
        Said {
            name: station.name.into(),
            category: station.category.0.into(),
            village: station.village,
            address: station.address,
            coverage: station.coverage,
            phones: station.phones,
            eligibility: station.eligibility,
            hours: station.hours,
            fees: None,
            capacity: station.places,
            credit_code: None,
            licence: Licence::NotRequired,
            registered_on: station.registered_on,
            source: station.source,
            doubts: station.doubts,
        }
    }
}

impl From<Team> for Said {
    fn from(team: Team) -> Said {
        Said {
            name: team.name.into(),
            category: team.category.0.into(),
            village: team.village,
            address: team.meeting_place,
            coverage: team.coverage,
            phones: team.phones,
            eligibility: team.eligibility,
            hours: team.activity_times,
            fees: None,
            capacity: team.pairing_places,
            credit_code: None,
            licence: Licence::NotRequired,
            registered_on: team.registered_on,
            source: team.source,
            doubts: team.doubts,
        }
    }
}

impl From<Merchant> for Said {
    fn from(merchant: Merchant) -> Said {
        Said {
            name: merchant.name.into(),
            category: merchant.category.0.into(),
            village: merchant.village,
            address: merchant.address,
            coverage: merchant.delivery,
            phones: merchant.phones,
            eligibility: merchant.eligibility,
            hours: merchant.hours,
            fees: None,
            capacity: merchant.meals_a_day,
            credit_code: merchant.credit_code.map(|code| code.to_string()),
            licence: Licence::NotRequired,
            registered_on: merchant.registered_on,
            source: merchant.source,
            doubts: merchant.doubts,
        }
    }
}
