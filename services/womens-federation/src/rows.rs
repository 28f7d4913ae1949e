//! The women's federation's list: its columns, and a row into a station.

use crate::domain::{self, Command, Context, Refusal, RegisteredStation, State};
use desk::registrations::{Field, columns};
use desk::{Description, Key, Moves, Standing};
use intake::{
    CODES_OF_VILLAGES, COMMUNITY, COUNTY, Column, DOCUMENTS, Keeping, PlaceColumns, Places, REMARK, Row, RowKey, STATE,
    TELEPHONES, TOWN, Telephones, VACANCY, VACANCY_ON,
};
use schema::Office;
use schema::limits::length;
use schema::womens_federation::{Station, WomensFederationEvent};

pub(crate) const NAME: Column = Column::required("站点名称", "Name")
    .also(&[
        "站点",
        "名称",
        "阵地名称",
        "服务站名称",
        "妇女之家名称",
        "儿童之家名称",
        "单位名称",
        "服务站点",
        "站点(阵地)名称",
    ])
    .at_most(length::NAME);
pub(crate) const CATEGORY: Column = Column::required("服务项目", "Category")
    .also(&["项目", "服务类别", "服务内容", "服务类型", "类别", "项目名称"])
    .at_most(length::CATEGORY);
pub(crate) const VILLAGE_NAME: Column =
    Column::optional("所在村社", "Village").also(COMMUNITY.aliases).at_most(length::NAME);
pub(crate) const VILLAGE: Column =
    Column::required("村社代码", "Village code").also(CODES_OF_VILLAGES).or(&VILLAGE_NAME);
pub(crate) const ADDRESS: Column = Column::optional("地址", "Address")
    .also(&["详细地址", "站点地址", "服务地址", "活动地址", "阵地地址"])
    .at_most(length::ADDRESS);
pub(crate) const COVERAGE: Column = Column::optional("服务区域代码", "Codes of the area served").also(&[
    "服务区域",
    "服务范围代码",
    "服务范围",
    "覆盖范围",
    "覆盖村社",
    "服务村社",
]);
pub(crate) const HEAD: Column = Column::optional("负责人", "Head")
    .also(&["负责人姓名", "联系人", "联系人姓名", "站长", "妇联主席", "站点负责人", "姓名"])
    .personal();
/// What the federation's form prints: landlines are the station's, a mobile only where it is said to be.
pub(crate) const HEAD_PHONE: Column =
    Column::optional("负责人电话", "Telephone of the head").of_contacts_telephones().or(&PHONE);
pub(crate) const PHONE: Column = Column::hint("服务电话", "Telephone of the station").also(TELEPHONES).of_telephones();
pub(crate) const AUDIENCE: Column = Column::optional("服务对象", "For whom").also(&[
    "对象",
    "服务人群",
    "服务群体",
    "适用人群",
    "面向对象",
    "受益对象",
]);
pub(crate) const HOURS: Column = Column::optional("开放时间", "Opening hours")
    .also(&["服务时间", "活动时间", "开放时段", "工作时间", "营业时间", "时间"])
    .of_parts();
pub(crate) const VOLUNTEERS: Column = Column::optional("巾帼志愿者人数", "Volunteers").also(&[
    "志愿者人数",
    "巾帼志愿者数",
    "志愿者数",
    "巾帼志愿者",
    "志愿者数量",
    "巾帼志愿者数量",
]);
pub(crate) const TRAINED_ON: Column = Column::optional("志愿者培训日期", "Volunteers trained on").also(&[
    "培训日期",
    "培训时间",
    "志愿者培训时间",
    "最近培训日期",
]);
pub(crate) const CLEARED_ON: Column = Column::optional("涉未成年人审查日期", "Safeguarding clearance of").also(&[
    "审查日期",
    "涉未审查日期",
    "从业审查日期",
    "涉未成年人审查时间",
    "涉未审查时间",
    "涉未成年人从业审查日期",
    "审查时间",
]);
pub(crate) const PLACES: Column = Column::optional("名额", "Places")
    .also(&[
        "可服务人数",
        "床位或名额",
        "服务名额",
        "容纳人数",
        "名额数",
        "可容纳人数",
        "床位",
        "床位数",
        "核定床位",
        "核定床位数",
        "总名额",
        "名额总数",
        "名额(空/总)",
        "名额(空余/总数)",
        "名额(总数/空余)",
        "空余/总数",
    ])
    .of_places();
pub(crate) const REGISTERED_ON: Column =
    Column::optional("登记日期", "Registered on").also(&["登记时间", "填表日期", "填报日期", "备案日期"]);

/// Where the community is said to lie.
pub(crate) const LOCATION: PlaceColumns =
    PlaceColumns { code: &VILLAGE, above: &[&COUNTY, &TOWN], name: &VILLAGE_NAME, address: &ADDRESS };

/// The fields of the form, as programs name them, by column, in the order of the office's own form.
pub(crate) const FIELDS: &[Field] = &[
    Field::new("name", &NAME),
    Field::new("category", &CATEGORY),
    Field::new("villageName", &VILLAGE_NAME),
    Field::new("village", &VILLAGE),
    Field::new("address", &ADDRESS),
    Field::new("coverage", &COVERAGE),
    Field::new("head", &HEAD),
    Field::new("phones", &HEAD_PHONE),
    Field::new("audience", &AUDIENCE),
    Field::new("hours", &HOURS),
    Field::new("volunteers", &VOLUNTEERS),
    Field::new("volunteersTrainedOn", &TRAINED_ON),
    Field::new("safeguardingClearedOn", &CLEARED_ON),
    Field::new("places", &PLACES),
    Field::new("vacancy", &VACANCY),
    Field::new("vacancyOn", &VACANCY_ON),
    Field::new("documents", &DOCUMENTS),
    Field::new("registeredOn", &REGISTERED_ON),
];

/// What lists often have beside them.
const BESIDE: &[Column] = &[PHONE, COUNTY, TOWN, STATE, REMARK];

/// The columns of the list: those of the form, and what stands beside them.
pub const COLUMNS: &[Column] = &columns::<{ FIELDS.len() + BESIDE.len() }>(FIELDS, BESIDE);

/// The list as intake takes it.
pub fn description() -> Description<Station, State, WomensFederationEvent> {
    Description {
        office: Office::WomensFederation,
        columns: COLUMNS,
        key: Key { name: &NAME, community: LOCATION, category: &CATEGORY, number: None },
        draft,
        payload: WomensFederationEvent::registration,
        source: |station| &station.source,
        key_of: |station| RowKey::new(&station.name, station.village, &station.category),
        number_of: |_| None,
        registered_on: |station| station.registered_on,
        withdrawn_by: &["StationWithdrawn", "StationMovedOut"],
        put_back: domain::put_back,
        moves: Moves {
            open: domain::move_in,
            close: |state, to| domain::move_out(state, to).map_err(located),
            came: WomensFederationEvent::arrival,
            went: State::transferred_to,
        },
        initial: State::default,
        evolve: domain::evolve,
        registered: |state| state.registered().map(RegisteredStation::station),
        keep,
        submit: |state, station, today| {
            domain::decide(state, Command::HandIn(station), &Context { today }).map_err(located)
        },
        withdraw: |state, reason| match state {
            Standing::Withdrawn { .. } | Standing::Transferred { .. } => Ok(Vec::new()),
            Standing::Unregistered | Standing::InForce(_) | Standing::Suspended { .. } => {
                domain::withdraw(state, reason.to_owned()).map_err(located)
            }
        },
    }
}

/// One row into a station.
pub(crate) fn draft(row: &mut Row<'_>) -> Option<Station> {
    let name = row.required_text(&NAME);
    let category = row.category(&CATEGORY);
    let village_name = row.text(&VILLAGE_NAME);
    let village = row.community(&LOCATION);
    let address = row.text(&ADDRESS);
    let coverage = row.areas(&COVERAGE, village);
    let Telephones { public: phones, of_contact } = row.telephones(&PHONE, &HEAD_PHONE, village);
    let contact = row.contact(&HEAD, of_contact);
    let mut eligibility = row.audience(&AUDIENCE);
    let mut hours = row.hours(&HOURS);
    let volunteers = row.count(&VOLUNTEERS);
    let volunteers_trained_on = row.date(&TRAINED_ON);
    let safeguarding_cleared_on = row.date(&CLEARED_ON);
    let Places { capacity: places, vacancy } = row.places(&PLACES);
    let documents = row.documents();
    let registered_on = row.date(&REGISTERED_ON);
    row.in_operation(&NAME, &mut eligibility, &mut hours);
    Some(Station {
        name: name?,
        category: category?,
        village_name,
        village: village?,
        address,
        coverage,
        contact,
        phones,
        eligibility,
        hours,
        volunteers,
        volunteers_trained_on,
        safeguarding_cleared_on,
        places,
        vacancy,
        documents,
        registered_on,
        source: row.source(),
        doubts: row.doubts(),
    })
}

/// What a station keeps where a row says nothing.
fn keep(keeping: &mut Keeping<'_>, said: &mut Station, stood: Station) {
    keeping.keep_doubts(&mut said.doubts, stood.doubts);
    keeping.keep_here(&VILLAGE_NAME, &mut said.village_name, stood.village_name);
    keeping.keep_here(&ADDRESS, &mut said.address, stood.address);
    keeping.keep_here(&COVERAGE, &mut said.coverage, stood.coverage);
    keeping.keep_contact((&HEAD, &HEAD_PHONE), &mut said.contact, stood.contact);
    keeping.keep_of(&[&PHONE, &HEAD_PHONE], &mut said.phones, stood.phones);
    keeping.keep(&AUDIENCE, &mut said.eligibility, stood.eligibility);
    keeping.keep(&HOURS, &mut said.hours, stood.hours);
    keeping.keep(&VOLUNTEERS, &mut said.volunteers, stood.volunteers);
    keeping.keep(&TRAINED_ON, &mut said.volunteers_trained_on, stood.volunteers_trained_on);
    keeping.keep(&CLEARED_ON, &mut said.safeguarding_cleared_on, stood.safeguarding_cleared_on);
    keeping.keep(&PLACES, &mut said.places, stood.places);
    keeping.keep(&VACANCY, &mut said.vacancy, stood.vacancy);
    keeping.keep(&DOCUMENTS, &mut said.documents, stood.documents);
    keeping.keep(&REGISTERED_ON, &mut said.registered_on, stood.registered_on);
}

/// A refusal with the column that it is about.
pub(crate) fn located(refusal: Refusal) -> desk::Refusal {
    let worded = desk::Refusal::new(refusal.finding());
    match refusal {
        Refusal::NobodyTrained | Refusal::MoreTrainedThanVolunteers { .. } => worded.about(&VOLUNTEERS),
        Refusal::TrainingInFuture { .. } => worded.about(&TRAINED_ON),
        Refusal::ClearanceInFuture { .. } | Refusal::ClearanceNotLater { .. } => worded.about(&CLEARED_ON),
        Refusal::Standing(_) => worded,
    }
}
