//! The youth league's list: its columns, and a row into a team.

use crate::domain::{self, Command, Context, Refusal, RegisteredTeam, State};
use chrono::NaiveDate;
use desk::registrations::{Field, columns};
use desk::{Description, Key, Moves, Standing};
use intake::{
    CODES_OF_VILLAGES, COMMUNITY, COUNTY, Column, DOCUMENTS, Keeping, PlaceColumns, Places, REMARK, Row, RowKey, STATE,
    TELEPHONES, TOWN, Telephones, Trouble, VACANCY, VACANCY_ON,
};
use schema::Office;
use schema::finding::RuleFinding;
use schema::limits::length;
use schema::youth_league::{Team, YouthLeagueEvent};

pub(crate) const NAME: Column = Column::required("队伍名称", "Name")
    .also(&[
        "队伍",
        "名称",
        "志愿队名称",
        "志愿服务队名称",
        "服务队名称",
        "组织名称",
        "团队名称",
        "志愿队伍名称",
        "队名",
    ])
    .at_most(length::NAME);
pub(crate) const NUMBER: Column = Column::optional("志愿汇编号", "Team number")
    .also(&["志愿汇号", "队伍编号", "志愿汇队伍编号", "志愿汇ID", "志愿汇组织编号", "组织编号"])
    .numbers();
pub(crate) const CATEGORY: Column = Column::required("服务内容", "Category")
    .also(&["内容", "服务类别", "服务项目", "项目", "类别", "服务类型", "活动内容", "活动类型"])
    .at_most(length::CATEGORY);
pub(crate) const PLACE: Column = Column::optional("活动地点", "Meeting place")
    .also(&["地点", "活动地址", "活动场所", "服务地点", "集合地点", "地址", "详细地址"])
    .at_most(length::ADDRESS);
pub(crate) const VILLAGE: Column =
    Column::required("所在地代码", "Village code").also(CODES_OF_VILLAGES).or(&COMMUNITY);
pub(crate) const COVERAGE: Column = Column::optional("服务区域代码", "Codes of the area served").also(&[
    "服务区域",
    "服务范围代码",
    "服务范围",
    "覆盖范围",
    "活动范围",
    "服务村居",
]);
/// Not a column without which a file is refused: a file without leaders is refused row by row, each for its leader.
pub(crate) const LEADER: Column = Column::optional("领队", "Leader")
    .also(&["领队姓名", "队长", "队长姓名", "负责人", "负责人姓名", "联系人", "联系人姓名", "领队(负责人)"])
    .personal();
pub(crate) const PHONE: Column =
    Column::optional("联络电话", "Telephone").also(TELEPHONES).of_telephones().or(&LEADER_PHONE);
pub(crate) const LEADER_PHONE: Column = Column::hint("领队电话", "Telephone of the leader").of_contacts_telephones();
pub(crate) const TIMES: Column = Column::optional("活动时间", "Activity times")
    .also(&["服务时间", "开放时间", "活动安排", "活动时段", "时间"])
    .of_parts();
pub(crate) const NEXT_ON: Column = Column::optional("下次活动日期", "Next activity on").also(&[
    "下次活动",
    "下次活动时间",
    "下一次活动日期",
    "下一次活动时间",
    "近期活动日期",
]);
pub(crate) const VOLUNTEERS: Column = Column::optional("注册志愿者数", "Registered volunteers").also(&[
    "志愿者人数",
    "注册志愿者人数",
    "志愿者数",
    "注册志愿者",
    "人数",
    "队员人数",
    "志愿者数量",
]);
pub(crate) const PAIRING: Column = Column::optional("可结对老人数", "Elders that can be paired")
    .also(&["可结对数", "结对名额", "可结对人数", "结对老人数", "可结对老人人数", "可结对老人"])
    .of_places();
pub(crate) const AUDIENCE: Column = Column::optional("服务对象", "For whom").also(&[
    "对象",
    "服务人群",
    "服务群体",
    "适用人群",
    "面向对象",
    "受益对象",
]);
pub(crate) const REGISTERED_ON: Column =
    Column::optional("登记日期", "Registered on").also(&["登记时间", "填表日期", "填报日期", "备案日期"]);

/// Where the community is said to lie.
pub(crate) const LOCATION: PlaceColumns =
    PlaceColumns { code: &VILLAGE, above: &[&COUNTY, &TOWN], name: &COMMUNITY, address: &PLACE };

/// The fields of the form, as programs name them, by column, in the order of the office's own form.
pub(crate) const FIELDS: &[Field] = &[
    Field::new("name", &NAME),
    Field::new("teamNumber", &NUMBER),
    Field::new("category", &CATEGORY),
    Field::new("meetingPlace", &PLACE),
    Field::new("village", &VILLAGE),
    Field::new("coverage", &COVERAGE),
    Field::new("leader", &LEADER),
    Field::new("phones", &PHONE),
    Field::new("activityTimes", &TIMES),
    Field::new("nextActivityOn", &NEXT_ON),
    Field::new("volunteers", &VOLUNTEERS),
    Field::new("pairingPlaces", &PAIRING),
    Field::new("vacancy", &VACANCY),
    Field::new("vacancyOn", &VACANCY_ON),
    Field::new("documents", &DOCUMENTS),
    Field::new("audience", &AUDIENCE),
    Field::new("registeredOn", &REGISTERED_ON),
    Field::new("contactPhones", &LEADER_PHONE),
];

/// What lists often have beside them.
const BESIDE: &[Column] = &[COUNTY, TOWN, COMMUNITY, STATE, REMARK];

/// The columns of the list: those of the form, and what stands beside them.
pub const COLUMNS: &[Column] = &columns::<{ FIELDS.len() + BESIDE.len() }>(FIELDS, BESIDE);

/// The list as intake takes it.
pub fn description() -> Description<Team, State, YouthLeagueEvent> {
    Description {
        office: Office::YouthLeague,
        columns: COLUMNS,
        key: Key { name: &NAME, community: LOCATION, category: &CATEGORY, number: Some(&NUMBER) },
        draft: listed,
        payload: YouthLeagueEvent::registration,
        source: |team| &team.source,
        key_of: |team| RowKey::new(&team.name, team.village, &team.category),
        number_of: |team| team.team_number.clone(),
        registered_on: |team| team.registered_on,
        withdrawn_by: &["TeamDisbanded", "TeamMovedOut"],
        put_back: domain::put_back,
        moves: Moves {
            open: domain::move_in,
            close: |state, to| domain::move_out(state, to).map_err(located),
            came: YouthLeagueEvent::arrival,
            went: State::transferred_to,
        },
        initial: State::default,
        evolve: domain::evolve,
        registered: |state| state.registered().map(RegisteredTeam::team),
        keep,
        submit: |state, team, today| {
            // What was kept may have passed since it was said.
            let next_activity_on = team.next_activity_on.filter(|on| *on >= today);
            let team = Team { next_activity_on, ..team };
            domain::decide(state, Command::HandIn(team), &Context { today }).map_err(located)
        },
        withdraw: |state, reason| match state {
            Standing::Withdrawn { .. } | Standing::Transferred { .. } => Ok(Vec::new()),
            Standing::Unregistered | Standing::InForce(_) | Standing::Suspended { .. } => {
                domain::disband(state, reason.to_owned()).map_err(located)
            }
        },
    }
}

/// One row of a list into a team: an activity that is past by the time the list is read is doubted and left out.
fn listed(row: &mut Row<'_>) -> Option<Team> {
    draft(row, |row| {
        let today = row.today();
        match row.date(&NEXT_ON) {
            Some(on) if on < today => {
                row.record(&NEXT_ON, Trouble::doubt(RuleFinding::ActivityPast { on }));
                None
            }
            on => on,
        }
    })
}

/// A form into a team: what day its activity may have, the rules say.
pub(crate) fn filled_in(row: &mut Row<'_>) -> Option<Team> {
    draft(row, |row| row.date(&NEXT_ON))
}

fn draft(row: &mut Row<'_>, next_activity: impl FnOnce(&mut Row<'_>) -> Option<NaiveDate>) -> Option<Team> {
    let name = row.required_text(&NAME);
    let team_number = row.text(&NUMBER);
    let category = row.category(&CATEGORY);
    let meeting_place = row.text(&PLACE);
    let village = row.community(&LOCATION);
    let coverage = row.areas(&COVERAGE, village);
    let Telephones { public: phones, of_contact } = row.telephones(&PHONE, &LEADER_PHONE, village);
    let leader = row.contact(&LEADER, of_contact).filter(|leader| leader.name.is_some());
    if leader.is_none() {
        row.record(&LEADER, Trouble::error(Refusal::NoLeader.finding()));
    }
    let mut activity_times = row.hours(&TIMES);
    let next_activity_on = next_activity(row);
    let volunteers = row.count(&VOLUNTEERS);
    let Places { capacity: pairing_places, vacancy } = row.places(&PAIRING);
    let documents = row.documents();
    let mut eligibility = row.audience(&AUDIENCE);
    let registered_on = row.date(&REGISTERED_ON);
    row.in_operation(&NAME, &mut eligibility, &mut activity_times);
    Some(Team {
        name: name?,
        team_number,
        category: category?,
        meeting_place,
        village: village?,
        coverage,
        leader: leader?,
        phones,
        activity_times,
        next_activity_on,
        volunteers,
        pairing_places,
        vacancy,
        documents,
        eligibility,
        registered_on,
        source: row.source(),
        doubts: row.doubts(),
    })
}

/// What a team keeps where a row says nothing.
fn keep(keeping: &mut Keeping<'_>, said: &mut Team, stood: Team) {
    keeping.keep_doubts(&mut said.doubts, stood.doubts);
    keeping.keep(&NUMBER, &mut said.team_number, stood.team_number);
    keeping.keep_here(&PLACE, &mut said.meeting_place, stood.meeting_place);
    keeping.keep_here(&COVERAGE, &mut said.coverage, stood.coverage);
    keeping.keep_sealed(&LEADER_PHONE, &mut said.leader.phones, stood.leader.phones);
    keeping.keep_of(&[&PHONE, &LEADER_PHONE], &mut said.phones, stood.phones);
    keeping.keep(&TIMES, &mut said.activity_times, stood.activity_times);
    keeping.keep(&NEXT_ON, &mut said.next_activity_on, stood.next_activity_on);
    keeping.keep(&VOLUNTEERS, &mut said.volunteers, stood.volunteers);
    keeping.keep(&PAIRING, &mut said.pairing_places, stood.pairing_places);
    keeping.keep(&VACANCY, &mut said.vacancy, stood.vacancy);
    keeping.keep(&DOCUMENTS, &mut said.documents, stood.documents);
    keeping.keep(&AUDIENCE, &mut said.eligibility, stood.eligibility);
    keeping.keep(&REGISTERED_ON, &mut said.registered_on, stood.registered_on);
}

/// A refusal with the column that it is about.
pub(crate) fn located(refusal: Refusal) -> desk::Refusal {
    let worded = desk::Refusal::new(refusal.finding());
    match refusal {
        Refusal::NoLeader => worded.about(&LEADER),
        Refusal::ActivityInThePast { .. } => worded.about(&NEXT_ON),
        Refusal::PairingWithoutVolunteers => worded.about(&PAIRING),
        Refusal::Standing(_) | Refusal::Disbanded { .. } | Refusal::Resting { .. } | Refusal::NotResting => worded,
    }
}
