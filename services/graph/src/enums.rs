//! The enumerations of the schema. Values may be added; clients treat them as extensible.

use crate::prepared;
use async_graphql::Enum;
use directory::{eligibility, projection};

/// An office that registers what it shares.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::Office")]
pub enum Office {
    /// 社区医院: community clinics and health stations.
    Clinic,
    /// 妇联: the women's federation.
    WomensFederation,
    /// 共青团: the youth league.
    YouthLeague,
    /// 商务: the commerce office.
    Commerce,
}

/// Where a merge of two registrations stands.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projection::MergeStatus")]
pub enum MergeStatus {
    /// 待核归并: a steward is asked.
    Proposed,
    /// 已归并: both are shown as one resource.
    InForce,
    /// 不归并: a steward said that they are not the same.
    Refused,
    /// 已撤销: was in force and was undone.
    Undone,
}

/// What decided.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeciderKind {
    /// A rule of the matching model.
    Rule,
    /// 资源管理员: a steward.
    Steward,
}

/// In which order services are listed.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceOrder {
    /// By category, name and id, each by code point.
    Category,
    /// 由近及远: the nearest first (see `Nearness`); of equally near ones what is open before what may be, and what is
    /// closed last; then by verdict, category, name and id. Hours move on: give the same `at` for every page.
    Nearest,
}

/// 远近: the narrowest division that a service and those who ask share. The villages of one town are equally near: nobody
/// said where in it they are.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "directory::nearness::Nearness")]
pub enum Nearness {
    /// 本村、本社区: in the community itself.
    Community,
    /// 本乡镇、街道: elsewhere in its town.
    Town,
    /// 本县、区: elsewhere in its county.
    County,
    /// 本市: elsewhere in its city.
    City,
    /// 本省: elsewhere in its province.
    Province,
    /// 外省: in another province.
    Elsewhere,
}

/// How far down a division code reaches.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::AreaLevel")]
pub enum AreaLevel {
    /// 省: a province.
    Province,
    /// 市: a city.
    City,
    /// 县、区: a county or district.
    County,
    /// 乡、镇、街道: a township, town or street office.
    Town,
    /// 村、社区: a village or community.
    Village,
}

/// Whether a division stands, or what became of it.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AreaStatus {
    /// It stands.
    Stands,
    /// It is another division's code today, or was joined to another: `successors` has one.
    Replaced,
    /// It went over into several: `successors` has them.
    Divided,
    /// 撤销: it ended, and nothing is known to have come after it. What stood there is still found under its code.
    Ended,
    /// The division in which it lay went over into several, and nothing says in which of them it lies.
    Unplaced,
    /// No list and no change has it.
    Unknown,
}

/// Whether a file is a whole list.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::Extent")]
pub enum Extent {
    /// 全表: what has no row is absent.
    Whole,
    /// 变动: some rows of the list, new or changed; nothing follows of the others.
    Changes,
}

/// What sort of change a division went through.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::areas::AreaChangeKind")]
pub enum AreaChangeKind {
    /// 更名: the name alone.
    Renamed,
    /// 改码: the code alone.
    Recoded,
    /// 撤县设区: a county became a district of a city.
    CountyToDistrict,
    /// 撤县设市: a county became a city.
    CountyToCity,
    /// 撤乡设镇: a township became a town.
    TownshipToTown,
    /// 撤镇设街道: a town became a street office.
    TownToSubdistrict,
    /// 村改居: a village became a community.
    VillageToCommunity,
    /// 撤并: it went into another.
    MergedInto,
    /// 分设: a part of it became one of its own.
    Split,
    /// 划转: it went to another division above.
    Transferred,
    /// 新设: made new.
    Established,
    /// 撤销, without a successor.
    Abolished,
}

/// Whether those who ask may use a service.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "eligibility::Verdict")]
pub enum Verdict {
    /// 符合条件: they may use it.
    Yes,
    /// 待核实: something that decides was not said.
    Unknown,
    /// 不符合: they may not.
    No,
}

/// A group of the public that a service is addressed to.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::Audience")]
pub enum Audience {
    /// 老年人: people of 60 and over. Asked for, it includes what is for everyone.
    Elders,
    /// 儿童: under 18.
    Children,
    /// 妇女: women.
    Women,
    /// 残疾人: disabled people.
    Disabled,
    /// 全体居民: everyone.
    All,
}

/// A circumstance that entitles, as the civil-affairs rules name it.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::Condition")]
pub enum Condition {
    /// 特困人员: destitute, supported with the five guarantees.
    FiveGuarantee,
    /// 低保对象: on the minimum living allowance.
    LowIncome,
    /// 低保边缘家庭: just above the minimum living allowance.
    NearLowIncome,
    /// 刚性支出困难家庭: hardship through unavoidable expenses for illness, care or schooling.
    RigidExpenditure,
    /// 独居: lives alone.
    LivesAlone,
    /// 空巢: the children have moved away.
    EmptyNest,
    /// 留守: left behind in the village by those who went to work elsewhere.
    LeftBehind,
    /// 失能: dependent on care.
    CareDependent,
    /// 半失能: partly dependent on care.
    PartlyCareDependent,
    /// 失智: dementia.
    Dementia,
    /// 残疾: disabled.
    Disabled,
    /// 计划生育特殊家庭: whose only child died or is disabled, and who has no other.
    SpecialFamily,
    /// 失独家庭: a special family whose only child died. Whoever it holds of is a special family too.
    LostOnlyChild,
    /// 优抚对象: entitled to preferential treatment, such as the bereaved of martyrs.
    PreferentialTreatment,
    /// 退役军人: a veteran.
    Veteran,
}

/// 失能等级: how far somebody depends on care (GB/T 42195-2022).
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::CareDegree")]
pub enum CareDegree {
    /// 轻度失能: mildly dependent on care.
    Mild,
    /// 中度失能: moderately dependent on care.
    Moderate,
    /// 重度失能: severely dependent on care.
    Severe,
    /// 完全失能: wholly dependent on care.
    Total,
}

/// 所需材料: a paper or a card that offices ask for.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::Document")]
pub enum Document {
    /// 身份证: identity card.
    IdentityCard,
    /// 户口簿: household register.
    HouseholdRegister,
    /// 居住证: residence permit.
    ResidencePermit,
    /// 残疾人证: disability certificate.
    DisabilityCertificate,
    /// 老年人能力评估报告: report of the assessment of an elder's abilities (GB/T 42195-2022).
    AssessmentReport,
    /// 社会保障卡: social security card.
    SocialSecurityCard,
    /// 医保卡: medical insurance card.
    MedicalInsuranceCard,
    /// 老年人优待证: card of entitlement for elders.
    ElderCard,
    /// 退役军人优待证: card of entitlement for veterans.
    VeteranCard,
    /// 低保证: certificate of the minimum living allowance.
    LowIncomeCertificate,
    /// 特困人员救助供养证: certificate of the destitute.
    FiveGuaranteeCertificate,
    /// 体检报告: report of a physical examination.
    HealthReport,
    /// 诊断证明或病历: diagnosis or medical record.
    MedicalRecord,
    /// 出生医学证明: birth certificate.
    BirthCertificate,
    /// 预防接种证: vaccination record.
    VaccinationRecord,
    /// 监护人身份证: identity card of the guardian.
    GuardiansIdentityCard,
    /// 申请表: application form.
    ApplicationForm,
    /// 照片: photograph.
    Photograph,
    /// 银行卡: bank card.
    BankCard,
}

/// 户籍要求: where a household must be registered, as the office wrote.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::LocalHousehold")]
pub enum LocalHousehold {
    /// 本地户籍: locally, and how far that reaches was not said.
    Served,
    /// 本村（社区）户籍: in the village or community where it is.
    Village,
    /// 本乡镇（街道）户籍: in the town where it is.
    Town,
    /// 本县（区）户籍: in the county where it is.
    County,
    /// 本市户籍: in the city where it is.
    City,
    /// 本省户籍: in the province where it is.
    Province,
}

/// Which days of a rule count by the calendar of holidays.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::hours::OnlyOn")]
pub enum OnlyOn {
    /// 工作日: weekdays that are not off, and weekends that are worked instead.
    WorkingDays,
    /// 法定节假日: the days off of holidays.
    DaysOff,
}

/// 法定节假日: a holiday of all citizens.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::calendar::Holiday")]
pub enum Holiday {
    /// 元旦: New Year's Day.
    NewYear,
    /// 春节: the Spring Festival.
    SpringFestival,
    /// 清明节: the Tomb-Sweeping Day.
    TombSweeping,
    /// 劳动节: the Labour Day.
    Labour,
    /// 端午节: the Dragon Boat Festival.
    DragonBoat,
    /// 中秋节: the Mid-Autumn Festival.
    MidAutumn,
    /// 国庆节: the National Day.
    National,
}

/// What would have to be another, or to be said, for a yes.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[graphql(remote = "eligibility::NeededField")]
pub enum NeedField {
    /// 年龄: the person's age.
    Age,
    /// 性别: the person's sex.
    Sex,
    /// 条件: a circumstance of the person's.
    Conditions,
    /// 失能等级: the degree to which the person depends on care.
    CareDegree,
    /// 残疾等级: the grade of the person's disability.
    DisabilityGrade,
    /// 常住地: where the person lives.
    Residence,
    /// 户籍地: where the person's household is registered.
    Household,
    /// 日期: the day asked about.
    Day,
    /// 服务对象: the office has to say whom it is for.
    #[default]
    Eligibility,
    /// 服务范围: the office has to say which area it serves.
    Coverage,
    /// 执业许可: the office has to say that the licence holds.
    Licence,
    /// 空余名额: a place has to become free, or the office has to say whether one is.
    Vacancy,
    /// 所需材料: papers have to be brought.
    Documents,
    /// 登记内容: what was last said of it has to be read.
    Registration,
}

/// A person's sex.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "eligibility::Sex")]
pub enum Sex {
    /// 女: female.
    Female,
    /// 男: male.
    Male,
}

/// The list that a division code belongs to. Two lists give some codes to different towns, so a code never crosses
/// from one to the other silently.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::Scheme")]
pub enum Scheme {
    /// The statistical office's codes, cut of 2023-06-30: the declared edition, in which registrations are kept.
    #[graphql(name = "STATISTICAL_2023")]
    Statistical2023,
    /// The civil-affairs place-name list of 2026-09, towns and above.
    #[graphql(name = "CIVIL_AFFAIRS_2026")]
    CivilAffairs2026,
}

/// Where a registration stands with its office.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationStatus {
    /// 在册: in force.
    Registered,
    /// 暂停: stopped for a while, by the clerk or by a failed inspection.
    Suspended,
    /// 注销: no longer offered.
    Withdrawn,
    /// 待核实: a newer program said something of it that this one cannot read. Its fields are the last that could be read.
    Unknown,
}

impl From<projection::Status> for RegistrationStatus {
    fn from(status: projection::Status) -> RegistrationStatus {
        match status {
            projection::Status::Registered => RegistrationStatus::Registered,
            projection::Status::Suspended => RegistrationStatus::Suspended,
            projection::Status::Withdrawn => RegistrationStatus::Withdrawn,
        }
    }
}

/// Why a registration, a part of one, or a resource is not shown in the directory.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::resource::NotShown")]
pub enum NotShown {
    /// 已暂停: suspended by its office.
    Suspended,
    /// 检查不合格: suspended until an inspection is passed.
    FailedInspection,
    /// 待涉未成年人审查: work with children is not published before those who do it are cleared.
    AwaitsClearance,
    /// 已注销: withdrawn.
    Withdrawn,
    /// 已撤下: a value that was public and may be so no longer. Never all of it.
    Retracted,
}

/// Why a value that was public may be so no longer.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::erasures::RetractionReason")]
pub enum RetractionReason {
    /// 误将个人信息公开: personal data was published by mistake.
    PublishedByMistake,
    /// 本人撤回同意: the person withdrew their consent.
    ConsentWithdrawn,
    /// 本人拒绝公开: the person objects to its being public.
    PersonObjected,
    /// 内容有误，应当更正: it is wrong and to be corrected.
    Incorrect,
    /// 法院或者主管机关要求: a court or an authority requires it.
    Ordered,
    /// 其他法律、行政法规规定: another law or administrative regulation requires it.
    OtherLaw,
    /// 登记部门已删除: its office removed it; what its office says again is shown again.
    RemovedByOffice,
}

/// What became of a resource.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceStatus {
    /// In the directory.
    Shown,
    /// Part of another; its id leads there.
    Absorbed,
    /// No longer shown: nobody who registered it still offers it.
    Withdrawn,
    /// 许可证已到期: its licence has lapsed, so it serves nobody until the licence is renewed.
    Lapsed,
    /// 待核实: a newer program said something of it, or of a registration behind it, that this one cannot read. Its fields are
    /// the last that could be read.
    Unknown,
}

/// What sort of thing is shared.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::Kind")]
pub enum ResourceKind {
    /// 服务: a service.
    Service,
    /// 场所: a venue.
    Venue,
    /// 队伍: a team.
    Team,
    /// 设备物资: equipment.
    Equipment,
}

/// What is known of a licence today.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceStanding {
    /// None is needed.
    NotRequired,
    /// One is needed; the office did not say until when it holds.
    Unknown,
    /// It holds.
    InForce,
    /// It has lapsed.
    Lapsed,
}

/// What became of a row of a file that was handed in.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::hand_in::RowFate")]
pub enum RowFate {
    /// A new registration.
    Registered,
    /// A registration of an earlier file, changed.
    Revised,
    /// A registration of an earlier file, as it was.
    Unchanged,
    /// Not taken in.
    Refused,
}

/// How bad a finding is.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::hand_in::Severity")]
pub enum Severity {
    /// The row went in; the words were kept.
    Warning,
    /// The row was refused.
    Error,
}

/// What sort of change happened: to a registration (the first six), to a resource of the directory (the next five),
/// or by a decision of the service centre (the last four).
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projection::ChangeKind")]
pub enum ChangeKind {
    /// 登记: an office registered something.
    Registered,
    /// 变更: an office said something anew.
    Revised,
    /// 暂停: a registration stopped for a while.
    Suspended,
    /// 恢复: a registration goes on.
    Resumed,
    /// 注销: a registration was withdrawn.
    Withdrawn,
    /// 撤下: a value of a registration is hidden, in all that was told before as well. Whoever keeps a copy drops it and asks
    /// anew.
    Retracted,
    /// A resource is shown for the first time.
    Published,
    /// A resource is shown with other fields.
    ResourceRevised,
    /// A resource became part of another.
    Absorbed,
    /// A resource is shown again.
    Restored,
    /// A resource is no longer shown.
    ResourceWithdrawn,
    /// 待核归并: a steward is asked about two registrations.
    Proposed,
    /// 归并: two registrations were merged.
    Merged,
    /// 不归并: a proposal was refused.
    Refused,
    /// 撤销归并: a merge was undone.
    Undone,
}

/// A group of people who are counted. One may be in several.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::population::CountedGroup")]
pub enum CountedGroup {
    /// 常住人口: residents.
    Residents,
    /// 六十周岁及以上老年人: 60 and over.
    SixtyAndOver,
    /// 六十五周岁及以上老年人: 65 and over.
    SixtyFiveAndOver,
    /// 八十周岁及以上老年人: 80 and over.
    EightyAndOver,
    /// 独居老年人: elders who live alone.
    LivingAlone,
    /// 空巢老年人: elders whose children live elsewhere.
    EmptyNest,
    /// 留守老年人: elders left behind in the village.
    LeftBehind,
    /// 失能老年人: elders dependent on care.
    CareDependent,
    /// 半失能老年人: elders partly dependent on care.
    PartlyCareDependent,
    /// 失智老年人: elders with dementia.
    Dementia,
    /// 特困老年人: destitute elders (five guarantees).
    FiveGuarantee,
    /// 低保老年人: elders on the minimum living allowance.
    LowIncome,
    /// 残疾老年人: disabled elders.
    Disabled,
    /// 计划生育特殊家庭老年人: elders of special families of family planning.
    SpecialFamily,
}

/// What sort of service a list of what is owed to elders names.
#[derive(Enum, prepared::Name, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schema::basic_services::BasicServiceKind")]
pub enum BasicServiceKind {
    /// 物质帮助: money or goods.
    MaterialHelp,
    /// 照护服务: care.
    Care,
    /// 关爱服务: visits and concern.
    Concern,
}
