//! Whom a service is for.
//!
//! A cell lists groups. Each is read as a group of the public (老年人, 儿童, 妇女, 残疾人, 全体居民), a circumstance (低保,
//! 独居, 失能 ...), bounds of age, or several of these together (`80岁以上独居老人`). They are put together so:
//!
//! - **Groups that stand alone** (`老年人,低保`): whoever is in one of them is served, so a circumstance beside them asks
//!   nothing more. The circumstances are kept in the note.
//! - **No group stands alone** (`特困,低保,失能老人`, `独居老人,空巢老人`): the groups named with a circumstance are the
//!   audience, every circumstance of the cell is a condition, and any one is enough.
//! - **Circumstances only** (`低保户`, `失能人员`): anyone in such circumstances. `残疾人` beside them is a circumstance too.
//! - `以上` and `以下` include the number, `不满` and `超过` do not (Civil Code, article 1259). `高龄` without a number is 80.
//!   Ages count when every group has the same; where some groups have none or another, there is no bound, and the words are
//!   kept in the note with a doubt (none for 60 beside other groups: elders are 60 by definition).
//! - What is understood but has no field (慢病患者, 孕产妇, 困难) goes into the note. What is not understood at all is
//!   doubted.

use super::{chinese_number, is_blank, normalise};
use crate::read::{Read, Trouble};
use schema::eligibility::OLDEST_AGE;
use schema::finding::CellFinding;
use schema::{Audience, Condition, Eligibility};

/// What one group of the list was understood as.
#[derive(Default)]
struct Group {
    audiences: Vec<Audience>,
    conditions: Vec<Condition>,
    minimum_age: Option<u8>,
    maximum_age: Option<u8>,
    /// Says more than the fields above.
    more: bool,
    /// Has a word that is not known.
    unknown: bool,
}

impl Group {
    fn says_nothing(&self) -> bool {
        self.audiences.is_empty()
            && self.conditions.is_empty()
            && self.minimum_age.is_none()
            && self.maximum_age.is_none()
    }
}

/// Words, the longest first where one holds another.
const CONDITIONS: &[(&str, &[Condition])] = &[
    ("低保边缘", &[Condition::NearLowIncome]),
    ("低保边沿", &[Condition::NearLowIncome]),
    ("低边", &[Condition::NearLowIncome]),
    ("低收入", &[Condition::NearLowIncome]),
    ("最低生活保障", &[Condition::LowIncome]),
    ("低保", &[Condition::LowIncome]),
    ("特困", &[Condition::FiveGuarantee]),
    ("五保", &[Condition::FiveGuarantee]),
    ("独居", &[Condition::LivesAlone]),
    ("孤寡", &[Condition::LivesAlone]),
    ("空巢", &[Condition::EmptyNest]),
    ("留守", &[Condition::LeftBehind]),
    ("部分失能", &[Condition::PartlyCareDependent]),
    ("半失能", &[Condition::PartlyCareDependent]),
    ("半自理", &[Condition::PartlyCareDependent]),
    ("失能", &[Condition::CareDependent]),
    ("不能自理", &[Condition::CareDependent]),
    ("卧床", &[Condition::CareDependent]),
    ("失智", &[Condition::Dementia]),
    ("认知症", &[Condition::Dementia]),
    ("认知障碍", &[Condition::Dementia]),
    ("痴呆", &[Condition::Dementia]),
    ("刚性支出困难", &[Condition::RigidExpenditure]),
    ("刚性支出", &[Condition::RigidExpenditure]),
    ("支出型困难", &[Condition::RigidExpenditure]),
    ("失独", &[Condition::LostOnlyChild]),
    ("独生子女死亡", &[Condition::LostOnlyChild]),
    ("独生子女伤残", &[Condition::SpecialFamily]),
    ("计划生育特殊", &[Condition::SpecialFamily]),
    ("计生特殊", &[Condition::SpecialFamily]),
    ("退役军人", &[Condition::Veteran]),
    ("退伍军人", &[Condition::Veteran]),
    ("重点优抚", &[Condition::PreferentialTreatment]),
    ("优抚", &[Condition::PreferentialTreatment]),
    ("军烈属", &[Condition::PreferentialTreatment]),
    ("烈属", &[Condition::PreferentialTreatment]),
];

const AUDIENCES: &[(&str, Audience)] = &[
    ("老年", Audience::Elders),
    ("老人", Audience::Elders),
    ("长者", Audience::Elders),
    ("老龄", Audience::Elders),
    ("高龄", Audience::Elders),
    ("儿童", Audience::Children),
    ("少年", Audience::Children),
    ("未成年", Audience::Children),
    ("学生", Audience::Children),
    ("婴幼儿", Audience::Children),
    ("孩子", Audience::Children),
    ("妇女", Audience::Women),
    ("妇幼", Audience::Women),
    ("女性", Audience::Women),
    ("孕产妇", Audience::Women),
    ("居民", Audience::All),
    ("村民", Audience::All),
    ("群众", Audience::All),
    ("所有人", Audience::All),
    ("全民", Audience::All),
    ("公众", Audience::All),
    ("不限", Audience::All),
    ("社会人员", Audience::All),
    ("全体人员", Audience::All),
    ("群体", Audience::All),
];

/// Words that are understood and have no field.
const MORE: &[&str] = &[
    "慢性病",
    "慢病",
    "患者",
    "孕产妇",
    "困难",
    "困境",
    "贫困",
    "高龄",
    "中老年",
    "青少年",
    "学生",
    "婴幼儿",
    "学龄前",
    "重度",
    "中度",
    "轻度",
    "术后",
    "康复期",
    "需要",
    "有需求",
    "辖区",
    "退休",
    "居家",
    "全镇",
    "全村",
    "全县",
    "全区",
    "本县",
    "本区",
    "本村",
    "本社区",
    "本镇",
    "常住",
    "户籍",
    "党员",
    "孤儿",
    "留守",
    "流动",
];

/// Words around a group that add nothing.
const FILLING: &[&str] = &[
    "人员", "人群", "群体", "家庭", "对象", "供养", "全体", "所有", "广大", "各类", "的", "户", "者", "人", "等", "年",
    "及其", "老", "含", "内", "有", "朋友", "社会", "全部", "均可", "经济", "以上", "以下", "及", "社区", "村", "生活",
    "自理", "特殊", "军",
];

/// Whom a cell says a service is for.
pub fn audience(written: &str) -> Read<Eligibility> {
    if is_blank(written) {
        return Read::blank();
    }
    let text = normalise(written);
    let groups: Vec<Group> = split(&text).into_iter().map(|part| group(&part)).collect();
    let mut troubles = Vec::new();
    if groups.iter().any(|group| group.unknown) {
        troubles.push(Trouble::doubt(CellFinding::AudienceUnknown));
    }
    let (mut eligibility, blurred) = combine(&groups);
    if blurred {
        troubles.push(Trouble::doubt(CellFinding::AudiencePartly));
    }
    let plain = groups.iter().any(stands_alone);
    let dropped = plain && groups.iter().any(|group| !group.conditions.is_empty());
    let more = groups.iter().any(|group| group.more || group.unknown);
    if more || dropped || blurred {
        eligibility.note = Some(written.trim().to_owned());
    }
    Read { value: Some(eligibility), troubles }
}

/// The groups of a list. `妇女儿童` is two.
fn split(text: &str) -> Vec<String> {
    let text = ages_in_digits(text)
        .replace("妇女儿童", "妇女、儿童")
        .replace("及以上", "以上")
        .replace("(含)", "")
        .replace("(不含)", "")
        .replace("周岁", "岁")
        .replace("岁含", "岁");
    let text = without_repeated_age(&text);
    text.split([',', '、', ';', '/', '|', ' ', '。', '+', '和', '与', '或', '(', ')', '及', ':'])
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The text without `(含80岁)`, which says what 以上 says anyway.
fn without_repeated_age(text: &str) -> String {
    let Some((before, rest)) = text.split_once("(含") else { return text.to_owned() };
    match rest.split_once(')') {
        Some((age, after)) if age.trim_end_matches('岁').bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{before}{}", without_repeated_age(after))
        }
        Some(_) | None => text.to_owned(),
    }
}

/// `六十五岁` as `65岁`.
fn ages_in_digits(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for part in text.split_inclusive(['岁', '周']) {
        let (body, end) = part.char_indices().next_back().map_or((part, ""), |(last, _)| part.split_at(last));
        let numeral = |character: char| "零〇一二三四五六七八九十".contains(character);
        let words = body.trim_end_matches(numeral);
        let number = body.get(words.len()..).filter(|numeral| !numeral.is_empty()).and_then(chinese_number);
        match number {
            Some(number) if matches!(end, "岁" | "周") => written.push_str(&format!("{words}{number}{end}")),
            Some(_) | None => written.push_str(part),
        }
    }
    written
}

fn group(part: &str) -> Group {
    let mut group = Group::default();
    let mut rest = ages(part, &mut group);
    for (word, conditions) in CONDITIONS {
        if rest.contains(word) {
            group.conditions.extend_from_slice(conditions);
            // What holds a shorter word must not be found again as that.
            rest = rest.replace(word, "\u{1}");
        }
    }
    if rest.contains("残疾") || rest.contains("残障") {
        if AUDIENCES.iter().any(|(word, audience)| *audience != Audience::All && rest.contains(word))
            || rest.contains("家庭")
        {
            group.conditions.push(Condition::Disabled);
        } else {
            group.audiences.push(Audience::Disabled);
        }
        rest = rest.replace("残疾", "\u{1}").replace("残障", "\u{1}");
    }
    if rest.contains("高龄") && group.minimum_age.is_none() && group.maximum_age.is_none() {
        group.minimum_age = Some(80);
    }
    // 高龄 beside a number only repeats it.
    group.more = MORE.iter().any(|word| *word != "高龄" && rest.contains(word));
    let mut left = rest.clone();
    for (word, audience) in AUDIENCES {
        if rest.contains(word) {
            let people = *word == "群体" && (!group.conditions.is_empty() || !group.audiences.is_empty());
            if !group.audiences.contains(audience) && !people {
                group.audiences.push(*audience);
            }
            left = left.replace(word, "\u{1}");
        }
    }
    for word in MORE.iter().chain(FILLING) {
        left = left.replace(word, "\u{1}");
    }
    // Whoever is 60 is an elder, whoever is not yet 18 a child, whatever they are called.
    if group.audiences.is_empty() && group.conditions.is_empty() {
        match (group.minimum_age, group.maximum_age) {
            (Some(60..), _) => group.audiences.push(Audience::Elders),
            (None | Some(..18), Some(..=18)) => group.audiences.push(Audience::Children),
            _ => {}
        }
    }
    group.unknown = left.chars().any(|character| character != '\u{1}');
    if group.says_nothing() && !group.more {
        group.unknown = true;
    }
    group
}

/// Takes the bounds of age out of a part.
fn ages(part: &str, group: &mut Group) -> String {
    let characters: Vec<char> = part.chars().collect();
    let mut rest = String::new();
    let mut numbers: Vec<u8> = Vec::new();
    let mut position = 0;
    while let Some(character) = characters.get(position) {
        if !character.is_ascii_digit() {
            rest.push(*character);
            position += 1;
            continue;
        }
        let end = characters
            .iter()
            .skip(position)
            .position(|c| !c.is_ascii_digit())
            .map_or(characters.len(), |n| position + n);
        let digits: String = characters.iter().skip(position).take(end - position).collect();
        match digits.parse::<u8>() {
            Ok(years) if years <= OLDEST_AGE && numbers.len() < 2 => {
                numbers.push(years);
                rest.push('#');
            }
            Ok(_) | Err(_) => rest.push_str(&digits),
        }
        position = end;
    }
    let below = |rest: &str, years: u8| {
        let exclusive =
            (["不满#", "未满#", "不足#"].iter()).chain(&["小于#", "低于#", "<#"]).any(|words| rest.contains(words));
        if exclusive { years.saturating_sub(1) } else { years }
    };
    match numbers.as_slice() {
        [youngest, oldest] => (group.minimum_age, group.maximum_age) = (Some(*youngest), Some(*oldest)),
        [years]
            if [
                "以下",
                "以内",
                "不满#",
                "未满#",
                "小于#",
                "不足#",
                "不超过#",
                "<#",
                "≤#",
                "<=#",
                "不大于#",
                "不高于#",
            ]
            .iter()
            .any(|words| rest.contains(words))
                || (rest.contains("低于#") && !rest.contains("不低于#")) =>
        {
            group.maximum_age = Some(below(&rest, *years));
        }
        [years] if ["超过#", "大于#", "高于#", ">#"].iter().any(|words| rest.contains(words)) => {
            group.minimum_age = Some(years.saturating_add(1));
        }
        [years] => group.minimum_age = Some(*years),
        _ => {}
    }
    for words in [
        "不超过#",
        "不大于#",
        "不高于#",
        "不低于#",
        "不小于#",
        "不满#",
        "未满#",
        "小于#",
        "低于#",
        "不足#",
        "超过#",
        "大于#",
        "高于#",
        "年满#",
        "满#",
        "≥#",
        ">=#",
        "≤#",
        "<=#",
        ">#",
        "<#",
        "#",
    ] {
        rest = rest.replace(words, "\u{1}");
    }
    for words in
        ["岁至", "岁到", "岁-", "岁~", "岁—", "岁", "以上", "以下", "以内", "至", "到", "-", "~", "—", "(", ")"]
    {
        if !numbers.is_empty() {
            rest = rest.replace(words, "\u{1}");
        }
    }
    rest
}

fn stands_alone(group: &Group) -> bool {
    !group.audiences.is_empty() && group.conditions.is_empty()
}

/// The whole cell. The second says that groups differed in a way that the fields cannot hold.
fn combine(groups: &[Group]) -> (Eligibility, bool) {
    let mut eligibility = Eligibility::default();
    let mut blurred = false;
    let disabled_alone = |group: &Group| group.audiences == [Audience::Disabled] && group.conditions.is_empty();
    let bare = |group: &Group| group.audiences.is_empty() && !group.conditions.is_empty();
    let someone_else = groups.iter().any(|group| !group.audiences.is_empty() && !disabled_alone(group));
    if !someone_else && groups.iter().any(bare) {
        // Circumstances only: being disabled is one of them.
        eligibility.audiences.push(Audience::All);
        eligibility.conditions = groups.iter().flat_map(|group| group.conditions.iter().copied()).collect();
        if groups.iter().any(disabled_alone) {
            eligibility.conditions.push(Condition::Disabled);
        }
    } else {
        eligibility.audiences = groups.iter().flat_map(|group| group.audiences.iter().copied()).collect();
        if !groups.iter().any(stands_alone) {
            eligibility.conditions = groups.iter().flat_map(|group| group.conditions.iter().copied()).collect();
        } else {
            let alone: Vec<Audience> = groups
                .iter()
                .filter(|group| stands_alone(group))
                .flat_map(|group| group.audiences.iter().copied())
                .collect();
            // 儿童,独居老人: the elders' condition cannot be said without asking it of the children.
            blurred |= groups.iter().any(|group| {
                !group.conditions.is_empty() && group.audiences.iter().any(|audience| !alone.contains(audience))
            });
        }
    }
    let people: Vec<&Group> = groups.iter().filter(|group| !group.says_nothing()).collect();
    let bounds = |group: &Group| (group.minimum_age, group.maximum_age);
    let first = people.first().map_or((None, None), |group| bounds(group));
    if people.iter().all(|group| bounds(group) == first) {
        (eligibility.minimum_age, eligibility.maximum_age) = first;
    } else {
        let only_elders = people.iter().all(|group| {
            group.audiences.iter().all(|audience| *audience == Audience::Elders) && group.maximum_age.is_none()
        });
        let youngest = people.iter().map(|group| group.minimum_age).min().flatten();
        if only_elders {
            // The widest of them; circumstances without an age of their own are those of elders.
            let aged: Option<Vec<u8>> =
                people.iter().filter(|group| !bare(group)).map(|group| group.minimum_age).collect();
            eligibility.minimum_age = aged.and_then(|ages| ages.into_iter().min()).or(youngest);
        }
        let sixty_by_definition = people.iter().all(|group| {
            bounds(group) == (None, None)
                || (group.audiences == [Audience::Elders]
                    && group.maximum_age.is_none()
                    && group.minimum_age <= Some(60))
        });
        blurred |= !sixty_by_definition;
    }
    eligibility.audiences.sort_unstable();
    eligibility.audiences.dedup();
    eligibility.conditions.sort_unstable();
    eligibility.conditions.dedup();
    if let (Some(youngest), Some(oldest)) = (eligibility.minimum_age, eligibility.maximum_age)
        && youngest > oldest
    {
        (eligibility.minimum_age, eligibility.maximum_age) = (None, None);
        blurred = true;
    }
    (eligibility, blurred)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Audience::{All, Children, Disabled, Elders, Women};

    fn understood(written: &str) -> Eligibility {
        let read = audience(written);
        assert!(read.troubles.is_empty(), "{written}: {:?}", read.troubles);
        read.value.unwrap()
    }

    #[test]
    fn groups_ages_and_conditions() {
        use Condition as C;
        for (written, audiences, ages, conditions) in [
            ("老年人", &[Elders][..], (None, None), &[][..]),
            ("老人", &[Elders], (None, None), &[]),
            ("全体居民", &[All], (None, None), &[]),
            ("本村村民", &[All], (None, None), &[]),
            ("60岁以上老人", &[Elders], (Some(60), None), &[]),
            ("６０周岁及以上老年人", &[Elders], (Some(60), None), &[]),
            ("年满65周岁老人", &[Elders], (Some(65), None), &[]),
            ("80岁以上高龄老人", &[Elders], (Some(80), None), &[]),
            ("60岁以上", &[Elders], (Some(60), None), &[]),
            ("≥60岁", &[Elders], (Some(60), None), &[]),
            (">=60周岁", &[Elders], (Some(60), None), &[]),
            ("60+", &[Elders], (Some(60), None), &[]),
            ("不低于65岁", &[Elders], (Some(65), None), &[]),
            ("六十岁以上老人", &[Elders], (Some(60), None), &[]),
            ("六十五周岁及以上老年人", &[Elders], (Some(65), None), &[]),
            ("80岁(含)以上", &[Elders], (Some(80), None), &[]),
            ("80岁以上（含80岁）老人", &[Elders], (Some(80), None), &[]),
            ("60周岁（含）以上老年人", &[Elders], (Some(60), None), &[]),
            ("65-80岁", &[Elders], (Some(65), Some(80)), &[]),
            ("18岁以下", &[Children], (None, Some(18)), &[]),
            ("≤14岁儿童", &[Children], (None, Some(14)), &[]),
            ("3-12岁", &[Children], (Some(3), Some(12)), &[]),
            ("辖区内老年人", &[Elders], (None, None), &[]),
            ("高龄老人", &[Elders], (Some(80), None), &[]),
            ("60-75岁老年人", &[Elders], (Some(60), Some(75)), &[]),
            ("60岁至75岁老年人", &[Elders], (Some(60), Some(75)), &[]),
            ("80岁以上独居老人", &[Elders], (Some(80), None), &[C::LivesAlone]),
            ("独居老人,空巢老人", &[Elders], (None, None), &[C::LivesAlone, C::EmptyNest]),
            ("失能、半失能老人", &[Elders], (None, None), &[C::CareDependent, C::PartlyCareDependent]),
            ("半失能老人", &[Elders], (None, None), &[C::PartlyCareDependent]),
            ("特困,低保,失能老人", &[Elders], (None, None), &[C::FiveGuarantee, C::LowIncome, C::CareDependent]),
            ("低保边缘老人", &[Elders], (None, None), &[C::NearLowIncome]),
            ("残疾老人", &[Elders], (None, None), &[C::Disabled]),
            ("失智老人", &[Elders], (None, None), &[C::Dementia]),
            ("老年人，残疾人", &[Elders, Disabled], (None, None), &[]),
            ("老年人 残疾人", &[Elders, Disabled], (None, None), &[]),
            ("残疾人、老年人", &[Elders, Disabled], (None, None), &[]),
            ("60岁以上老人、残疾人", &[Elders, Disabled], (None, None), &[]),
            ("儿童", &[Children], (None, None), &[]),
            ("16岁以下儿童", &[Children], (None, Some(16)), &[]),
            ("不满16周岁儿童", &[Children], (None, Some(15)), &[]),
            ("妇女儿童", &[Children, Women], (None, None), &[]),
            ("妇女、儿童", &[Children, Women], (None, None), &[]),
            ("低保户", &[All], (None, None), &[C::LowIncome]),
            ("失能人员", &[All], (None, None), &[C::CareDependent]),
            ("低保户、残疾人", &[All], (None, None), &[C::LowIncome, C::Disabled]),
            ("特困供养人员", &[All], (None, None), &[C::FiveGuarantee]),
            ("失独家庭", &[All], (None, None), &[C::LostOnlyChild]),
            ("优抚对象、退役军人", &[All], (None, None), &[C::PreferentialTreatment, C::Veteran]),
            ("重点优抚对象", &[All], (None, None), &[C::PreferentialTreatment]),
            ("军烈属", &[All], (None, None), &[C::PreferentialTreatment]),
            ("退役军人", &[All], (None, None), &[C::Veteran]),
            ("计划生育特殊家庭", &[All], (None, None), &[C::SpecialFamily]),
            ("计生特殊家庭老人", &[Elders], (None, None), &[C::SpecialFamily]),
            ("刚性支出困难家庭", &[All], (None, None), &[C::RigidExpenditure]),
        ] {
            let got = understood(written);
            assert_eq!(got.audiences, audiences, "{written}");
            assert_eq!((got.minimum_age, got.maximum_age), ages, "{written}");
            assert_eq!(got.conditions, conditions, "{written}");
        }
    }

    #[test]
    fn a_group_that_stands_alone_asks_for_no_condition_and_keeps_the_words() {
        let got = understood("老年人,低保");
        assert_eq!((got.audiences, got.conditions), (vec![Elders], vec![]));
        assert_eq!(got.note.as_deref(), Some("老年人,低保"));
        let got = understood("老年人,慢病患者");
        assert_eq!((got.audiences, got.conditions), (vec![Elders], vec![]));
        assert_eq!(got.note.as_deref(), Some("老年人,慢病患者"));
        assert_eq!(understood("老年人，残疾人").note, None);
        assert_eq!(understood("80岁以上高龄老人").note, None);
    }

    #[test]
    fn what_the_fields_cannot_hold_is_doubted_and_kept() {
        for (written, code) in [
            ("儿童、独居老人", "AUDIENCE_PARTLY"),
            ("80岁以上老人、残疾人", "AUDIENCE_PARTLY"),
            ("60岁以上老人、16岁以下儿童", "AUDIENCE_PARTLY"),
            ("乡贤", "AUDIENCE_UNKNOWN"),
            ("老年人、乡贤", "AUDIENCE_UNKNOWN"),
            ("详见附件", "AUDIENCE_UNKNOWN"),
        ] {
            let read = audience(written);
            assert!(!read.is_error(), "{written}");
            assert_eq!(
                read.troubles.iter().map(|trouble| trouble.code.code()).collect::<Vec<_>>(),
                [code],
                "{written}"
            );
            assert_eq!(read.value.unwrap().note.as_deref(), Some(written), "{written}");
        }
        assert_eq!(audience(""), Read::blank());
    }
}
