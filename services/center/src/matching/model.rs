//! The matching model: every number that bears on a decision, under one version.
//!
//! The weights are log2 Bayes factors, `log2(m / u)`: `m` is how often the outcome is seen between two registrations
//! of one thing, `u` between two of different things in the same village, which is the population that blocking lets
//! through. Those of office and of differing telephones come from counts that need no knowledge of what is the same:
//! how often two registrations agree among those that agree in nearly all else. The others are set by the same
//! reasoning, kept nearer to nought where nothing was counted, and held to invented counties (`tests/behaviour`).

/// The version. Changes whenever any number or rule below, or any reading of names and addresses, changes.
pub const VERSION: &str = "huiju-2026-3";

/// Pairs are merged by rule from this probability on (7.6 bits): a wrong merge hides a service from whoever looks for
/// it, a question costs a steward a minute.
pub const MERGE_FROM: f64 = 0.995;

/// Pairs are proposed to a steward from this probability on (1.6 bits): a question that is right less than three times
/// in four takes more of a steward's time than it saves of the readers'.
pub const PROPOSE_FROM: f64 = 0.75;

/// Two registrations of a county picked blindly: one pair in about 9,000 is of one thing.
pub const PRIOR: f64 = -13.2;

/// Both in one village.
pub const SAME_VILLAGE: f64 = 8.7;
/// In one town, and the village of one of them is not known.
pub const SAME_TOWN: f64 = 4.7;
/// In different villages. No service is in two.
pub const OTHER_VILLAGE: f64 = -20.0;

/// Names that say the same and hold something of their own: one village seldom has two of a kind under one.
pub const NAME_SAME: f64 = 8.0;
/// Names that say the same and hold nothing but the words of their trade: many a village has two such.
pub const NAME_SAME_COMMON: f64 = 5.0;
/// What writing it to the character in the same way adds.
pub const NAME_TO_THE_CHARACTER: f64 = 0.5;
/// What it takes away that one says station and the other centre or point.
pub const NAME_OTHER_FORM: f64 = -2.0;
/// What is left of it when only one of them writes the town before the village: often a second site.
pub const NAME_BUT_FOR_TOWN: f64 = 3.0;
/// A slip apart.
pub const NAME_CLOSE: f64 = 6.0;
/// A slip apart, of names that hold nothing but the words of their trade.
pub const NAME_CLOSE_COMMON: f64 = 4.0;
/// What is their own is one or nearly, and so is the trade.
pub const NAME_AKIN: f64 = -0.5;
/// Of one trade, but at most one of them has anything of its own.
pub const NAME_OF_A_KIND: f64 = -3.0;
/// Nothing of the kind, or each has a name of its own.
pub const NAME_DIFFERENT: f64 = -10.0;

/// One category, of names that do not say it already.
pub const CATEGORY_SAME: f64 = 1.5;
/// One category, of names that say it already.
pub const CATEGORY_SAME_AS_NAMED: f64 = 0.2;
/// Different, but one of them is a word for everything.
pub const CATEGORY_VAGUE: f64 = -0.5;
/// Different.
pub const CATEGORY_DIFFERENT: f64 = -3.5;
/// Different, of names that say the same: a matter of opinion more often than of substance.
pub const CATEGORY_DIFFERENT_AS_NAMED: f64 = -1.5;

/// With one office: one pair in seven among those that share house and telephone, one in four among all of a village.
/// Hand-ins repeat a row less often than offices overlap.
pub const SAME_OFFICE: f64 = -1.0;
/// With two offices.
pub const TWO_OFFICES: f64 = 0.2;

/// A number in common. Held down by hotlines: one number in a hundred serves two things in a village.
pub const PHONE_SAME: f64 = 6.0;
/// One digit apart.
pub const PHONE_CLOSE: f64 = 3.0;
/// A number in common, where the house is known to be one: neighbours under one roof share their telephone.
pub const PHONE_SAME_UNDER_ONE_ROOF: f64 = 3.0;
/// A number in common of two houses: more often the hotline of several sites than one site with two addresses.
pub const PHONE_SAME_AT_ANOTHER_HOUSE: f64 = 4.0;
/// No number in common: one pair in fourteen among those that share a house.
pub const PHONE_DIFFERENT: f64 = -3.5;

/// Street and number.
pub const ADDRESS_SAME: f64 = 10.0;
/// One place without a number, such as the yard of the village committee, where several services may be.
pub const ADDRESS_SAME_PLACE: f64 = 4.0;
/// Another house.
pub const ADDRESS_DIFFERENT: f64 = -6.0;

/// One credit code or licence. Held down by providers with several sites.
pub const BODY_SAME: f64 = 1.5;
/// One number in a register that numbers services and not their providers.
pub const REGISTER_NUMBER_SAME: f64 = 3.0;
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

/// The probability behind a weight in bits.
pub fn probability(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}
