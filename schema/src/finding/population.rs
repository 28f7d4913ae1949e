//! What is wrong or doubtful in counts of people.

use super::NamedArea;
use crate::population::CountedGroup;
use chrono::NaiveDate;

finding_codes! {
    /// What is wrong or doubtful in counts of people.
    pub enum PopulationFinding {
        /// A row of a town, a county: a total of what stands in other rows, or nothing that can be placed.
        "COUNT_NOT_OF_A_COMMUNITY" NotOfACommunity {
            /// What the row names.
            area: NamedArea,
        } => format!("{area}不是村、社区"), format!("{area} is no village or community");
            "人数请按村、社区逐行填写，乡镇合计不用填", "give counts by village or community; totals of towns are not needed";
        /// A community that another row had.
        "COUNT_REPEATED" Repeated {
            /// The community.
            area: NamedArea,
            /// The row that had it, counted from 1.
            row: u32,
        } => format!("第{row}行已经填了{area}同一时点的人数"),
            format!("row {row} has counts of {area} for the same day already");
            "每个村、社区同一统计时点只留一行", "leave one row for each community and day";
        /// More of a group than there are of the group that holds it.
        "COUNT_EXCEEDS" Exceeds {
            /// Of whom there are too many.
            group: CountedGroup,
            /// How many.
            count: u32,
            /// Of whom they are part.
            within: CountedGroup,
            /// How many those are.
            of: u32,
        } => format!("{}{count}人，多于{}{of}人", group.name_zh(), within.name_zh()),
            format!("{count} {} are more than the {of} {}", group.name_en(), within.name_en());
            "请核对两个人数", "check both numbers";
        /// Nobody says for which day the counts are true.
        "COUNT_DATE_MISSING" DateMissing =>
            "没有写统计时点", "it is not said for which day the counts are true";
            "请增加“统计时点”一列，或导入时另行注明（--on 2025-12-31）",
            "add a column 统计时点, or say it beside the file (--on 2025-12-31)";
        /// A day that is still to come.
        "COUNT_DATE_TO_COME" DateToCome {
            /// The day.
            on: NaiveDate,
        } => format!("统计时点{on}还没有到"), format!("{on} is still to come");
            "请核对统计时点", "check the day";
        /// A row without a number.
        "COUNT_ABSENT" Absent =>
            "这一行没有人数", "the row has no number of people";
            "没有统计的村、社区可以不列；确实没有人的请填0",
            "leave out communities that were not counted; write 0 where there is nobody";
        /// A community outside the area for which its planner acts.
        "COUNT_OUTSIDE_AREA" OutsideArea {
            /// The community.
            area: NamedArea,
            /// The area.
            own: NamedArea,
        } => format!("{area}不在您的权限范围{own}内"), format!("{area} lies outside {own}, for which you act");
            "请由所在地的规划人员导入", "have it imported by a planner of that place";
    }
}
