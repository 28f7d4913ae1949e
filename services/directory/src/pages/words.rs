//! The words of the pages: what each code of the directory is called in Chinese and in English.
//!
//! Codes are extensible, so a code that is not known here is shown as it is rather than hidden.

use chassis::http::Lang;

/// One code with its name in Chinese and in English.
type Word = (&'static str, &'static str, &'static str);

/// The name of `code` in one of the tables below, or the code itself.
pub fn of<'a>(table: &'static [Word], code: &'a str, lang: Lang) -> &'a str {
    let Some((_, zh, en)) = table.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(code)) else { return code };
    lang.pick(zh, en)
}

/// Circumstances that entitle, in the order in which the form asks for them.
pub const CONDITIONS: &[Word] = &[
    ("LIVES_ALONE", "独居", "Lives alone"),
    ("EMPTY_NEST", "空巢", "Children live elsewhere"),
    ("FIVE_GUARANTEE", "特困人员", "Destitute (five guarantees)"),
    ("LOW_INCOME", "低保", "Minimum living allowance"),
    ("NEAR_LOW_INCOME", "低保边缘", "Just above the allowance"),
    ("CARE_DEPENDENT", "失能", "Care-dependent"),
    ("PARTLY_CARE_DEPENDENT", "半失能", "Partly care-dependent"),
    ("DEMENTIA", "失智", "Dementia"),
    ("DISABLED", "残疾", "Disabled"),
    ("LOST_ONLY_CHILD", "失独", "Lost an only child"),
    ("VETERAN", "优抚、退役军人", "Veteran"),
    ("LEFT_BEHIND", "留守", "Left behind in the village"),
];

/// Groups of the public.
pub const AUDIENCES: &[Word] = &[
    ("ELDERS", "老年人", "elders"),
    ("CHILDREN", "儿童", "children"),
    ("WOMEN", "妇女", "women"),
    ("DISABLED", "残疾人", "disabled people"),
    ("ALL", "全体居民", "everyone"),
];

/// Offices.
pub const OFFICES: &[Word] = &[
    ("CLINIC", "社区医院", "Community clinics"),
    ("WOMENS_FEDERATION", "妇联", "Women's Federation"),
    ("YOUTH_LEAGUE", "共青团", "Youth League"),
    ("COMMERCE", "商务局", "Commerce office"),
];

/// Answers to "may this person use it".
pub const VERDICTS: &[Word] =
    &[("YES", "符合条件", "Eligible"), ("UNKNOWN", "待核实", "To be checked"), ("NO", "不符合", "Not eligible")];

/// Categories of services. The Chinese is what the offices write.
pub const CATEGORIES: &[Word] = &[
    ("助餐", "助餐", "Meals"),
    ("助洁", "助洁", "Cleaning"),
    ("助浴", "助浴", "Bathing"),
    ("助医", "助医", "Medical help"),
    ("助购", "助购", "Shopping"),
    ("助行", "助行", "Getting about"),
    ("助急", "助急", "Emergency help"),
    ("助老服务", "助老服务", "Help for elders"),
    ("康复护理", "康复护理", "Rehabilitation and nursing"),
    ("日间照料", "日间照料", "Day care"),
    ("短期托养", "短期托养", "Short stays"),
    ("精神慰藉", "精神慰藉", "Company and counselling"),
    ("探访关爱", "探访关爱", "Visits"),
    ("儿童关爱", "儿童关爱", "Care for children"),
    ("文体活动", "文体活动", "Culture and sports"),
    ("法律援助", "法律援助", "Legal aid"),
    ("健康管理", "健康管理", "Health management"),
    ("志愿服务", "志愿服务", "Volunteering"),
    ("便民服务", "便民服务", "Everyday services"),
];

/// Kinds of things registered.
pub const KINDS: &[Word] = &[
    ("SERVICE", "服务", "Service"),
    ("VENUE", "场所", "Venue"),
    ("TEAM", "队伍", "Team"),
    ("EQUIPMENT", "设备物资", "Equipment"),
];

/// Fields of a resource, as their provenance names them.
pub const FIELDS: &[Word] = &[
    ("kind", "类型", "Kind"),
    ("name", "名称", "Name"),
    ("category", "服务类别", "Category"),
    ("provider", "提供者", "Provider"),
    ("phones", "电话", "Telephone"),
    ("phone", "电话", "Telephone"),
    ("address", "地址", "Address"),
    ("area", "所在地", "Place"),
    ("village", "所在村居", "Village"),
    ("coverage", "服务范围", "Area served"),
    ("eligibility", "服务对象", "Whom it is for"),
    ("hours", "开放时间", "Hours"),
    ("fees", "收费", "Fees"),
    ("vacancy", "名额", "Places"),
    ("home_visits", "可否上门", "Home visits"),
    ("homeVisits", "可否上门", "Home visits"),
    ("licence", "执业许可", "Licence"),
    ("credit_code", "统一社会信用代码", "Credit code"),
    ("contact", "负责人", "Contact"),
];

/// Rules that choose the value of a field when registrations differ.
pub const RULES: &[Word] = &[
    ("agreed", "各家登记一致", "All registrations agree"),
    ("only_value", "只有一家填写", "Only one registration says"),
    ("most_recent", "取最近一次登记的值", "The most recent registration wins"),
    ("most_recent_known", "取最近一次能看明白的值", "The most recent that is understood wins"),
    ("most_recent_specific", "取最近一次写得具体的值", "The most recent that is specific wins"),
    ("most_complete", "取写得最全的值", "The fullest value wins"),
    ("most_specific", "取最具体的值", "The most specific value wins"),
    ("most_precise", "取最精确的值", "The most precise value wins"),
    ("majority", "取多数登记的值", "What most registrations say"),
    ("union", "把各家登记的合在一起", "Put together from all registrations"),
    ("as_name", "随名称，取同一条登记的值", "From the registration that gave the name"),
    (
        "licence_of_the_credit_code",
        "以统一社会信用代码对应的登记为准",
        "From the registration that holds the credit code",
    ),
    ("verified_credit_code", "以信用代码核对无误的登记为准", "From the registration with a verified credit code"),
    ("authority_of_clinic", "以社区医院登记的为准", "The community clinics are the authority"),
    ("authority_of_womens_federation", "以妇联登记的为准", "The women's federation is the authority"),
    ("authority_of_youth_league", "以共青团登记的为准", "The youth league is the authority"),
    ("authority_of_commerce", "以商务局登记的为准", "The commerce office is the authority"),
    ("pinned", "人工锁定", "Pinned by a steward"),
];

/// What two registrations were compared by.
pub const COMPARISONS: &[Word] = &[
    ("area", "所在村居", "Village"),
    ("name", "名称", "Name"),
    ("category", "服务类别", "Category"),
    ("office", "登记部门", "Office"),
    ("phones", "电话", "Telephone"),
    ("address", "地址", "Address"),
    (
        "registered_body",
        "登记主体（信用代码、许可证号、队伍编号）",
        "Registered body (credit code, licence, team number)",
    ),
    ("hours", "开放时间", "Hours"),
    ("veto", "必须分开的情形", "What keeps them apart"),
];

/// How well two values agreed.
pub const LEVELS: &[Word] = &[
    ("exact", "完全一致", "exactly the same"),
    ("same", "一致", "the same"),
    ("same_but_for_town", "只差乡镇名", "the same but for the town"),
    ("same_but_for_form", "只差站、点、室、中心等后缀", "the same but for the form (station, centre, room)"),
    ("of_a_kind", "同类名称，各有其名", "names of one kind, each its own"),
    ("close", "很接近", "very close"),
    ("akin", "相近", "akin"),
    ("similar", "相近", "similar"),
    ("same_village", "同一村居", "the same village"),
    ("same_town", "同一乡镇", "the same town"),
    ("another_town", "不同乡镇", "another town"),
    ("same_house", "同一门牌", "the same house"),
    ("same_place", "同一处，没有门牌号", "the same place, without a number"),
    ("same_licence", "许可证号一致", "the same licence"),
    ("different_licence", "许可证号不同", "another licence"),
    ("same_credit_code", "信用代码一致", "the same credit code"),
    ("licence_of_the_credit_code", "许可证号属于同一信用代码", "the licence belongs to the credit code"),
    ("different_credit_code", "信用代码不同", "another credit code"),
    ("same_register_number", "登记编号一致", "the same register number"),
    ("one_digit_apart", "只差一位数字", "one digit apart"),
    ("vague", "类别太笼统", "too vague a category"),
    ("unclear", "看不出来", "unclear"),
    ("different", "不同", "different"),
    ("missing", "缺失", "missing"),
    ("another_village", "在不同的村居", "in another village"),
    ("numbered_siblings", "编号不同的兄弟站点", "numbered siblings"),
    ("branch_and_parent", "一个是分店、分站", "a branch and its parent"),
    ("shared_hotline", "只是共用一个热线", "only a hotline shared by many"),
];

/// Standing of a merge.
pub const STATUSES: &[Word] = &[
    ("PROPOSED", "待核归并", "Proposed"),
    ("IN_FORCE", "已归并", "In force"),
    ("REFUSED", "不归并", "Left apart"),
    ("UNDONE", "已撤销归并", "Undone"),
];

/// Standing of a registration.
pub const STANDINGS: &[Word] = &[
    ("ACTIVE", "有效", "In force"),
    ("IN_FORCE", "有效", "In force"),
    ("REGISTERED", "有效", "In force"),
    ("SUSPENDED", "已暂停", "Suspended"),
    ("UNKNOWN", "待核实", "To be checked"),
    ("WITHDRAWN", "已注销", "Withdrawn"),
    ("NOT_PUBLISHABLE", "不公开", "Not published"),
    ("UNPUBLISHED", "不公开", "Not published"),
    ("HELD_BACK", "不公开", "Not published"),
];

/// Who decided.
pub const DECIDERS: &[Word] = &[("RULE", "规则", "Rule"), ("STEWARD", "资源管理员", "Steward")];

/// Rules that decide on merges.
pub const DECISION_RULES: &[Word] = &[
    ("above_merge_threshold", "相符度达到自动归并线", "above the threshold for merging by rule"),
    ("above_proposal_threshold", "相符度达到待核线", "above the threshold for asking a steward"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_nobody_has_named_yet_is_shown_as_it_is() {
        assert_eq!(of(VERDICTS, "MAYBE", Lang::Zh), "MAYBE");
        assert_eq!(of(VERDICTS, "UNKNOWN", Lang::Zh), "待核实");
    }

    #[test]
    fn every_condition_and_category_of_the_contract_has_a_name() {
        for category in schema::Category::KNOWN {
            assert_ne!(of(CATEGORIES, category, Lang::En), *category);
        }
        assert_eq!(CONDITIONS.len(), 12);
    }
}
