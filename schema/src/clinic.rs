//! The words of the community clinics (社区医院). Streams `clinic-<registration>`.

use crate::area::AreaCode;
use crate::credit_code::CreditCode;
use crate::documents::Documents;
use crate::eligibility::Eligibility;
use crate::event::event_enum;
use crate::hours::Hours;
use crate::licence::Licence;
use crate::phone::Phone;
use crate::places::Vacancy;
use crate::registration::{Contact, Doubt, Source};
use crate::service::Category;
use crate::transfer::{MovedIn, MovedOut};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a clinic shares: one service of one practice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Practice {
    /// 机构名称
    pub name: String,
    /// 统一社会信用代码; none when the office left it blank.
    pub credit_code: Option<CreditCode>,
    /// 执业许可证号 and 许可证有效期至. Never `NotRequired`.
    pub licence: Licence,
    /// 服务类别
    pub category: Category,
    /// 所在村居代码
    pub village: AreaCode,
    /// 详细地址
    pub address: Option<String>,
    /// 服务范围代码
    pub coverage: Vec<AreaCode>,
    /// 联系电话, and what is public of 负责人电话.
    pub phones: Vec<Phone>,
    /// 负责人, and mobiles of theirs that are not the practice's.
    pub contact: Option<Contact>,
    /// 开放时间: the sessions (门诊时间).
    pub sessions: Hours,
    /// 家庭医生团队数
    pub family_doctor_teams: Option<u32>,
    /// 可上门: whether the doctor comes to the home; none when not said.
    pub home_visits: Option<bool>,
    /// 服务对象 and 最低年龄
    pub eligibility: Eligibility,
    /// 床位或名额
    pub beds: Option<u32>,
    /// 空余床位或名额: how many of them are free, and since when that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vacancy: Option<Vacancy>,
    /// 所需材料: what a person must bring.
    #[serde(default, skip_serializing_if = "Documents::is_empty")]
    pub documents: Documents,
    /// 收费说明
    pub fees: Option<String>,
    /// 登记日期
    pub registered_on: Option<NaiveDate>,
    /// Where this came from.
    pub source: Source,
    /// What was not understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

impl Practice {
    /// A practice of which nothing is said yet but this: of its licence neither number nor end.
    /// It came by a form.
    pub fn named(name: impl Into<String>, category: Category, village: AreaCode) -> Practice {
        Practice {
            name: name.into(),
            credit_code: None,
            licence: Licence::Unknown { number: None },
            category,
            village,
            address: None,
            coverage: Vec::new(),
            phones: Vec::new(),
            contact: None,
            sessions: Hours::default(),
            family_doctor_teams: None,
            home_visits: None,
            eligibility: Eligibility::default(),
            beds: None,
            vacancy: None,
            documents: Documents::default(),
            fees: None,
            registered_on: None,
            source: Source::Form,
            doubts: Vec::new(),
        }
    }
}

/// The practice's licence was renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LicenceRenewed {
    /// Its number.
    pub number: Option<String>,
    /// The new last day.
    pub expires: NaiveDate,
}

/// Stopped for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PracticeSuspended {
    /// Why, in the clerk's words.
    pub reason: String,
}

/// Goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PracticeResumed {
    /// Why, in the clerk's words.
    pub reason: Option<String>,
}

/// No longer offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PracticeWithdrawn {
    /// Why, in the clerk's words.
    pub reason: String,
}

event_enum! {
    /// What happens to a clinic's registration.
    pub enum ClinicEvent {
        /// First registered.
        PracticeRegistered(Practice),
        /// Said anew, whole.
        PracticeRevised(Practice),
        /// Its licence was renewed.
        LicenceRenewed(LicenceRenewed),
        /// Stopped for a while.
        PracticeSuspended(PracticeSuspended),
        /// Goes on.
        PracticeResumed(PracticeResumed),
        /// No longer offered.
        PracticeWithdrawn(PracticeWithdrawn),
        /// Opened under a new id: it came from another county.
        PracticeMovedIn(MovedIn<Practice>),
        /// Closed: it moved to another county.
        PracticeMovedOut(MovedOut),
    }
}

impl ClinicEvent {
    /// The registration as a whole, of an event that says it whole.
    pub fn registration(&self) -> Option<&Practice> {
        match self {
            Self::PracticeRegistered(practice) | Self::PracticeRevised(practice) => Some(practice),
            Self::PracticeMovedIn(moved) => Some(&moved.registration),
            Self::LicenceRenewed(_)
            | Self::PracticeSuspended(_)
            | Self::PracticeResumed(_)
            | Self::PracticeWithdrawn(_)
            | Self::PracticeMovedOut(_) => None,
        }
    }

    /// The registration as it came from another county, of the event that says so.
    pub fn arrival(&self) -> Option<&MovedIn<Practice>> {
        match self {
            Self::PracticeMovedIn(moved) => Some(moved),
            Self::PracticeRegistered(_)
            | Self::PracticeRevised(_)
            | Self::LicenceRenewed(_)
            | Self::PracticeSuspended(_)
            | Self::PracticeResumed(_)
            | Self::PracticeWithdrawn(_)
            | Self::PracticeMovedOut(_) => None,
        }
    }
}
