//! The clinics' HTTP interface, in their words: the form, the commands, and how each becomes the domain's.

use crate::domain::{self, Command, Context, RegisteredPractice, Situation, State};
use crate::rows;
use axum::Router;
use chassis::service::Service;
use chrono::NaiveDate;
use desk::Desk;
use desk::registrations::{Asked, Note, Office, Opened, Reason, Window, words};
use schema::Licence;
use schema::clinic::{ClinicEvent, Practice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

/// 登记表: one service of one practice. Texts are read as in a list that is handed in: opening hours such as
/// `周一、三、五 9:00-11:30`, telephone numbers in any form, an audience such as `80岁以上独居老人`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PracticeForm {
    /// 机构名称
    pub name: String,
    /// 统一社会信用代码
    #[serde(default)]
    pub credit_code: Option<String>,
    /// 执业许可证号
    #[serde(default)]
    pub licence_number: Option<String>,
    /// 许可证有效期至, the last day; not given means that it is not known.
    #[serde(default)]
    pub licence_until: Option<NaiveDate>,
    /// 服务类别, e.g. `助医`.
    pub category: String,
    /// 所在村居代码, 12 digits; 9 mean the town.
    pub village: String,
    /// 详细地址
    #[serde(default)]
    pub address: Option<String>,
    /// 服务范围代码
    #[serde(default)]
    pub coverage: Vec<String>,
    /// 联系电话
    #[serde(default)]
    pub phones: Vec<String>,
    /// 负责人. Sealed before it is kept.
    #[serde(default)]
    pub head: Option<String>,
    /// 负责人电话. Landlines are public; a mobile is sealed and kept for the desk, unless it is said to be the service's:
    /// `13812345678（服务电话）`, `13812345678（公开）`.
    #[serde(default)]
    pub contact_phones: Vec<String>,
    /// 开放时间
    #[serde(default)]
    pub sessions: Option<String>,
    /// 家庭医生团队数
    #[serde(default)]
    pub family_doctor_teams: Option<u32>,
    /// 可上门
    #[serde(default)]
    pub home_visits: Option<bool>,
    /// 最低年龄, in full years; beside one in the audience, the higher counts.
    #[serde(default)]
    pub minimum_age: Option<u8>,
    /// 服务对象
    #[serde(default)]
    pub audience: Option<String>,
    /// 床位或名额
    #[serde(default)]
    pub beds: Option<u32>,
    /// 空余名额: how many of them are free; 0 is full.
    #[serde(default)]
    pub vacancy: Option<u32>,
    /// 空余统计日期: on which day that was so; today when not given.
    #[serde(default)]
    pub vacancy_on: Option<NaiveDate>,
    /// 所需材料: what a person must bring, e.g. `身份证、残疾人证`.
    #[serde(default)]
    pub documents: Option<String>,
    /// 收费说明
    #[serde(default)]
    pub fees: Option<String>,
    /// 登记日期
    #[serde(default)]
    pub registered_on: Option<NaiveDate>,
}

/// 许可证延续
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// Its number, if it is another one.
    #[serde(default)]
    pub number: Option<String>,
    /// The new last day: not past, and later than the one on file.
    pub expires: NaiveDate,
}

/// The routes of registrations, and their description.
pub(crate) fn registrations(service: &Service, desk: Desk<Practice, State, ClinicEvent>) -> (Router, OpenApi) {
    Window::new(service, desk, office())
        .command("renew-licence", "许可证延续 Record that the licence was renewed", |renewal: Renewal| {
            let Renewal { number, expires } = renewal;
            Ok(Asked::now(Command::RenewLicence { number, expires }))
        })
        .command("suspend", "暂停 Close for a while", |why: Reason| {
            Ok(Asked::now(Command::Suspend { reason: why.said()? }))
        })
        .command("resume", "恢复 Open again; not under a lapsed licence", |why: Note| {
            Ok(Asked::now(Command::Resume { reason: why.said() }))
        })
        .command("withdraw", "注销 No longer offer it", |why: Reason| {
            Ok(Asked::now(Command::Withdraw { reason: why.said()? }))
        })
        .open()
}

fn office() -> Office<PracticeForm, Practice, Command, State, ClinicEvent> {
    Office {
        fields: rows::FIELDS,
        draft: rows::draft,
        form,
        register: Command::Register,
        revise: Command::Revise,
        decide: |state, command, today| domain::decide(state, command, &Context { today }).map_err(rows::located),
        registered: |state| state.registered().map(RegisteredPractice::practice),
        village: |practice| practice.village,
        contact: |practice| practice.contact.as_ref(),
        doubts: |practice| &practice.doubts,
        situation: |state, today| {
            domain::situation(state, today).map(|situation| match situation {
                Situation::Practising => "practising",
                Situation::LicenceLapsed => "licenceLapsed",
                Situation::LicenceUnknown => "licenceUnknown",
                Situation::Suspended => "suspended",
                Situation::Withdrawn => "withdrawn",
                Situation::MovedOut => "movedOut",
            })
        },
        reason: State::reason,
    }
}

/// A practice as the form has it.
fn form(practice: &Practice, contact: Opened) -> PracticeForm {
    let (licence_number, licence_until) = match &practice.licence {
        Licence::Until { number, expires } => (number.clone(), Some(*expires)),
        Licence::Unknown { number } => (number.clone(), None),
        Licence::NotRequired => (None, None),
    };
    PracticeForm {
        name: practice.name.clone(),
        credit_code: practice.credit_code.as_ref().map(ToString::to_string),
        licence_number,
        licence_until,
        category: practice.category.0.clone(),
        village: practice.village.to_string(),
        address: practice.address.clone(),
        coverage: practice.coverage.iter().map(ToString::to_string).collect(),
        phones: practice.phones.iter().map(ToString::to_string).collect(),
        head: contact.name,
        contact_phones: contact.phones,
        sessions: Some(practice.sessions.text.clone()).filter(|text| !text.is_empty()),
        family_doctor_teams: practice.family_doctor_teams,
        home_visits: practice.home_visits,
        minimum_age: practice.eligibility.minimum_age,
        audience: words::audience(&practice.eligibility),
        beds: practice.beds,
        vacancy: practice.vacancy.map(|vacancy| vacancy.free),
        vacancy_on: practice.vacancy.map(|vacancy| vacancy.as_of),
        documents: words::documents(&practice.documents),
        fees: practice.fees.clone(),
        registered_on: practice.registered_on,
    }
}
