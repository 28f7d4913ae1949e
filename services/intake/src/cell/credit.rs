//! Unified social credit codes (GB 32100). Blank is fine: it is accepted as unverified. A wrong check character refuses the
//! row, because a code that is wrong by one character may be another company's.

use super::{is_blank, is_scientific, normalise};
use crate::read::{Read, Trouble};
use schema::credit_code::{CreditCode, CreditCodeError};
use schema::finding::CellFinding;

/// A credit code.
pub fn credit_code(written: &str) -> Read<CreditCode> {
    if is_blank(written) {
        return Read::blank();
    }
    let text: String = normalise(written)
        .chars()
        .filter(|character| !matches!(character, ' ' | '-' | '\'' | '`' | '‘' | '’'))
        .flat_map(char::to_uppercase)
        .collect();
    // Dashes were taken out, so the exponent is looked for in what was written.
    if is_scientific(&normalise(written).replace(' ', "")) {
        return Read::trouble(as_number());
    }
    match text.parse::<CreditCode>() {
        Ok(code) => Read::value(code),
        // A spreadsheet keeps 15 digits of a number and writes zeros for the rest.
        Err(CreditCodeError::CheckCharacter { .. })
            if text.ends_with("000") && text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Read::trouble(as_number())
        }
        Err(error) => Read::trouble(trouble(&text, error)),
    }
}

fn as_number() -> Trouble {
    Trouble::error(CellFinding::CreditCodeAsNumber)
}

fn trouble(text: &str, error: CreditCodeError) -> Trouble {
    match error {
        CreditCodeError::Length(15) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Trouble::doubt(CellFinding::CreditCodeOld)
        }
        CreditCodeError::Length(length) => {
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            Trouble::error(CellFinding::CreditCodeLength { length })
        }
        CreditCodeError::Character(character) => {
            let suggestion = look_alike(text).map(|code| code.to_string());
            Trouble::error(CellFinding::CreditCodeCharacter { character, suggestion })
        }
        CreditCodeError::CheckCharacter { expected, found } => {
            Trouble::error(CellFinding::CreditCodeCheck { expected, found })
        }
    }
}

/// The code meant by someone who typed the letters O, I, S, Z for the digits they resemble, if it is then right.
fn look_alike(text: &str) -> Option<CreditCode> {
    let replaced: String = text
        .chars()
        .map(|character| match character {
            'O' => '0',
            'I' => '1',
            'S' => '5',
            'Z' => '2',
            'V' => 'U',
            other => other,
        })
        .collect();
    replaced.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_the_right_check_character_are_taken_in_any_width_and_case() {
        for written in [
            "91350100M000100Y43",
            "91350100m000100y43",
            "９１３５０１００Ｍ０００１００Ｙ４３",
            " 9135 0100 M000 100Y 43 ",
            "91350100-M000100Y4-3",
        ] {
            assert_eq!(
                credit_code(written).value.map(|code| code.to_string()),
                Some("91350100M000100Y43".into()),
                "{written}"
            );
        }
        for blank in ["", "无", "/", "—"] {
            assert_eq!(credit_code(blank), Read::blank());
        }
    }

    #[test]
    fn wrong_codes_refuse_the_row_with_the_fault_named() {
        for (written, code) in [
            ("91350100M000100Y44", "CREDIT_CODE_CHECK"),
            ("921303067584638971", "CREDIT_CODE_CHECK"),
            ("9.11E+17", "CREDIT_CODE_AS_NUMBER"),
            ("9.11303067784706E+17", "CREDIT_CODE_AS_NUMBER"),
            ("911303067784706000", "CREDIT_CODE_AS_NUMBER"),
            ("9135", "CREDIT_CODE_LENGTH"),
            ("91350100MO00100Y43", "CREDIT_CODE_CHARACTER"),
        ] {
            let read = credit_code(written);
            assert!(read.is_error(), "{written}");
            assert_eq!(read.troubles[0].code.code(), code, "{written}");
        }
        assert!(credit_code("91350100MO00100Y43").troubles[0].code.words().remedy_zh.contains("91350100M000100Y43"));
    }

    #[test]
    fn an_old_registration_number_is_doubted_not_refused() {
        let read = credit_code("130306600012345");
        assert!(!read.is_error() && read.value.is_none());
        assert_eq!(read.troubles[0].code.code(), "CREDIT_CODE_OLD");
    }
}
