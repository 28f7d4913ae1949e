//! The women's federation's list: its columns, and a row into a station.

use crate::domain::{self, Command, Context, Refusal, State};
use intake::registrations::Field;
use intake::{Column, Description, Key, Row, RowKey};
use schema::Office;
use schema::womens_federation::{Station, WomensFederationEvent};

pub(crate) const NAME: Column = Column::required("站点名称", "Name").also(&["站点", "名称", "阵地名称"]);
pub(crate) const CATEGORY: Column = Column::required("服务项目", "Category").also(&["项目", "服务类别"]);
pub(crate) const VILLAGE_NAME: Column = Column::optional("所在村社", "Village").also(&["村社", "村居", "所在村居"]);
pub(crate) const VILLAGE: Column =
    Column::required("村社代码", "Village code").also(&["村居代码", "所在村社代码", "所在地代码"]);
pub(crate) const ADDRESS: Column = Column::optional("地址", "Address").also(&["详细地址", "站点地址"]);
pub(crate) const COVERAGE: Column =
    Column::optional("服务区域代码", "Codes of the area served").also(&["服务区域", "服务范围代码"]);
pub(crate) const HEAD: Column = Column::optional("负责人", "Head").also(&["负责人姓名", "联系人"]).personal();
pub(crate) const PHONE: Column =
    Column::optional("负责人电话", "Telephone of the station").also(&["电话", "联系电话", "站点电话"]);
pub(crate) const AUDIENCE: Column = Column::optional("服务对象", "For whom").also(&["对象"]);
pub(crate) const HOURS: Column = Column::optional("开放时间", "Opening hours").also(&["服务时间", "活动时间"]);
pub(crate) const VOLUNTEERS: Column =
    Column::optional("巾帼志愿者人数", "Volunteers").also(&["志愿者人数", "巾帼志愿者数"]);
pub(crate) const TRAINED_ON: Column = Column::optional("志愿者培训日期", "Volunteers trained on").also(&["培训日期"]);
pub(crate) const CLEARED_ON: Column = Column::optional("涉未成年人审查日期", "Safeguarding clearance of").also(&[
    "审查日期",
    "涉未审查日期",
    "从业审查日期",
]);
pub(crate) const PLACES: Column = Column::optional("名额", "Places").also(&["可服务人数", "床位或名额"]);
pub(crate) const REGISTERED_ON: Column = Column::optional("登记日期", "Registered on").also(&["填表日期"]);

/// The columns, in the order of the form.
pub const COLUMNS: &[Column] = &[
    NAME,
    CATEGORY,
    VILLAGE_NAME,
    VILLAGE,
    ADDRESS,
    COVERAGE,
    HEAD,
    PHONE,
    AUDIENCE,
    HOURS,
    VOLUNTEERS,
    TRAINED_ON,
    CLEARED_ON,
    PLACES,
    REGISTERED_ON,
];

/// The fields of the form, as programs name them, by column.
pub(crate) const FIELDS: &[Field] = &[
    Field::new("name", &NAME),
    Field::new("category", &CATEGORY),
    Field::new("villageName", &VILLAGE_NAME),
    Field::new("village", &VILLAGE),
    Field::new("address", &ADDRESS),
    Field::new("coverage", &COVERAGE),
    Field::new("head", &HEAD),
    Field::new("phones", &PHONE),
    Field::new("audience", &AUDIENCE),
    Field::new("hours", &HOURS),
    Field::new("volunteers", &VOLUNTEERS),
    Field::new("volunteersTrainedOn", &TRAINED_ON),
    Field::new("safeguardingClearedOn", &CLEARED_ON),
    Field::new("places", &PLACES),
    Field::new("registeredOn", &REGISTERED_ON),
];

/// The list as intake takes it.
pub fn description() -> Description<Station, State, WomensFederationEvent> {
    Description {
        office: Office::WomensFederation,
        columns: COLUMNS,
        key: Key { name: &NAME, community: &VILLAGE, category: &CATEGORY, number: None },
        draft,
        payload: |event| match event {
            WomensFederationEvent::StationRegistered(station) | WomensFederationEvent::StationRevised(station) => {
                Some(station)
            }
            WomensFederationEvent::VolunteersTrained(_)
            | WomensFederationEvent::SafeguardingCleared(_)
            | WomensFederationEvent::StationSuspended(_)
            | WomensFederationEvent::StationResumed(_)
            | WomensFederationEvent::StationWithdrawn(_) => None,
        },
        source: |station| &station.source,
        key_of: |station| RowKey::new(&station.name, station.village, &station.category),
        number_of: |_| None,
        registered_on: |station| station.registered_on,
        withdrawn_by: &["StationWithdrawn"],
        initial: State::default,
        evolve: domain::evolve,
        submit: |state, station, today| {
            domain::decide(state, Command::HandIn(station), &Context { today }).map_err(located)
        },
        withdraw: |state, reason| match state {
            State::Withdrawn { .. } => Ok(Vec::new()),
            State::Unregistered | State::Open(_) | State::AwaitingClearance(_) | State::Suspended { .. } => {
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
    let village = row.required_area(&VILLAGE);
    let address = row.text(&ADDRESS);
    let coverage = row.areas(&COVERAGE);
    let contact = row.contact(&HEAD);
    let phones = row.phones(&PHONE);
    let eligibility = row.audience(&AUDIENCE);
    let hours = row.hours(&HOURS);
    let volunteers = row.count(&VOLUNTEERS);
    let volunteers_trained_on = row.date(&TRAINED_ON);
    let safeguarding_cleared_on = row.date(&CLEARED_ON);
    let places = row.count(&PLACES);
    let registered_on = row.date(&REGISTERED_ON);
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
        registered_on,
        source: row.source(),
        doubts: row.doubts(),
    })
}

/// A refusal with the column that it is about.
pub(crate) fn located(refusal: Refusal) -> intake::Refusal {
    let said = intake::Refusal::from(refusal.said());
    match refusal {
        Refusal::NobodyTrained | Refusal::MoreTrainedThanVolunteers { .. } => said.about(&VOLUNTEERS),
        Refusal::TrainingInFuture { .. } => said.about(&TRAINED_ON),
        Refusal::ClearanceInFuture { .. } | Refusal::ClearanceNotLater { .. } => said.about(&CLEARED_ON),
        Refusal::AlreadyRegistered
        | Refusal::NotRegistered
        | Refusal::Withdrawn { .. }
        | Refusal::AlreadySuspended { .. }
        | Refusal::NotSuspended => said,
    }
}
