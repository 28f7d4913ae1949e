//! The words for groups of people.

use schema::{Audience, Condition, LocalHousehold};

/// Circumstances; where one word holds another, the longer first.
pub(super) const CONDITIONS: &[(&str, Condition)] = &[
    ("低保边缘", Condition::NearLowIncome),
    ("低保边沿", Condition::NearLowIncome),
    ("低边", Condition::NearLowIncome),
    ("低收入", Condition::NearLowIncome),
    ("最低生活保障", Condition::LowIncome),
    ("低保", Condition::LowIncome),
    ("特困", Condition::FiveGuarantee),
    ("五保", Condition::FiveGuarantee),
    ("独居", Condition::LivesAlone),
    ("孤寡", Condition::LivesAlone),
    ("空巢", Condition::EmptyNest),
    ("留守", Condition::LeftBehind),
    ("部分失能", Condition::PartlyCareDependent),
    ("半失能", Condition::PartlyCareDependent),
    ("半自理", Condition::PartlyCareDependent),
    ("失能", Condition::CareDependent),
    ("生活不能自理", Condition::CareDependent),
    ("不能自理", Condition::CareDependent),
    ("卧床", Condition::CareDependent),
    ("失智", Condition::Dementia),
    ("认知症", Condition::Dementia),
    ("认知障碍", Condition::Dementia),
    ("痴呆", Condition::Dementia),
    ("刚性支出困难", Condition::RigidExpenditure),
    ("刚性支出", Condition::RigidExpenditure),
    ("支出型困难", Condition::RigidExpenditure),
    ("失独", Condition::LostOnlyChild),
    ("独生子女死亡", Condition::LostOnlyChild),
    ("独生子女伤残", Condition::SpecialFamily),
    ("计划生育特殊", Condition::SpecialFamily),
    ("计生特殊", Condition::SpecialFamily),
    ("退役军人", Condition::Veteran),
    ("退伍军人", Condition::Veteran),
    ("重点优抚", Condition::PreferentialTreatment),
    ("优抚", Condition::PreferentialTreatment),
    ("军烈属", Condition::PreferentialTreatment),
    ("烈属", Condition::PreferentialTreatment),
];

/// What a circumstance is about. Two of one sort side by side (`失能半失能老人`) are two groups, since hardly anybody is in
/// both; two of different sorts (`低保独居老人`) are said of the same people.
pub(super) fn sort(condition: Condition) -> u8 {
    match condition {
        Condition::FiveGuarantee | Condition::LowIncome | Condition::NearLowIncome | Condition::RigidExpenditure => 0,
        Condition::LivesAlone | Condition::EmptyNest | Condition::LeftBehind => 1,
        Condition::CareDependent | Condition::PartlyCareDependent => 2,
        Condition::Dementia => 3,
        Condition::Disabled => 4,
        Condition::SpecialFamily | Condition::LostOnlyChild => 5,
        Condition::PreferentialTreatment | Condition::Veteran => 6,
    }
}

pub(super) const AUDIENCES: &[(&str, Audience)] = &[
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
    ("婴儿", Audience::Children),
    ("幼儿", Audience::Children),
    ("孤儿", Audience::Children),
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

/// Elders who are women: said of the same people.
pub(super) const OLD_WOMEN: &[&str] =
    &["老年妇女", "老年女性", "高龄妇女", "高龄女性", "女性老年人", "女性老人", "老龄妇女", "老年女"];

/// Words that take some out of the group that they stand with, and have no field.
pub(super) const LIMITS: &[&str] = &[
    "慢性病",
    "慢病",
    "患者",
    "病人",
    "孕产妇",
    "特殊困难",
    "困难",
    "困境",
    "贫困",
    "重度",
    "中度",
    "轻度",
    "术后",
    "康复期",
    "退休",
    "党员",
    "孤儿",
    "流动",
    "婴幼儿",
    "婴儿",
    "幼儿",
    "学龄前",
    "学龄",
    "符合条件",
    "经评估",
    "参保",
    "签约",
    "预约",
    "会员",
    "持卡",
    "低龄",
    "活力",
    "健康",
    "能自理",
    "可自理",
    "自理",
    "行动不便",
    "建档立卡",
    "特殊",
    "无子女",
    "无劳动能力",
    "无生活来源",
    "无人照料",
    "无人照顾",
    "无固定收入",
    "无收入",
    "无业",
];

/// Words for small children, which say nothing beside bounds of age.
pub(super) const SMALL: &[&str] = &["婴幼儿", "幼儿", "婴儿", "学龄前"];

/// 婴幼儿 are under three (国办发〔2019〕15号): whoever is older is none.
pub(super) const INFANTS: &[&str] = &["婴幼儿", "婴儿"];
pub(super) const INFANTS_UP_TO: u8 = 3;

/// Words that say more than a field and take nobody out, but for where people live.
pub(super) const MORE: &[&str] = &[
    "高龄",
    "青少年",
    "学生",
    "需要",
    "有需求",
    "辖区",
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
    "本街道",
    "具有",
    "本乡",
    "本市",
    "全市",
    "本省",
    "全省",
    "本地",
    "当地",
    "常住",
    "户籍",
    "居住",
    "城乡",
    "农村",
    "城镇",
    "附近",
    "周边",
    "留守",
];

/// How far 户籍 reaches that must be of the place; where one holds another, the longer first. Said without any of these, or as
/// 本地, nobody knows how far.
pub(super) const HOUSEHOLDS: &[(&str, LocalHousehold)] = &[
    ("本社区", LocalHousehold::Village),
    ("本村", LocalHousehold::Village),
    ("本居", LocalHousehold::Village),
    ("本街道", LocalHousehold::Town),
    ("本镇", LocalHousehold::Town),
    ("本乡", LocalHousehold::Town),
    ("全镇", LocalHousehold::Town),
    ("本县", LocalHousehold::County),
    ("本区", LocalHousehold::County),
    ("全县", LocalHousehold::County),
    ("全区", LocalHousehold::County),
    ("本市", LocalHousehold::City),
    ("全市", LocalHousehold::City),
    ("本省", LocalHousehold::Province),
    ("全省", LocalHousehold::Province),
];

/// Beside 户籍, words by which who only lives there is served as well.
pub(super) const OR_LIVING_THERE: &[&str] = &["常住", "居住", "暂住", "流动"];

/// Words by which the group that they stand with is served first or mostly, and others are too.
pub(super) const OTHERS_TOO: &[&str] = &["优先", "为主", "主要", "中老年", "青少年"];

/// Words for people who are not those beside whom they stand: their families, those who care for them.
pub(super) const SOMEBODY_ELSE: &[&str] = &[
    "家属",
    "子女",
    "照护者",
    "照料者",
    "照顾者",
    "护理员",
    "监护人",
    "家长",
    "亲属",
    "亲友",
    "配偶",
    "志愿者",
    "工作者",
    "职工",
    "大学生",
    "保姆",
    "陪护",
    "老师",
    "教师",
];

/// Words around a group that add nothing.
pub(super) const FILLING: &[&str] = &[
    "等级", "级别", "程度", "持有", "人员", "人群", "群体", "家庭", "对象", "供养", "全体", "所有", "广大", "各类",
    "的", "户", "者", "人", "等", "年", "及其", "老", "含", "内", "有", "朋友", "社会", "全部", "均可", "经济", "以上",
    "以下", "社区", "村", "生活", "军", "持证", "仅限", "只限", "限", "仅", "面向", "服务", "接收", "收住", "为", "本",
    "均", "可", "皆", "小区", "街道", "镇", "人口", "岁", "年龄", "性别", "以", "在", "评估", "评定", "被", "经", "证",
    "持",
];

/// Words that say that all of what is named must hold at once.
pub(super) const ALL_OF: &[&str] = &[
    "须同时满足",
    "需同时满足",
    "应同时满足",
    "须同时具备",
    "需同时具备",
    "须同时符合",
    "同时满足",
    "同时具备",
    "同时符合",
    "同时",
    "须均",
    "均须",
    "均需",
    "全部满足",
    "都满足",
    "均满足",
    "均符合",
    "都符合",
];

/// What looks like a denial and is none.
const NO_DENIAL: &[&str] = &[
    "不限",
    "不满",
    "不足",
    "不低于",
    "不小于",
    "不少于",
    "不超过",
    "不大于",
    "不高于",
    "不到",
    "不能自理",
    "行动不便",
    "不分",
    "不论",
    "无论",
    "未成年",
    "未满",
    "未到",
    "非常",
    "无障碍",
    "三无",
    "无子女",
    "无劳动能力",
    "无生活来源",
    "无人照料",
    "无人照顾",
    "无固定收入",
    "无收入",
    "无业",
    "除夕",
];

/// What denies what stands beside it.
pub(super) const DENIALS: &[char] =
    &['非', '不', '未', '无', '没', '勿', '莫', '拒', '绝', '禁', '除', '忌', '恕', '否'];

/// Where the first denial of a text stands, in bytes; none when nothing is denied.
pub(super) fn denied_from(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let character = rest.chars().next()?;
        if let Some(word) = NO_DENIAL.iter().find(|word| rest.starts_with(**word)) {
            at += word.len();
            continue;
        }
        let outside = ["以外", "之外", "例外"].iter().any(|word| rest.starts_with(word));
        if DENIALS.contains(&character) || outside {
            return Some(at);
        }
        at += character.len_utf8();
    }
    None
}

/// Whether a text names people or a circumstance: a denial before it denies those, one with nothing of the sort behind it
/// denies what stands before (`失能老人除外`, `传染病患者谢绝入住`).
pub(super) fn names_somebody(text: &str) -> bool {
    let words = AUDIENCES.iter().map(|(word, _)| *word).chain(CONDITIONS.iter().map(|(word, _)| *word));
    words.chain(LIMITS.iter().copied()).chain(["残疾", "残障"]).any(|word| text.contains(word))
        || text.chars().any(|character| character.is_ascii_digit() || super::degrees::is_mark(character))
}
