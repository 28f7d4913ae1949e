//! The words of the pages: what each code of the directory is called in Chinese and in English.
//!
//! Codes are extensible, so a code that is not known here is shown as it is rather than hidden.

use chassis::http::Lang;
use schema::decisions::{Compared, DecidingRule, Level};
use schema::population::CountedGroup;
use schema::resource::{Field, NotShown, Rule};
use schema::{Audience, Category, Condition, Document, Kind, Office};

/// One code with its name in Chinese and in English.
type Word = (&'static str, &'static str, &'static str);

/// The name of `code` in one of the tables below, or the code itself.
pub fn of<'a>(table: &'static [Word], code: &'a str, lang: Lang) -> &'a str {
    let Some((_, zh, en)) = table.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(code)) else { return code };
    lang.pick(zh, en)
}

/// Words of the contract under the codes that GraphQL writes.
macro_rules! named {
    ($kind:ident: $($code:literal $variant:ident),+ $(,)?) => {
        &[$(($code, $kind::$variant.name_zh(), $kind::$variant.name_en())),+]
    };
}

/// Circumstances that entitle, in the order in which the form asks for them.
pub const CONDITIONS: &[Word] = named!(Condition:
    "LIVES_ALONE" LivesAlone,
    "EMPTY_NEST" EmptyNest,
    "FIVE_GUARANTEE" FiveGuarantee,
    "LOW_INCOME" LowIncome,
    "NEAR_LOW_INCOME" NearLowIncome,
    "RIGID_EXPENDITURE" RigidExpenditure,
    "CARE_DEPENDENT" CareDependent,
    "PARTLY_CARE_DEPENDENT" PartlyCareDependent,
    "DEMENTIA" Dementia,
    "DISABLED" Disabled,
    "SPECIAL_FAMILY" SpecialFamily,
    "LOST_ONLY_CHILD" LostOnlyChild,
    "PREFERENTIAL_TREATMENT" PreferentialTreatment,
    "VETERAN" Veteran,
    "LEFT_BEHIND" LeftBehind,
);

/// Groups of the public.
pub const AUDIENCES: &[Word] = Audience::WORDS;

/// What is to be brought.
pub const DOCUMENTS: &[Word] = Document::WORDS;

/// Offices.
pub const OFFICES: &[Word] = Office::WORDS;

/// Answers to "may this person use it".
pub const VERDICTS: &[Word] =
    &[("YES", "符合条件", "Eligible"), ("UNKNOWN", "待核实", "To be checked"), ("NO", "不符合", "Not eligible")];

/// Categories of services. The Chinese is what the offices write.
pub const CATEGORIES: &[Word] = Category::WORDS;

/// Groups of people who are counted.
pub const COUNTED: &[Word] = CountedGroup::WORDS;

/// Kinds of things registered.
pub const KINDS: &[Word] = Kind::WORDS;

/// Fields of a resource, as their provenance names them.
pub const FIELDS: &[Word] = Field::WORDS;

/// Rules that choose the value of a field when registrations differ.
pub const RULES: &[Word] = Rule::WORDS;

/// Why something is not shown.
pub const NOT_SHOWN: &[Word] = NotShown::WORDS;

/// What two registrations were compared by.
pub const COMPARISONS: &[Word] = Compared::WORDS;

/// How well two values agreed.
pub const LEVELS: &[Word] = Level::WORDS;

/// Standing of a merge.
pub const STATUSES: &[Word] = &[
    ("PROPOSED", "待核归并", "Proposed"),
    ("IN_FORCE", "已归并", "In force"),
    ("REFUSED", "不归并", "Left apart"),
    ("UNDONE", "已撤销归并", "Undone"),
];

/// Standing of a registration.
pub const STANDINGS: &[Word] = &[
    ("REGISTERED", "有效", "In force"),
    ("SUSPENDED", "已暂停", "Suspended"),
    ("UNKNOWN", "待核实", "To be checked"),
    ("WITHDRAWN", "已注销", "Withdrawn"),
];

/// Who decided.
pub const DECIDERS: &[Word] = &[("RULE", "规则", "Rule"), ("STEWARD", "资源管理员", "Steward")];

/// Rules that decide on merges.
pub const DECISION_RULES: &[Word] = DecidingRule::WORDS;

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
        for condition in Condition::ALL {
            assert_eq!(of(CONDITIONS, condition.code(), Lang::Zh), condition.name_zh());
        }
        assert_eq!(CONDITIONS.len(), Condition::ALL.len());
        for office in Office::ALL {
            assert_eq!(of(OFFICES, office.category(), Lang::Zh), office.name_zh());
        }
    }
}
