//! The women's federation's HTTP interface, in its words: the form, the commands, and how each becomes the domain's.

use crate::domain::{self, Command, Context, RegisteredStation, Situation, State};
use crate::rows;
use axum::Router;
use chassis::service::Service;
use chrono::NaiveDate;
use desk::Desk;
use desk::registrations::{Asked, Note, Office, Opened, Reason, Window, words};
use schema::womens_federation::{Station, WomensFederationEvent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

/// 登记表: what a station shares. Texts are read as in a list that is handed in: opening hours such as
/// `每月第一个周六 9:00-11:00`, telephone numbers in any form, an audience such as `妇女儿童`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StationForm {
    /// 站点名称
    pub name: String,
    /// 服务项目, e.g. `儿童关爱`.
    pub category: String,
    /// 所在村社, in the office's own words.
    #[serde(default)]
    pub village_name: Option<String>,
    /// 村社代码, 12 digits; 9 mean the town.
    pub village: String,
    /// 地址
    #[serde(default)]
    pub address: Option<String>,
    /// 服务区域代码
    #[serde(default)]
    pub coverage: Vec<String>,
    /// 负责人. Sealed before it is kept.
    #[serde(default)]
    pub head: Option<String>,
    /// 负责人电话. Landlines are public; a mobile is sealed and kept for the desk, unless it is said to be the station's:
    /// `13812345678（服务电话）`, `13812345678（公开）`.
    #[serde(default)]
    pub phones: Vec<String>,
    /// 服务对象
    #[serde(default)]
    pub audience: Option<String>,
    /// 开放时间
    #[serde(default)]
    pub hours: Option<String>,
    /// 巾帼志愿者人数
    #[serde(default)]
    pub volunteers: Option<u32>,
    /// 志愿者培训日期
    #[serde(default)]
    pub volunteers_trained_on: Option<NaiveDate>,
    /// 涉未成年人审查日期; without one, work with children is registered and not published.
    #[serde(default)]
    pub safeguarding_cleared_on: Option<NaiveDate>,
    /// 名额
    #[serde(default)]
    pub places: Option<u32>,
    /// 空余名额: how many of them are free; 0 is full.
    #[serde(default)]
    pub vacancy: Option<u32>,
    /// 空余统计日期: on which day that was so; today when not given.
    #[serde(default)]
    pub vacancy_on: Option<NaiveDate>,
    /// 所需材料: what a person must bring, e.g. `身份证、残疾人证`.
    #[serde(default)]
    pub documents: Option<String>,
    /// 登记日期
    #[serde(default)]
    pub registered_on: Option<NaiveDate>,
}

/// 志愿者培训
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// How many were trained; no more than the station has.
    pub volunteers: u32,
    /// On which day; not one to come.
    pub on: NaiveDate,
}

/// 涉未成年人审查
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clearance {
    /// On which day; not one to come, and later than the one on file.
    pub on: NaiveDate,
}

/// The routes of registrations, and their description.
pub(crate) fn registrations(service: &Service, desk: Desk<Station, State, WomensFederationEvent>) -> (Router, OpenApi) {
    Window::new(service, desk, office())
        .command("train-volunteers", "志愿者培训 Record that volunteers were trained", |training: Training| {
            let Training { volunteers, on } = training;
            Ok(Asked::since(on, Command::TrainVolunteers { volunteers, on }))
        })
        .command(
            "clear-safeguarding",
            "涉未成年人审查 Record the clearance for work with children",
            |clearance: Clearance| Ok(Asked::since(clearance.on, Command::ClearSafeguarding { on: clearance.on })),
        )
        .command("suspend", "暂停 Close for a while", |why: Reason| {
            Ok(Asked::now(Command::Suspend { reason: why.said()? }))
        })
        .command("resume", "恢复 Open again", |why: Note| Ok(Asked::now(Command::Resume { reason: why.said() })))
        .command("withdraw", "注销 No longer offer it", |why: Reason| {
            Ok(Asked::now(Command::Withdraw { reason: why.said()? }))
        })
        .open()
}

fn office() -> Office<StationForm, Station, Command, State, WomensFederationEvent> {
    Office {
        fields: rows::FIELDS,
        draft: rows::draft,
        form,
        register: Command::Register,
        revise: Command::Revise,
        decide: |state, command, today| domain::decide(state, command, &Context { today }).map_err(rows::located),
        registered: |state| state.registered().map(RegisteredStation::station),
        village: |station| station.village,
        contact: |station| station.contact.as_ref(),
        doubts: |station| &station.doubts,
        situation: |state, _| {
            domain::situation(state).map(|situation| match situation {
                Situation::Open => "open",
                Situation::AwaitingClearance => "awaitingClearance",
                Situation::Suspended => "suspended",
                Situation::Withdrawn => "withdrawn",
                Situation::MovedOut => "movedOut",
            })
        },
        reason: State::reason,
    }
}

/// A station as the form has it.
fn form(station: &Station, contact: Opened) -> StationForm {
    StationForm {
        name: station.name.clone(),
        category: station.category.0.clone(),
        village_name: station.village_name.clone(),
        village: station.village.to_string(),
        address: station.address.clone(),
        coverage: station.coverage.iter().map(ToString::to_string).collect(),
        head: contact.name,
        phones: words::telephones_of_contact(&station.phones, contact.phones),
        audience: words::audience(&station.eligibility),
        hours: Some(station.hours.text.clone()).filter(|text| !text.is_empty()),
        volunteers: station.volunteers,
        volunteers_trained_on: station.volunteers_trained_on,
        safeguarding_cleared_on: station.safeguarding_cleared_on,
        places: station.places,
        vacancy: station.vacancy.map(|vacancy| vacancy.free),
        vacancy_on: station.vacancy.map(|vacancy| vacancy.as_of),
        documents: words::documents(&station.documents),
        registered_on: station.registered_on,
    }
}
