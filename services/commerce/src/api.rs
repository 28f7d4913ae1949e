//! The commerce office's HTTP interface, in its words: the form, the commands, and how each becomes the domain's.

use crate::domain::{self, Command, Context, RegisteredMerchant, Situation, State};
use crate::rows;
use axum::Router;
use chassis::service::Service;
use chrono::NaiveDate;
use desk::Desk;
use desk::registrations::{Asked, Note, Office, Opened, Reason, Window, words};
use schema::commerce::{CommerceEvent, Merchant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

/// 登记表: what a merchant shares with elders. Texts are read as in a list that is handed in: opening hours such as
/// `每天 10:30-12:30 17:00-18:30`, telephone numbers in any form.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MerchantForm {
    /// 商户名称
    pub name: String,
    /// 统一社会信用代码; none is accepted as unverified, one with a wrong check character is not.
    #[serde(default)]
    pub credit_code: Option<String>,
    /// 业态, e.g. `助餐`.
    pub category: String,
    /// 经营地址
    #[serde(default)]
    pub address: Option<String>,
    /// 所在地代码, 12 digits; 9 mean the town.
    pub village: String,
    /// 配送范围代码
    #[serde(default)]
    pub delivery: Vec<String>,
    /// 经营者. Sealed before it is kept.
    #[serde(default)]
    pub keeper: Option<String>,
    /// 经营者电话. Landlines are public; a mobile is sealed and kept for the desk, unless it is said to be the service's:
    /// `13812345678（服务电话）`, `13812345678（公开）`.
    #[serde(default)]
    pub contact_phones: Vec<String>,
    /// 电话
    #[serde(default)]
    pub phones: Vec<String>,
    /// 营业时间
    #[serde(default)]
    pub hours: Option<String>,
    /// 老年优惠, in the merchant's words.
    #[serde(default)]
    pub elder_discount: Option<String>,
    /// 老年人协议价, in fen; more than nothing.
    #[serde(default)]
    pub elder_price_fen: Option<u32>,
    /// 起送价, in fen.
    #[serde(default)]
    pub minimum_order_fen: Option<u32>,
    /// 日供餐份数
    #[serde(default, rename = "mealsADay")]
    pub meals_a_day: Option<u32>,
    /// 所需材料: what a person must bring, e.g. `身份证、残疾人证`.
    #[serde(default)]
    pub documents: Option<String>,
    /// 最近检查日期
    #[serde(default)]
    pub inspected_on: Option<NaiveDate>,
    /// 最近检查结果; its day alone is not an inspection.
    #[serde(default)]
    pub inspection_passed: Option<bool>,
    /// 登记日期
    #[serde(default)]
    pub registered_on: Option<NaiveDate>,
}

/// 检查登记
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionRecord {
    /// The day; not one to come, and not before the one on file.
    pub on: NaiveDate,
    /// 合格 or not: a failed inspection suspends until one is passed.
    pub passed: bool,
}

/// 老年人协议价
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ElderPrice {
    /// In fen; more than nothing.
    pub price_fen: u32,
}

/// The routes of registrations, and their description.
pub(crate) fn registrations(service: &Service, desk: Desk<Merchant, State, CommerceEvent>) -> (Router, OpenApi) {
    Window::new(service, desk, office())
        .command("record-inspection", "检查登记 Record an inspection", |inspection: InspectionRecord| {
            let InspectionRecord { on, passed } = inspection;
            Ok(Asked::since(on, Command::RecordInspection { on, passed }))
        })
        .command("agree-elder-price", "老年人协议价 Record the price agreed for elders", |price: ElderPrice| {
            Ok(Asked::now(Command::AgreeElderPrice { price_fen: price.price_fen }))
        })
        .command("suspend", "暂停 Close for a while", |why: Reason| {
            Ok(Asked::now(Command::Suspend { reason: why.said()? }))
        })
        .command("resume", "恢复 Open again; not after a failed inspection", |why: Note| {
            Ok(Asked::now(Command::Resume { reason: why.said() }))
        })
        .command("withdraw", "注销 No longer offer it", |why: Reason| {
            Ok(Asked::now(Command::Withdraw { reason: why.said()? }))
        })
        .open()
}

fn office() -> Office<MerchantForm, Merchant, Command, State, CommerceEvent> {
    Office {
        fields: rows::FIELDS,
        draft: rows::draft,
        form,
        register: Command::Register,
        revise: Command::Revise,
        decide: |state, command, today| domain::decide(state, command, &Context { today }).map_err(rows::located),
        registered: |state| state.registered().map(RegisteredMerchant::merchant),
        village: |merchant| merchant.village,
        contact: |merchant| merchant.contact.as_ref(),
        doubts: |merchant| &merchant.doubts,
        situation: |state, _| {
            domain::situation(state).map(|situation| match situation {
                Situation::Trading => "trading",
                Situation::SuspendedByInspection => "suspendedByInspection",
                Situation::Suspended => "suspended",
                Situation::Withdrawn => "withdrawn",
                Situation::MovedOut => "movedOut",
            })
        },
        reason: State::reason,
    }
}

/// A merchant as the form has it.
fn form(merchant: &Merchant, contact: Opened) -> MerchantForm {
    MerchantForm {
        name: merchant.name.clone(),
        credit_code: merchant.credit_code.as_ref().map(ToString::to_string),
        category: merchant.category.0.clone(),
        address: merchant.address.clone(),
        village: merchant.village.to_string(),
        delivery: merchant.delivery.iter().map(ToString::to_string).collect(),
        keeper: contact.name,
        contact_phones: contact.phones,
        phones: merchant.phones.iter().map(ToString::to_string).collect(),
        hours: Some(merchant.hours.text.clone()).filter(|text| !text.is_empty()),
        elder_discount: merchant.elder_discount.clone(),
        elder_price_fen: merchant.elder_price_fen,
        minimum_order_fen: merchant.minimum_order_fen,
        meals_a_day: merchant.meals_a_day,
        documents: words::documents(&merchant.documents),
        inspected_on: merchant.inspection.as_ref().and_then(|inspection| inspection.on),
        inspection_passed: merchant.inspection.as_ref().map(|inspection| inspection.passed),
        registered_on: merchant.registered_on,
    }
}
