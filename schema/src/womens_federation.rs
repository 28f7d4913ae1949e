//! The words of the women's federation (妇联). Streams `womens_federation-<registration>`.

use crate::area::AreaCode;
use crate::documents::Documents;
use crate::eligibility::Eligibility;
use crate::event::event_enum;
use crate::hours::Hours;
use crate::phone::Phone;
use crate::places::Vacancy;
use crate::registration::{Contact, Doubt, Source};
use crate::service::Category;
use crate::transfer::{MovedIn, MovedOut};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a station (妇女之家, 儿童之家, 巾帼服务站) shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Station {
    /// 站点名称
    pub name: String,
    /// 服务项目
    pub category: Category,
    /// 所在村社, in the office's own words.
    pub village_name: Option<String>,
    /// 村社代码
    pub village: AreaCode,
    /// 地址
    pub address: Option<String>,
    /// 服务区域代码
    pub coverage: Vec<AreaCode>,
    /// 负责人, and the mobiles of 负责人电话 that are not said to be the station's.
    pub contact: Option<Contact>,
    /// 负责人电话: landlines, and the mobiles that are the station's.
    pub phones: Vec<Phone>,
    /// 服务对象
    pub eligibility: Eligibility,
    /// 开放时间
    pub hours: Hours,
    /// 巾帼志愿者人数
    pub volunteers: Option<u32>,
    /// 志愿者培训日期; none when they are not trained, or it was not said.
    pub volunteers_trained_on: Option<NaiveDate>,
    /// 涉未成年人审查日期: the safeguarding clearance without which work with children is not published.
    pub safeguarding_cleared_on: Option<NaiveDate>,
    /// 名额
    pub places: Option<u32>,
    /// 空余名额: how many of them are free, and since when that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vacancy: Option<Vacancy>,
    /// 所需材料: what a person must bring.
    #[serde(default, skip_serializing_if = "Documents::is_empty")]
    pub documents: Documents,
    /// 登记日期
    pub registered_on: Option<NaiveDate>,
    /// Where this came from.
    pub source: Source,
    /// What was not understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

impl Station {
    /// A station of which nothing is said yet but this.
    /// It came by a form.
    pub fn named(name: impl Into<String>, category: Category, village: AreaCode) -> Station {
        Station {
            name: name.into(),
            category,
            village_name: None,
            village,
            address: None,
            coverage: Vec::new(),
            contact: None,
            phones: Vec::new(),
            eligibility: Eligibility::default(),
            hours: Hours::default(),
            volunteers: None,
            volunteers_trained_on: None,
            safeguarding_cleared_on: None,
            places: None,
            vacancy: None,
            documents: Documents::default(),
            registered_on: None,
            source: Source::Form,
            doubts: Vec::new(),
        }
    }

    /// Whether any of its work is with children: it is or may be addressed to them, or it is child care (儿童关爱).
    pub fn works_with_children(&self) -> bool {
        self.eligibility.may_be_for_children() || self.category.0 == "儿童关爱"
    }

    /// Whether its work with children may not be published yet, because nobody was cleared for it.
    pub fn awaits_clearance(&self) -> bool {
        self.works_with_children() && self.safeguarding_cleared_on.is_none()
    }
}

/// The station's volunteers were trained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VolunteersTrained {
    /// How many.
    pub volunteers: u32,
    /// On which day.
    pub on: NaiveDate,
}

/// Those who work with children were cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SafeguardingCleared {
    /// On which day.
    pub on: NaiveDate,
}

/// Stopped for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StationSuspended {
    /// Why, in the clerk's words.
    pub reason: String,
}

/// Goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StationResumed {
    /// Why, in the clerk's words.
    pub reason: Option<String>,
}

/// No longer offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StationWithdrawn {
    /// Why, in the clerk's words.
    pub reason: String,
}

event_enum! {
    /// What happens to a registration of the women's federation.
    pub enum WomensFederationEvent {
        /// First registered.
        StationRegistered(Station),
        /// Said anew, whole.
        StationRevised(Station),
        /// Volunteers were trained.
        VolunteersTrained(VolunteersTrained),
        /// Cleared for work with children.
        SafeguardingCleared(SafeguardingCleared),
        /// Stopped for a while.
        StationSuspended(StationSuspended),
        /// Goes on.
        StationResumed(StationResumed),
        /// No longer offered.
        StationWithdrawn(StationWithdrawn),
        /// Opened under a new id: it came from another county.
        StationMovedIn(MovedIn<Station>),
        /// Closed: it moved to another county.
        StationMovedOut(MovedOut),
    }
}

impl WomensFederationEvent {
    /// The registration as a whole, of an event that says it whole.
    pub fn registration(&self) -> Option<&Station> {
        match self {
            Self::StationRegistered(station) | Self::StationRevised(station) => Some(station),
            Self::StationMovedIn(moved) => Some(&moved.registration),
            Self::VolunteersTrained(_)
            | Self::SafeguardingCleared(_)
            | Self::StationSuspended(_)
            | Self::StationResumed(_)
            | Self::StationWithdrawn(_)
            | Self::StationMovedOut(_) => None,
        }
    }

    /// The registration as it came from another county, of the event that says so.
    pub fn arrival(&self) -> Option<&MovedIn<Station>> {
        match self {
            Self::StationMovedIn(moved) => Some(moved),
            Self::StationRegistered(_)
            | Self::StationRevised(_)
            | Self::VolunteersTrained(_)
            | Self::SafeguardingCleared(_)
            | Self::StationSuspended(_)
            | Self::StationResumed(_)
            | Self::StationWithdrawn(_)
            | Self::StationMovedOut(_) => None,
        }
    }
}
