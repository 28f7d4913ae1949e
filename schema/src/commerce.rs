//! The words of the commerce office (商务). Streams `commerce-<registration>`.

use crate::area::AreaCode;
use crate::credit_code::CreditCode;
use crate::documents::Documents;
use crate::eligibility::Eligibility;
use crate::event::event_enum;
use crate::hours::Hours;
use crate::phone::Phone;
use crate::registration::{Contact, Doubt, Source};
use crate::service::Category;
use crate::transfer::{MovedIn, MovedOut};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a merchant shares with elders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Merchant {
    /// 商户名称
    pub name: String,
    /// 统一社会信用代码; none is accepted as unverified.
    pub credit_code: Option<CreditCode>,
    /// 业态
    pub category: Category,
    /// 经营地址
    pub address: Option<String>,
    /// 所在地代码
    pub village: AreaCode,
    /// 配送范围代码
    pub delivery: Vec<AreaCode>,
    /// 经营者, and mobiles of theirs that are not the merchant's.
    pub contact: Option<Contact>,
    /// 电话, and what is public of 经营者电话.
    pub phones: Vec<Phone>,
    /// 营业时间
    pub hours: Hours,
    /// 老年优惠, in the merchant's words. `65岁以上9折` is a discount, not a minimum age.
    pub elder_discount: Option<String>,
    /// 老年人协议价, in fen.
    pub elder_price_fen: Option<u32>,
    /// 起送价, in fen.
    pub minimum_order_fen: Option<u32>,
    /// 日供餐份数
    pub meals_a_day: Option<u32>,
    /// 所需材料: what a person must bring.
    #[serde(default, skip_serializing_if = "Documents::is_empty")]
    pub documents: Documents,
    /// Whom it serves; merchants serve everyone unless they say otherwise.
    pub eligibility: Eligibility,
    /// 最近检查日期 and 最近检查结果
    pub inspection: Option<Inspection>,
    /// 登记日期
    pub registered_on: Option<NaiveDate>,
    /// Where this came from.
    pub source: Source,
    /// What was not understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

impl Merchant {
    /// A merchant of which nothing is said yet but this.
    /// It came by a form.
    pub fn named(name: impl Into<String>, category: Category, village: AreaCode) -> Merchant {
        Merchant {
            name: name.into(),
            credit_code: None,
            category,
            address: None,
            village,
            delivery: Vec::new(),
            contact: None,
            phones: Vec::new(),
            hours: Hours::default(),
            elder_discount: None,
            elder_price_fen: None,
            minimum_order_fen: None,
            meals_a_day: None,
            documents: Documents::default(),
            eligibility: Eligibility::default(),
            inspection: None,
            registered_on: None,
            source: Source::Form,
            doubts: Vec::new(),
        }
    }
}

/// An inspection of the premises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspection {
    /// The day, if said.
    pub on: Option<NaiveDate>,
    /// 合格 or 不合格.
    pub passed: bool,
}

/// A price for elders was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ElderPriceAgreed {
    /// In fen.
    pub price_fen: u32,
}

/// Stopped for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MerchantSuspended {
    /// Why, in the clerk's words.
    pub reason: String,
}

/// Goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MerchantResumed {
    /// Why, in the clerk's words.
    pub reason: Option<String>,
}

/// No longer offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MerchantWithdrawn {
    /// Why, in the clerk's words.
    pub reason: String,
}

event_enum! {
    /// What happens to a merchant's registration.
    pub enum CommerceEvent {
        /// First registered.
        MerchantRegistered(Merchant),
        /// Said anew, whole. A failed inspection in it suspends, a passed one lifts a suspension by inspection.
        MerchantRevised(Merchant),
        /// Inspected. A failed inspection suspends, a passed one lifts a suspension by inspection.
        MerchantInspected(Inspection),
        /// A price for elders was agreed.
        ElderPriceAgreed(ElderPriceAgreed),
        /// Stopped for a while.
        MerchantSuspended(MerchantSuspended),
        /// Goes on.
        MerchantResumed(MerchantResumed),
        /// No longer offered.
        MerchantWithdrawn(MerchantWithdrawn),
        /// Opened under a new id: it came from another county.
        MerchantMovedIn(MovedIn<Merchant>),
        /// Closed: it moved to another county.
        MerchantMovedOut(MovedOut),
    }
}

impl CommerceEvent {
    /// The registration as a whole, of an event that says it whole.
    pub fn registration(&self) -> Option<&Merchant> {
        match self {
            Self::MerchantRegistered(merchant) | Self::MerchantRevised(merchant) => Some(merchant),
            Self::MerchantMovedIn(moved) => Some(&moved.registration),
            Self::MerchantInspected(_)
            | Self::ElderPriceAgreed(_)
            | Self::MerchantSuspended(_)
            | Self::MerchantResumed(_)
            | Self::MerchantWithdrawn(_)
            | Self::MerchantMovedOut(_) => None,
        }
    }

    /// The registration as it came from another county, of the event that says so.
    pub fn arrival(&self) -> Option<&MovedIn<Merchant>> {
        match self {
            Self::MerchantMovedIn(moved) => Some(moved),
            Self::MerchantRegistered(_)
            | Self::MerchantRevised(_)
            | Self::MerchantInspected(_)
            | Self::ElderPriceAgreed(_)
            | Self::MerchantSuspended(_)
            | Self::MerchantResumed(_)
            | Self::MerchantWithdrawn(_)
            | Self::MerchantMovedOut(_) => None,
        }
    }
}
