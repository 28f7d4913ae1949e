//! The words of the youth league (共青团). Streams `youth_league-<registration>`.

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

/// What a volunteer team shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Team {
    /// 队伍名称
    pub name: String,
    /// 志愿汇编号: the team's number in the volunteers' register.
    pub team_number: Option<String>,
    /// 服务内容
    pub category: Category,
    /// 活动地点
    pub meeting_place: Option<String>,
    /// 所在地代码
    pub village: AreaCode,
    /// 服务区域代码
    pub coverage: Vec<AreaCode>,
    /// 领队: no team without one; and mobiles of theirs that are not the team's.
    pub leader: Contact,
    /// 联络电话, and what is public of 领队电话.
    pub phones: Vec<Phone>,
    /// 活动时间
    pub activity_times: Hours,
    /// 下次活动日期
    pub next_activity_on: Option<NaiveDate>,
    /// 注册志愿者数
    pub volunteers: Option<u32>,
    /// 可结对老人数: how many elders can still be paired with a volunteer.
    pub pairing_places: Option<u32>,
    /// 尚余结对名额: how many of them are free, and since when that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vacancy: Option<Vacancy>,
    /// 所需材料: what a person must bring.
    #[serde(default, skip_serializing_if = "Documents::is_empty")]
    pub documents: Documents,
    /// 服务对象
    pub eligibility: Eligibility,
    /// 登记日期
    pub registered_on: Option<NaiveDate>,
    /// Where this came from.
    pub source: Source,
    /// What was not understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

impl Team {
    /// A team of which nothing is said yet but this.
    /// It came by a form.
    pub fn named(name: impl Into<String>, category: Category, village: AreaCode, leader: Contact) -> Team {
        Team {
            name: name.into(),
            team_number: None,
            category,
            meeting_place: None,
            village,
            coverage: Vec::new(),
            leader,
            phones: Vec::new(),
            activity_times: Hours::default(),
            next_activity_on: None,
            volunteers: None,
            pairing_places: None,
            vacancy: None,
            documents: Documents::default(),
            eligibility: Eligibility::default(),
            registered_on: None,
            source: Source::Form,
            doubts: Vec::new(),
        }
    }
}

/// The team's next activity has a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityScheduled {
    /// The day; never past when it is scheduled.
    pub on: NaiveDate,
}

/// Volunteers can be paired with so many more elders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PairingOffered {
    /// How many.
    pub places: u32,
}

/// The team rests for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TeamSuspended {
    /// Why, in the clerk's words.
    pub reason: String,
}

/// Goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TeamResumed {
    /// Why, in the clerk's words.
    pub reason: Option<String>,
}

/// The team was disbanded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TeamDisbanded {
    /// Why, in the clerk's words.
    pub reason: String,
}

event_enum! {
    /// What happens to a registration of the youth league.
    pub enum YouthLeagueEvent {
        /// First registered.
        TeamRegistered(Team),
        /// Said anew, whole.
        TeamRevised(Team),
        /// An activity has a day.
        ActivityScheduled(ActivityScheduled),
        /// Pairing places were offered.
        PairingOffered(PairingOffered),
        /// Rests for a while.
        TeamSuspended(TeamSuspended),
        /// Goes on.
        TeamResumed(TeamResumed),
        /// Disbanded.
        TeamDisbanded(TeamDisbanded),
        /// Opened under a new id: it came from another county.
        TeamMovedIn(MovedIn<Team>),
        /// Closed: it moved to another county.
        TeamMovedOut(MovedOut),
    }
}

impl YouthLeagueEvent {
    /// The registration as a whole, of an event that says it whole.
    pub fn registration(&self) -> Option<&Team> {
        match self {
            Self::TeamRegistered(team) | Self::TeamRevised(team) => Some(team),
            Self::TeamMovedIn(moved) => Some(&moved.registration),
            Self::ActivityScheduled(_)
            | Self::PairingOffered(_)
            | Self::TeamSuspended(_)
            | Self::TeamResumed(_)
            | Self::TeamDisbanded(_)
            | Self::TeamMovedOut(_) => None,
        }
    }

    /// The registration as it came from another county, of the event that says so.
    pub fn arrival(&self) -> Option<&MovedIn<Team>> {
        match self {
            Self::TeamMovedIn(moved) => Some(moved),
            Self::TeamRegistered(_)
            | Self::TeamRevised(_)
            | Self::ActivityScheduled(_)
            | Self::PairingOffered(_)
            | Self::TeamSuspended(_)
            | Self::TeamResumed(_)
            | Self::TeamDisbanded(_)
            | Self::TeamMovedOut(_) => None,
        }
    }
}
