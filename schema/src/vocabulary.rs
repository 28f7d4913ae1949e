//! Closed vocabularies: an enum with the code that events and answers carry, and its name in both languages. The words
//! stand here and nowhere else; a code that is not in its list is refused when it is read.

/// A name in the two languages of Huiju.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// In Chinese: the official wording where there is one.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// Declares a closed vocabulary: `Variant = "code", "中文", "English";`.
macro_rules! vocabulary {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
            schemars::JsonSchema,
        )]
        pub enum $name {
            $(
                #[doc = concat!($zh, ": ", $en, ".")]
                $(#[$variant_doc])*
                #[serde(rename = $code)]
                $variant,
            )+
        }

        impl $name {
            /// Every one of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// Every one with its code, its name in Chinese and its name in English.
            pub const WORDS: &'static [(&'static str, &'static str, &'static str)] = &[$(($code, $zh, $en)),+];

            /// The code that events carry, in `snake_case`. GraphQL writes enums in capitals.
            pub const fn code(self) -> &'static str {
                match self {
                    $($name::$variant => $code,)+
                }
            }

            /// What it is called.
            pub const fn words(self) -> $crate::vocabulary::Words {
                match self {
                    $($name::$variant => $crate::vocabulary::Words { zh: $zh, en: $en },)+
                }
            }

            /// What it is called in Chinese.
            pub const fn name_zh(self) -> &'static str {
                self.words().zh
            }

            /// What it is called in English.
            pub const fn name_en(self) -> &'static str {
                self.words().en
            }

            /// The one that a code stands for, written as in events or in capitals as in GraphQL.
            pub fn from_code(code: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.code().eq_ignore_ascii_case(code))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

pub(crate) use vocabulary;

#[cfg(test)]
mod tests {
    use crate::calendar::Holiday;
    use crate::decisions::{Compared, DecidingRule, Level};
    use crate::eligibility::{CareDegree, DisabilityGrade, LocalHousehold};
    use crate::erasures::RetractionReason;
    use crate::hours::OnlyOn;
    use crate::resource::{Field, NotShown, Rule};
    use crate::{Audience, Condition, Kind};
    use std::collections::BTreeSet;

    /// Asks the same of every vocabulary; a new one is added here and nowhere else.
    macro_rules! every {
        ($check:ident: $($name:ident),+) => {
            $(
                let all: Vec<_> = $name::ALL.iter().map(|one| (one.code(), one.words(), serde_json::to_value(one).unwrap())).collect();
                $check(stringify!($name), &all);
                for one in $name::ALL {
                    assert_eq!($name::from_code(one.code()), Some(*one));
                    assert_eq!($name::from_code(&one.code().to_uppercase()), Some(*one));
                }
                assert_eq!($name::from_code("no_such_code"), None);
                assert!(serde_json::from_str::<$name>("\"no_such_code\"").is_err(), "a code that is not in the list is refused");
            )+
        };
    }

    #[test]
    fn every_word_has_a_code_of_its_own_and_a_name_in_both_languages() {
        let check = |name: &str, all: &[(&'static str, super::Words, serde_json::Value)]| {
            let mut codes = BTreeSet::new();
            let mut names = BTreeSet::new();
            for (code, words, written) in all {
                assert!(codes.insert(*code) && *written == *code, "{name}::{code}");
                assert!(names.insert(words.zh), "{name}::{code}: {} is another one's name", words.zh);
                assert!(!words.zh.is_ascii() && words.en.is_ascii() && !words.en.is_empty(), "{name}::{code}");
            }
        };
        every!(check: Audience, Condition, CareDegree, DisabilityGrade, LocalHousehold, Holiday, OnlyOn, Kind, Field, Rule, NotShown, Compared, Level, DecidingRule, RetractionReason);
    }
}
