//! The matching model: every number that bears on a decision, under one version.
//!
//! The weights are log2 Bayes factors, `log2(m / u)`: `m` is how often the outcome is seen between two registrations
//! of one thing, `u` between two of different things in the same village, which is the population that blocking lets
//! through. They were set from counts that need no knowledge of what is the same: how often two registrations of one
//! village agree in each field at all, and how often they do among those that agree in nearly all others. Where a
//! count was thin the weight was kept nearer to nought than the count.

/// The version. Changes whenever any number or rule below, or any reading of names and addresses, changes.
pub const VERSION: &str = "huiju-2026-1";

/// Pairs are merged by rule from this probability on (6.6 bits).
pub const MERGE_FROM: f64 = 0.99;

/// Pairs are proposed to a steward from this probability on (0.6 bits).
pub const PROPOSE_FROM: f64 = 0.6;

/// Two registrations of a county picked blindly: one pair in about 9,000 is of one thing.
pub const PRIOR: f64 = -13.2;

/// Both in one village.
pub const SAME_VILLAGE: f64 = 8.7;
/// In one town, and the village of one of them is not known.
pub const SAME_TOWN: f64 = 4.7;
/// In different villages. No service is in two.
pub const OTHER_VILLAGE: f64 = -20.0;

/// Names that say the same; less for those in [`COMMON_NAMES`].
pub const NAME_SAME: f64 = 7.0;
/// As `NAME_SAME`, for a name that many villages have.
pub const NAME_SAME_COMMON: f64 = 5.0;
/// What writing it to the character in the same way adds.
pub const NAME_TO_THE_CHARACTER: f64 = 0.5;
/// What is left of `NAME_SAME` when only one of them writes the town before the village: often a second site.
pub const NAME_BUT_FOR_TOWN: f64 = 1.0;
/// One character apart.
pub const NAME_CLOSE: f64 = 4.5;
/// One contains the other, or they share most of their characters.
pub const NAME_AKIN: f64 = -1.0;
/// Nothing of the kind.
pub const NAME_DIFFERENT: f64 = -9.0;

/// One category.
pub const CATEGORY_SAME: f64 = 2.7;
/// Different, but one of them is a word for everything.
pub const CATEGORY_VAGUE: f64 = -0.5;
/// Different.
pub const CATEGORY_DIFFERENT: f64 = -3.5;

/// A number in common. Held down by hotlines: one number in a hundred serves two things in a village.
pub const PHONE_SAME: f64 = 6.0;
/// One digit apart.
pub const PHONE_CLOSE: f64 = 3.0;
/// No number in common.
pub const PHONE_DIFFERENT: f64 = -3.2;

/// Street and number.
pub const ADDRESS_SAME: f64 = 10.0;
/// Another house.
pub const ADDRESS_DIFFERENT: f64 = -6.0;

/// One credit code or licence. Held down by providers with several sites.
pub const BODY_SAME: f64 = 3.0;
/// Two credit codes.
pub const BODY_DIFFERENT: f64 = -6.0;
/// Two licence numbers, and a credit code missing.
pub const LICENCE_DIFFERENT: f64 = -3.0;

/// The same hours.
pub const HOURS_SAME: f64 = 1.0;
/// Other hours.
pub const HOURS_DIFFERENT: f64 = -1.0;

/// What a veto adds: enough to overrule everything else.
pub const VETO: f64 = -40.0;

/// Categories that are used for anything.
pub const VAGUE_CATEGORIES: &[&str] = &["助老服务", "便民服务", "志愿服务"];

/// Bare names that so many villages have that sharing one says little: what a service of the kind is called when
/// nobody gave it a name of its own. Frozen with the version.
pub const COMMON_NAMES: &[&str] = &[
    "食堂",
    "餐厅",
    "助餐",
    "助浴",
    "上门助浴",
    "家政",
    "理发",
    "理发店",
    "超市",
    "便民",
    "便民超市",
    "卫生",
    "卫生室",
    "卫生所",
    "卫生院",
    "卫生院分院",
    "门诊部",
    "家庭病床",
    "上门护理",
    "护理",
    "康复",
    "日间照料",
    "居家养老",
    "养老",
    "养老院",
    "敬老院",
    "幸福院",
    "农村幸福院",
    "大讲堂",
    "健康大讲堂",
    "课堂",
    "学校",
    "大学",
    "活动室",
    "儿童之家",
    "妇女之家",
    "妇女儿童之家",
    "青年志愿队",
    "志愿队",
    "志愿",
    "巾帼志愿队",
];

/// The probability behind a weight in bits.
pub fn probability(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}
