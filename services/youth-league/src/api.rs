//! The youth league's HTTP interface, in its words: the form, the commands, and how each becomes the domain's.

use crate::domain::{self, Command, Context, RegisteredTeam, Situation, State};
use crate::rows;
use axum::Router;
use chassis::service::Service;
use chrono::NaiveDate;
use desk::Desk;
use desk::registrations::{Asked, Note, Office, Opened, Reason, Window, words};
use schema::youth_league::{Team, YouthLeagueEvent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

/// 登记表: what a volunteer team shares. Texts are read as in a list that is handed in: activity times such as
/// `每月第一个周六 9:00-11:00`, telephone numbers in any form, an audience such as `独居老人,空巢老人`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamForm {
    /// 队伍名称
    pub name: String,
    /// 志愿汇编号
    #[serde(default)]
    pub team_number: Option<String>,
    /// 服务内容, e.g. `探访关爱`.
    pub category: String,
    /// 活动地点
    #[serde(default)]
    pub meeting_place: Option<String>,
    /// 所在地代码, 12 digits; 9 mean the town.
    pub village: String,
    /// 服务区域代码
    #[serde(default)]
    pub coverage: Vec<String>,
    /// 领队: no team without one. Sealed before it is kept.
    #[serde(default)]
    pub leader: Option<String>,
    /// 领队电话. Landlines are public; a mobile is sealed and kept for the desk, unless it is said to be the service's:
    /// `13812345678（服务电话）`, `13812345678（公开）`.
    #[serde(default)]
    pub contact_phones: Vec<String>,
    /// 联络电话
    #[serde(default)]
    pub phones: Vec<String>,
    /// 活动时间
    #[serde(default)]
    pub activity_times: Option<String>,
    /// 下次活动日期; not past.
    #[serde(default)]
    pub next_activity_on: Option<NaiveDate>,
    /// 注册志愿者数
    #[serde(default)]
    pub volunteers: Option<u32>,
    /// 可结对老人数
    #[serde(default)]
    pub pairing_places: Option<u32>,
    /// 空余名额: how many of them are free; 0 is full.
    #[serde(default)]
    pub vacancy: Option<u32>,
    /// 空余统计日期: on which day that was so; today when not given.
    #[serde(default)]
    pub vacancy_on: Option<NaiveDate>,
    /// 所需材料: what a person must bring, e.g. `身份证、残疾人证`.
    #[serde(default)]
    pub documents: Option<String>,
    /// 服务对象
    #[serde(default)]
    pub audience: Option<String>,
    /// 登记日期
    #[serde(default)]
    pub registered_on: Option<NaiveDate>,
}

/// 活动预告
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// The day of the next activity: today or one to come.
    pub on: NaiveDate,
}

/// 结对名额
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pairing {
    /// With how many more elders volunteers can be paired.
    pub places: u32,
}

/// The routes of registrations, and their description.
pub(crate) fn registrations(service: &Service, desk: Desk<Team, State, YouthLeagueEvent>) -> (Router, OpenApi) {
    Window::new(service, desk, office())
        .command("schedule-activity", "活动预告 Set the day of the next activity", |activity: Activity| {
            Ok(Asked::now(Command::ScheduleActivity { on: activity.on }))
        })
        .command(
            "offer-pairing",
            "结对名额 Say with how many more elders volunteers can be paired",
            |pairing: Pairing| Ok(Asked::now(Command::OfferPairing { places: pairing.places })),
        )
        .command("rest", "休整 Rest for a while", |why: Reason| Ok(Asked::now(Command::Rest { reason: why.said()? })))
        .command("resume", "恢复活动 Go on", |why: Note| Ok(Asked::now(Command::Resume { reason: why.said() })))
        .command("disband", "解散 Disband the team", |why: Reason| {
            Ok(Asked::now(Command::Disband { reason: why.said()? }))
        })
        .open()
}

fn office() -> Office<TeamForm, Team, Command, State, YouthLeagueEvent> {
    Office {
        fields: rows::FIELDS,
        draft: rows::filled_in,
        form,
        register: Command::Register,
        revise: Command::Revise,
        decide: |state, command, today| domain::decide(state, command, &Context { today }).map_err(rows::located),
        registered: |state| state.registered().map(RegisteredTeam::team),
        village: |team| team.village,
        contact: |team| Some(&team.leader),
        doubts: |team| &team.doubts,
        situation: |state, _| {
            domain::situation(state).map(|situation| match situation {
                Situation::Active => "active",
                Situation::Resting => "resting",
                Situation::Disbanded => "disbanded",
                Situation::MovedOut => "movedOut",
            })
        },
        reason: State::reason,
    }
}

/// A team as the form has it.
fn form(team: &Team, contact: Opened) -> TeamForm {
    TeamForm {
        name: team.name.clone(),
        team_number: team.team_number.clone(),
        category: team.category.0.clone(),
        meeting_place: team.meeting_place.clone(),
        village: team.village.to_string(),
        coverage: team.coverage.iter().map(ToString::to_string).collect(),
        leader: contact.name,
        contact_phones: contact.phones,
        phones: team.phones.iter().map(ToString::to_string).collect(),
        activity_times: Some(team.activity_times.text.clone()).filter(|text| !text.is_empty()),
        next_activity_on: team.next_activity_on,
        volunteers: team.volunteers,
        pairing_places: team.pairing_places,
        vacancy: team.vacancy.map(|vacancy| vacancy.free),
        vacancy_on: team.vacancy.map(|vacancy| vacancy.as_of),
        documents: words::documents(&team.documents),
        audience: words::audience(&team.eligibility),
        registered_on: team.registered_on,
    }
}
