//! Whose a telephone number is: the service's, which everyone may call, or somebody's own. The words around it say so:
//! those of the column's heading, and a remark that a clerk wrote beside the number.
//!
//! A column of the service (电话, 服务电话, 手机) is public. In a column of a person (负责人电话, 电话(领队), 负责人 over 电话) a
//! landline is, since it stands in an office; a mobile is the person's, unless it is said to be the service's.

/// Of whom the numbers of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// Of the service.
    Service,
    /// Of who answers for it.
    Contact,
    /// Of somebody else: who filled in the form, who is served.
    SomebodyElse,
}

/// A heading is a few words.
const LONGEST_HEADING: usize = 24;

/// What a telephone is called, the longer before what it contains.
const TELEPHONE: &[&str] = &[
    "办公室电话",
    "电话号码",
    "手机号码",
    "联系电话",
    "联络电话",
    "联系手机",
    "移动电话",
    "固定电话",
    "办公电话",
    "住宅电话",
    "联系方式",
    "联络方式",
    "联系号码",
    "手机号",
    "电话",
    "手机",
    "座机",
    "固话",
    "热线",
];

/// Words that name whoever answers for a service, wherever they stand.
const ANSWERS: &[&str] =
    &["负责人", "联系人", "联络人", "领队", "法人", "法定代表", "店主", "业主", "老板", "经营者", "姓名"];

/// How words for a person end: 站长, 队长, 管理员, 经营者, 店主, 厨师.
const ENDINGS: &[&str] = &[
    "人", "长", "员", "者", "主", "师", "主任", "书记", "主席", "经理", "医生", "村医", "大夫", "护士", "社工", "义工",
    "护工", "干部", "代表", "专干", "掌柜", "同志", "家属",
];

/// Words about somebody who does not answer for the service.
const ELSE: &[&str] = &[
    "填",
    "制表",
    "审核",
    "审批",
    "经办",
    "录入",
    "上报",
    "报送",
    "统计",
    "复核",
    "采集",
    "老人",
    "老年人",
    "家属",
    "亲属",
    "监护",
    "紧急",
    "对象",
    "受益",
    "受助",
    "申请",
    "患者",
    "病人",
    "学生",
    "家长",
    "投诉",
    "举报",
];

/// Of whom a heading says that its telephone numbers are, if it speaks of telephones and of anybody. Given as headings are
/// compared: without blanks, in one width.
pub(crate) fn whose(heading: &str) -> Option<Whose> {
    let heading = heading.trim_end_matches(|character: char| character.is_ascii_digit());
    if heading.chars().count() > LONGEST_HEADING || !speaks_of_telephones(heading) {
        return None;
    }
    let parts = heading.split(|character: char| !character.is_alphanumeric()).map(without_telephones);
    let whose = parts.filter_map(|part| person(&part)).min()?;
    let is_open = whose == Whose::Contact && says_public(heading) == Some(true) && heading.contains("公开");
    Some(if is_open { Whose::Service } else { whose })
}

/// Whether a telephone is what the heading is about, and not only what a remark in it is: 负责人(电话) is a name.
pub(crate) fn speaks_of_telephones(heading: &str) -> bool {
    let mut depth = 0_usize;
    let mut outside = String::new();
    for character in heading.chars() {
        match character {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(character),
            _ => {}
        }
    }
    TELEPHONE.iter().any(|word| outside.contains(word))
}

fn without_telephones(part: &str) -> String {
    let part = TELEPHONE.iter().fold(part.to_owned(), |part, word| part.replace(word, ""));
    part.trim_matches(|character| matches!(character, '及' | '和' | '与' | '的' | '之' | '兼' | '或')).to_owned()
}

fn person(words: &str) -> Option<Whose> {
    let is_person = ANSWERS.iter().any(|word| words.contains(word)) || ENDINGS.iter().any(|end| words.ends_with(end));
    let is_else = ELSE.iter().any(|word| words.contains(word));
    is_person.then_some(if is_else { Whose::SomebodyElse } else { Whose::Contact })
}

/// What a remark beside a number says of it: that it is for everyone, that it is not, or nothing of the kind.
pub(crate) fn says_public(remark: &str) -> Option<bool> {
    const NOT: &[&str] = &["不公开", "不宜公开", "非公开", "未公开", "不对外", "勿", "保密", "内部", "私人", "个人"];
    const PUBLIC: &[&str] = &[
        "公开",
        "对外",
        "热线",
        "咨询",
        "预约",
        "订餐",
        "值班",
        "客服",
        "公用",
        "服务电话",
        "服务手机",
        "服务号",
        "服务专线",
        "办公电话",
        "站点电话",
    ];
    let says = |words: &[&str]| words.iter().any(|word| remark.contains(word));
    if says(NOT) {
        return Some(false);
    }
    let service = remark.trim_matches(|character: char| !character.is_alphanumeric()) == "服务";
    (service || says(PUBLIC)).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_says_of_a_person_whatever_that_person_is_called() {
        for heading in [
            "负责人电话",
            "负责人手机",
            "负责人手机号码",
            "负责人联系电话",
            "负责人办公电话",
            "联系人电话",
            "联系人联系方式",
            "领队电话",
            "队长手机号",
            "站长电话",
            "村妇联主席电话",
            "经营者电话",
            "法人电话",
            "法定代表人联系电话",
            "店主手机",
            "老板电话",
            "网格员电话",
            "管理员电话",
            "村医电话",
            "姓名及电话",
            "负责人及电话",
            "电话(负责人)",
            "联系电话(站长)",
            "(负责人)电话",
            "电话/负责人",
            "负责人电话2",
            "负责人电话(必填)",
            "负责人基本信息电话",
        ] {
            assert_eq!(whose(heading), Some(Whose::Contact), "{heading}");
        }
    }

    #[test]
    fn a_heading_of_the_service_or_of_no_telephone_says_of_nobody() {
        for heading in [
            "电话",
            "联系电话",
            "联络电话",
            "服务电话",
            "咨询电话",
            "站点电话",
            "值班电话",
            "商户电话",
            "商家电话",
            "机构电话",
            "手机",
            "手机号码",
            "移动电话",
            "联系方式",
            "电话(必填)",
            "电话(手机或座机)",
            "值班室电话",
            "服务热线",
            "负责人",
            "负责人(电话)",
            "负责人身份证号码",
            "领队",
            "志愿者人数",
            "",
        ] {
            assert_eq!(whose(heading), None, "{heading}");
        }
        assert_eq!(whose("负责人电话(对外公开)"), Some(Whose::Service));
        assert_eq!(whose("负责人电话(不公开)"), Some(Whose::Contact));
    }

    #[test]
    fn who_fills_in_the_form_and_who_is_served_are_somebody_else() {
        for heading in
            ["填表人电话", "电话(填报人)", "审核人联系电话", "老人电话", "监护人手机", "紧急联系人电话", "家属电话"]
        {
            assert_eq!(whose(heading), Some(Whose::SomebodyElse), "{heading}");
        }
    }

    #[test]
    fn a_remark_is_for_everyone_only_where_it_says_so() {
        for (remark, says) in [
            ("(服务电话)", Some(true)),
            ("(服务)", Some(true)),
            ("对外公开", Some(true)),
            ("服务热线:", Some(true)),
            ("(订餐)", Some(true)),
            ("(不公开)", Some(false)),
            ("个人,不对外", Some(false)),
            ("(微信同号)", None),
            ("手机:", None),
            ("服务负责人", None),
            ("", None),
        ] {
            assert_eq!(says_public(remark), says, "{remark}");
        }
    }
}
