//! The clinics' list: its columns, and a row into a practice.

use crate::domain::{self, Command, Context, Refusal, RegisteredPractice, State};
use desk::registrations::{Field, columns};
use desk::{Description, Key, Moves, Standing};
use intake::{
    CODES_OF_VILLAGES, COMMUNITY, COUNTY, Column, DOCUMENTS, Keeping, PlaceColumns, Places, REMARK, Row, RowKey, STATE,
    TELEPHONES, TOWN, Telephones, VACANCY, VACANCY_ON,
};
use schema::clinic::{ClinicEvent, Practice};
use schema::limits::length;
use schema::{Licence, Office};

pub(crate) const NAME: Column = Column::required("机构名称", "Name")
    .also(&["机构", "名称", "单位名称", "医疗机构名称", "卫生室名称", "服务机构名称", "机构(站点)名称", "服务机构"])
    .at_most(length::NAME);
pub(crate) const CREDIT_CODE: Column = Column::optional("统一社会信用代码", "Credit code")
    .also(&["信用代码", "社会信用代码", "统一信用代码", "统一代码"])
    .numbers();
pub(crate) const LICENCE_NUMBER: Column = Column::optional("执业许可证号", "Licence number")
    .also(&[
        "许可证号",
        "执业许可证",
        "医疗机构执业许可证号",
        "许可证编号",
        "执业许可证编号",
        "执业许可证登记号",
        "医疗机构执业许可证登记号",
        "许可证号码",
    ])
    .numbers();
pub(crate) const LICENCE_UNTIL: Column = Column::optional("许可证有效期至", "Licence valid until").also(&[
    "有效期至",
    "许可证有效期",
    "许可证到期日",
    "有效期",
    "有效期限",
    "执业许可证有效期",
    "执业许可证有效期至",
    "许可证有效期限",
    "到期日",
    "到期日期",
    "许可证到期日期",
    "有效截止日期",
]);
pub(crate) const CATEGORY: Column = Column::required("服务类别", "Category")
    .also(&["类别", "服务项目", "服务内容", "项目类别", "服务类型", "项目"])
    .at_most(length::CATEGORY);
pub(crate) const VILLAGE: Column =
    Column::required("所在村居代码", "Village code").also(CODES_OF_VILLAGES).or(&COMMUNITY);
pub(crate) const ADDRESS: Column = Column::optional("详细地址", "Address")
    .also(&["地址", "机构地址", "服务地址", "所在地址", "地址(详细)", "执业地址", "地点"])
    .at_most(length::ADDRESS);
pub(crate) const COVERAGE: Column = Column::optional("服务范围代码", "Codes of the area served").also(&[
    "服务范围",
    "服务区域代码",
    "服务区域",
    "覆盖范围",
    "覆盖村居",
    "服务村居",
    "覆盖区域",
]);
pub(crate) const PHONE: Column =
    Column::optional("联系电话", "Telephone").also(TELEPHONES).of_telephones().or(&HEAD_PHONE);
pub(crate) const HEAD_PHONE: Column = Column::hint("负责人电话", "Telephone of the head").of_contacts_telephones();
pub(crate) const HEAD: Column = Column::optional("负责人", "Head")
    .also(&["负责人姓名", "联系人", "联系人姓名", "机构负责人", "法定代表人", "主要负责人", "院长", "村医"])
    .personal();
pub(crate) const SESSIONS: Column = Column::optional("开放时间", "Sessions")
    .also(&["门诊时间", "服务时间", "开诊时间", "接诊时间", "工作时间", "上班时间", "营业时间", "时间"])
    .of_parts();
pub(crate) const TEAMS: Column = Column::optional("家庭医生团队数", "Family-doctor teams").also(&[
    "家庭医生团队",
    "家医团队数",
    "家庭医生团队数量",
    "家庭医生团队个数",
    "团队数",
]);
pub(crate) const HOME_VISITS: Column = Column::optional("可上门", "Home visits").also(&[
    "是否上门",
    "是否可上门",
    "上门服务",
    "能否上门",
    "是否提供上门服务",
    "可否上门",
    "提供上门服务",
]);
pub(crate) const MINIMUM_AGE: Column =
    Column::optional("最低年龄", "Minimum age").also(&["年龄下限", "起始年龄", "最低年龄要求", "年龄要求", "年龄"]);
pub(crate) const AUDIENCE: Column = Column::optional("服务对象", "For whom").also(&[
    "对象",
    "服务人群",
    "服务群体",
    "适用人群",
    "面向对象",
    "受益对象",
]);
pub(crate) const BEDS: Column = Column::optional("床位或名额", "Beds or places")
    .also(&[
        "床位",
        "名额",
        "床位数",
        "床位/名额",
        "床位(名额)",
        "床位数或名额",
        "床位数量",
        "服务名额",
        "核定床位",
        "核定床位数",
        "编制床位",
        "编制床位数",
        "开放床位",
        "开放床位数",
        "设置床位",
        "设置床位数",
        "总床位",
        "总床位数",
        "床位总数",
        "空床/总床位",
        "空床数/总床位数",
        "空余/总数",
        "床位(空/总)",
        "床位(总/空)",
        "床位数/空床数",
        "总床位/空床",
        "床位(总数/空余)",
        "床位(空余/总数)",
        "床位(已住/总数)",
    ])
    .of_places();
pub(crate) const FEES: Column =
    Column::optional("收费说明", "Fees").also(&["收费", "收费标准", "收费情况", "费用", "费用说明", "价格"]);
pub(crate) const REGISTERED_ON: Column =
    Column::optional("登记日期", "Registered on").also(&["登记时间", "填表日期", "填报日期", "备案日期"]);

/// Where the community is said to lie.
pub(crate) const LOCATION: PlaceColumns =
    PlaceColumns { code: &VILLAGE, above: &[&COUNTY, &TOWN], name: &COMMUNITY, address: &ADDRESS };

/// The fields of the form, as programs name them, by column, in the order of the office's own form.
pub(crate) const FIELDS: &[Field] = &[
    Field::new("name", &NAME),
    Field::new("creditCode", &CREDIT_CODE),
    Field::new("licenceNumber", &LICENCE_NUMBER),
    Field::new("licenceUntil", &LICENCE_UNTIL),
    Field::new("category", &CATEGORY),
    Field::new("village", &VILLAGE),
    Field::new("address", &ADDRESS),
    Field::new("coverage", &COVERAGE),
    Field::new("phones", &PHONE),
    Field::new("head", &HEAD),
    Field::new("sessions", &SESSIONS),
    Field::new("familyDoctorTeams", &TEAMS),
    Field::new("homeVisits", &HOME_VISITS),
    Field::new("minimumAge", &MINIMUM_AGE),
    Field::new("audience", &AUDIENCE),
    Field::new("beds", &BEDS),
    Field::new("vacancy", &VACANCY),
    Field::new("vacancyOn", &VACANCY_ON),
    Field::new("documents", &DOCUMENTS),
    Field::new("fees", &FEES),
    Field::new("registeredOn", &REGISTERED_ON),
    Field::new("contactPhones", &HEAD_PHONE),
];

/// What lists often have beside them.
const BESIDE: &[Column] = &[COUNTY, TOWN, COMMUNITY, STATE, REMARK];

/// The columns of the list: those of the form, and what stands beside them.
pub const COLUMNS: &[Column] = &columns::<{ FIELDS.len() + BESIDE.len() }>(FIELDS, BESIDE);

/// The list as intake takes it.
pub fn description() -> Description<Practice, State, ClinicEvent> {
    Description {
        office: Office::Clinic,
        columns: COLUMNS,
        key: Key { name: &NAME, community: LOCATION, category: &CATEGORY, number: Some(&LICENCE_NUMBER) },
        draft,
        payload: ClinicEvent::registration,
        source: |practice| &practice.source,
        key_of: |practice| RowKey::new(&practice.name, practice.village, &practice.category),
        number_of: |practice| match &practice.licence {
            Licence::Until { number, .. } | Licence::Unknown { number } => number.clone(),
            Licence::NotRequired => None,
        },
        registered_on: |practice| practice.registered_on,
        withdrawn_by: &["PracticeWithdrawn", "PracticeMovedOut"],
        put_back: domain::put_back,
        moves: Moves {
            open: domain::move_in,
            close: |state, to| domain::move_out(state, to).map_err(located),
            came: ClinicEvent::arrival,
            went: State::transferred_to,
        },
        initial: State::default,
        evolve: domain::evolve,
        registered: |state| state.registered().map(RegisteredPractice::practice),
        keep,
        submit: |state, practice, today| {
            domain::decide(state, Command::HandIn(practice), &Context { today }).map_err(located)
        },
        withdraw: |state, reason| match state {
            Standing::Withdrawn { .. } | Standing::Transferred { .. } => Ok(Vec::new()),
            Standing::Unregistered | Standing::InForce(_) | Standing::Suspended { .. } => {
                domain::withdraw(state, reason.to_owned()).map_err(located)
            }
        },
    }
}

/// One row into a practice. A licence whose last day is blank or was not understood is unknown.
pub(crate) fn draft(row: &mut Row<'_>) -> Option<Practice> {
    let name = row.required_text(&NAME);
    let credit_code = row.credit_code(&CREDIT_CODE);
    let number = row.text(&LICENCE_NUMBER);
    let licence = match row.last_day(&LICENCE_UNTIL) {
        Some(expires) => Licence::Until { number, expires },
        None => Licence::Unknown { number },
    };
    let category = row.category(&CATEGORY);
    let village = row.community(&LOCATION);
    let address = row.text(&ADDRESS);
    let coverage = row.areas(&COVERAGE, village);
    let Telephones { public: phones, of_contact } = row.telephones(&PHONE, &HEAD_PHONE, village);
    let contact = row.contact(&HEAD, of_contact);
    let mut sessions = row.hours(&SESSIONS);
    let family_doctor_teams = row.count(&TEAMS);
    let home_visits = row.yes_no(&HOME_VISITS);
    // Both columns may bound the age; whoever is served has passed both bounds.
    let minimum_age = row.age(&MINIMUM_AGE);
    let mut eligibility = row.audience(&AUDIENCE).from_age(minimum_age);
    let Places { capacity: beds, vacancy } = row.places(&BEDS);
    let documents = row.documents();
    let fees = row.text(&FEES);
    let registered_on = row.date(&REGISTERED_ON);
    row.in_operation(&NAME, &mut eligibility, &mut sessions);
    Some(Practice {
        name: name?,
        credit_code,
        licence,
        category: category?,
        village: village?,
        address,
        coverage,
        phones,
        contact,
        sessions,
        family_doctor_teams,
        home_visits,
        eligibility,
        beds,
        vacancy,
        documents,
        fees,
        registered_on,
        source: row.source(),
        doubts: row.doubts(),
    })
}

/// What a practice keeps where a row says nothing.
fn keep(keeping: &mut Keeping<'_>, said: &mut Practice, stood: Practice) {
    keeping.keep_doubts(&mut said.doubts, stood.doubts);
    let mut number = number(&said.licence);
    keeping.keep(&LICENCE_NUMBER, &mut number, self::number(&stood.licence));
    keeping.keep(&LICENCE_UNTIL, &mut said.licence, stood.licence);
    match &mut said.licence {
        Licence::Until { number: of, .. } | Licence::Unknown { number: of } => *of = number,
        Licence::NotRequired => {}
    }
    keeping.keep(&CREDIT_CODE, &mut said.credit_code, stood.credit_code);
    keeping.keep_here(&ADDRESS, &mut said.address, stood.address);
    keeping.keep_here(&COVERAGE, &mut said.coverage, stood.coverage);
    keeping.keep_contact((&HEAD, &HEAD_PHONE), &mut said.contact, stood.contact);
    keeping.keep_of(&[&PHONE, &HEAD_PHONE], &mut said.phones, stood.phones);
    keeping.keep(&SESSIONS, &mut said.sessions, stood.sessions);
    keeping.keep(&TEAMS, &mut said.family_doctor_teams, stood.family_doctor_teams);
    keeping.keep(&HOME_VISITS, &mut said.home_visits, stood.home_visits);
    keeping.keep_of(&[&AUDIENCE, &MINIMUM_AGE], &mut said.eligibility, stood.eligibility);
    keeping.keep(&BEDS, &mut said.beds, stood.beds);
    keeping.keep(&VACANCY, &mut said.vacancy, stood.vacancy);
    keeping.keep(&DOCUMENTS, &mut said.documents, stood.documents);
    keeping.keep(&FEES, &mut said.fees, stood.fees);
    keeping.keep(&REGISTERED_ON, &mut said.registered_on, stood.registered_on);
}

fn number(licence: &Licence) -> Option<String> {
    match licence {
        Licence::Until { number, .. } | Licence::Unknown { number } => number.clone(),
        Licence::NotRequired => None,
    }
}

/// A refusal with the column that it is about.
pub(crate) fn located(refusal: Refusal) -> desk::Refusal {
    let worded = desk::Refusal::new(refusal.finding());
    match refusal {
        Refusal::RenewalAlreadyOver { .. } | Refusal::RenewalNotLater { .. } => worded.about(&LICENCE_UNTIL),
        Refusal::HomeVisitsWithoutTeam => worded.about(&HOME_VISITS),
        Refusal::Standing(_) | Refusal::LicenceLapsed { .. } => worded,
    }
}
