//! What the rules of the offices say.

use crate::ids::RegistrationId;
use crate::office::Office;
use chrono::NaiveDate;

finding_codes! {
    /// What the rules of the offices say. Reasons that a clerk once gave are quoted as they were given.
    pub enum RuleFinding {
        /// Registering under an id that is taken.
        "ALREADY_REGISTERED" AlreadyRegistered {
            /// Whose.
            office: Office,
        } => format!("该{}已经登记", office.thing_zh()), format!("this {} is registered already", office.thing_en());
            "如需修改，请用“变更”", "to change it, revise it";
        /// A command about nothing.
        "NOT_REGISTERED" NotRegistered {
            /// Whose.
            office: Office,
        } => "没有这条登记", format!("no {} is registered under this id", office.thing_en());
            "请核对登记编号", "check the id of the registration";
        /// A command about what is no longer offered.
        "WITHDRAWN" Withdrawn {
            /// Whose.
            office: Office,
            /// Why it was withdrawn.
            reason: String,
        } => format!("该{}已注销：{reason}", office.thing_zh()),
            format!("this {} was withdrawn: {reason}", office.thing_en());
            format!("如{}，请重新登记", office.back_zh()),
            format!("if the {} is back, register it again", office.thing_en());
        /// A command about what moved to another county.
        "TRANSFERRED" Transferred {
            /// Whose.
            office: Office,
            /// Under which id it goes on there.
            to: RegistrationId,
        } => format!("该{}已迁往其他县区，登记编号为{to}", office.thing_zh()),
            format!("this {} moved to another county, where it is registered as {to}", office.thing_en());
            "请在迁入地的登记上办理", "act on the registration there";
        /// A registration of which something was written that this program does not know.
        "UNREADABLE_EVENT" UnreadableEvent {
            /// Its stream.
            stream: String,
            /// The number of the event in the stream.
            revision: u64,
            /// The type of the event.
            event_type: String,
        } => format!("登记记录{stream}的第{revision}条（{event_type}）含有本程序不能识别的内容，这条登记暂不能办理"),
            format!("event {revision} of {stream} ({event_type}) holds what this program does not know, so nothing can be done about this registration");
            "请联系系统管理员升级程序后再办理", "have the administrator upgrade the program, then hand it in again";
        /// Suspending twice.
        "ALREADY_SUSPENDED" AlreadySuspended {
            /// Whose.
            office: Office,
            /// Why it is suspended.
            reason: String,
        } => format!("该{}已处于暂停状态：{reason}", office.thing_zh()),
            format!("this {} is suspended already: {reason}", office.thing_en());
            "无需再次暂停", "nothing needs to be done";
        /// Resuming what was never suspended.
        "NOT_SUSPENDED" NotSuspended {
            /// Whose.
            office: Office,
        } => format!("该{}没有暂停", office.thing_zh()), format!("this {} is not suspended", office.thing_en());
            "无需恢复", "nothing needs to be done";
        /// Opening a practice whose licence has lapsed.
        "LICENCE_LAPSED" LicenceLapsed {
            /// Its last day.
            expires: NaiveDate,
        } => format!("执业许可证已于{expires}到期"),
            format!("the licence lapsed on {expires}; renew it before the practice opens again");
            "请先办理许可证延续并登记新的有效期", "renew the licence and record its new last day first";
        /// A renewal whose last day is past.
        "RENEWAL_ALREADY_OVER" RenewalAlreadyOver {
            /// The last day it gives.
            expires: NaiveDate,
        } => format!("新的有效期{expires}已经过去"), format!("a licence that ends on {expires} has ended already");
            "请核对延续后的有效期", "check the last day on the renewed licence";
        /// A renewal that does not reach beyond what is known.
        "RENEWAL_NOT_LATER" RenewalNotLater {
            /// The last day it gives.
            expires: NaiveDate,
            /// The last day on file.
            known: NaiveDate,
        } => format!("新的有效期{expires}不晚于已登记的{known}"),
            format!("the licence on file holds until {known}; {expires} is not later");
            "请核对延续后的有效期；如原登记有误，请用“变更”",
            "check the last day; if the one on file is wrong, revise the registration";
        /// Home visits without a doctor who could make them.
        "HOME_VISITS_WITHOUT_TEAM" HomeVisitsWithoutTeam =>
            "填写了可上门，但家庭医生团队数为0",
            "home visits are promised, but there is no family-doctor team to make them";
            "请核对“可上门”和“家庭医生团队数”", "check both the home visits and the number of family-doctor teams";
        /// A training of nobody.
        "NOBODY_TRAINED" NobodyTrained =>
            "参加培训的志愿者人数不能为0", "a training needs at least one volunteer";
            "请填写实际参训人数", "give the number of those who took part";
        /// More trained than there are.
        "MORE_TRAINED_THAN_VOLUNTEERS" MoreTrainedThanVolunteers {
            /// How many it says were trained.
            trained: u32,
            /// How many the station has.
            volunteers: u32,
        } => format!("参训{trained}人，多于该站点登记的巾帼志愿者{volunteers}人"),
            format!("{trained} volunteers cannot have been trained: the station has {volunteers}");
            "请核对参训人数，或先变更志愿者人数", "check the number, or revise the number of volunteers first";
        /// A training on a day to come.
        "TRAINING_IN_FUTURE" TrainingInFuture {
            /// The day given.
            on: NaiveDate,
        } => format!("培训日期{on}还没有到"), format!("{on} is still to come; record the training once it was held");
            "请在培训完成后登记", "record it once the training was held";
        /// A clearance on a day to come.
        "CLEARANCE_IN_FUTURE" ClearanceInFuture {
            /// The day given.
            on: NaiveDate,
        } => format!("涉未成年人审查日期{on}还没有到"), format!("{on} is still to come; a clearance counts once it was given");
            "请在审查通过后登记", "record it once the clearance was given";
        /// A clearance that is no later than the one on file.
        "CLEARANCE_NOT_LATER" ClearanceNotLater {
            /// The day given.
            on: NaiveDate,
            /// The day on file.
            known: NaiveDate,
        } => format!("审查日期{on}不晚于已登记的{known}"), format!("the clearance on file is of {known}; {on} is not later");
            "请核对审查日期；如原登记有误，请用“变更”", "check the day; if the one on file is wrong, revise the registration";
        /// A team without a leader.
        "NO_LEADER" NoLeader =>
            "没有填写领队，队伍必须有领队", "a team needs a leader"; "请补填领队姓名", "give the name of the leader";
        /// A command about a team that is no more.
        "DISBANDED" Disbanded {
            /// Why it was disbanded.
            reason: String,
        } => format!("该队伍已解散：{reason}"), format!("this team was disbanded: {reason}");
            "如重新组建，请重新登记", "if the team is formed again, register it again";
        /// An activity or a second rest for a team that rests.
        "RESTING" Resting {
            /// Why it rests.
            reason: String,
        } => format!("该队伍正在休整：{reason}"), format!("this team rests: {reason}");
            "请先恢复活动", "let the team go on first";
        /// Going on without having rested.
        "NOT_RESTING" NotResting =>
            "该队伍没有休整", "this team is not resting"; "无需恢复", "nothing needs to be done";
        /// An activity announced for a day that is past.
        "ACTIVITY_IN_THE_PAST" ActivityInThePast {
            /// The day given.
            on: NaiveDate,
        } => format!("活动日期{on}已经过去"), format!("{on} is past; an activity is announced for a day to come");
            "请填写今天或以后的日期", "give today or a day to come";
        /// The next activity of a list, past by the time the list was read.
        "ACTIVITY_PAST" ActivityPast {
            /// The day given.
            on: NaiveDate,
        } => format!("下次活动日期{on}已经过去，未登记"), format!("the next activity, {on}, is past; it was left out");
            "请填写新的活动日期，或留空", "give the day of the next activity, or leave it blank";
        /// Pairing places of a team without volunteers.
        "PAIRING_WITHOUT_VOLUNTEERS" PairingWithoutVolunteers =>
            "注册志愿者数为0，不能与老人结对", "elders cannot be paired: the team has no volunteers";
            "请核对“可结对老人数”和“注册志愿者数”", "check both the pairing places and the number of volunteers";
        /// Opening a merchant again after a failed inspection.
        "INSPECTION_NOT_PASSED" InspectionNotPassed =>
            "最近一次检查不合格，只有检查合格后才能恢复",
            "the last inspection was failed; only a passed one opens this merchant again";
            "请在复查合格后登记检查结果", "record the inspection once it is passed";
        /// An inspection on a day to come.
        "INSPECTION_IN_FUTURE" InspectionInFuture {
            /// The day given.
            on: NaiveDate,
        } => format!("检查日期{on}还没有到"), format!("{on} is still to come; record the inspection once it was made");
            "请在检查完成后登记", "record it once the inspection was made";
        /// An inspection before the one on file.
        "INSPECTION_OUT_OF_ORDER" InspectionOutOfOrder {
            /// The day given.
            on: NaiveDate,
            /// The day on file.
            known: NaiveDate,
        } => format!("检查日期{on}早于已登记的{known}"), format!("the inspection on file is of {known}; {on} is before it");
            "请核对检查日期；如原登记有误，请用“变更”", "check the day; if the one on file is wrong, revise the registration";
        /// An agreed price of nothing.
        "ELDER_PRICE_NOT_POSITIVE" ElderPriceNotPositive =>
            "老年人协议价必须大于0", "an agreed price is more than nothing";
            "请填写协议价；没有协议价请留空", "give the price, or leave it blank if none was agreed";
    }
}
