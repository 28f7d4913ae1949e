//! Citizens' identity numbers (公民身份号码, GB 11643-1999), which nobody is to write into free text.

use chrono::{Datelike as _, NaiveDate};

/// The weight of each of the first seventeen digits (GB 11643, by ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check character of each remainder.
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// Whether a text holds an identity number: eighteen characters that stand by themselves, of a province, with a day of
/// birth and the right check character. Digits of full width count as digits.
pub fn is_in(text: &str) -> bool {
    let mut run = String::new();
    for character in text.chars().map(narrow).chain([' ']) {
        if character.is_ascii_digit() || character == 'X' {
            run.push(character);
        } else if is_identity_number(&std::mem::take(&mut run)) {
            return true;
        }
    }
    false
}

fn narrow(character: char) -> char {
    match character {
        '０'..='９' => char::from_u32(u32::from(character) - u32::from('０') + u32::from('0')).unwrap_or(character),
        'x' | 'Ｘ' | 'ｘ' => 'X',
        other => other,
    }
}

fn is_identity_number(run: &str) -> bool {
    let characters: Vec<char> = run.chars().collect();
    let Some((check, digits)) = characters.split_last().filter(|(_, digits)| digits.len() == WEIGHTS.len()) else {
        return false;
    };
    let Some(digits) = digits.iter().map(|digit| digit.to_digit(10)).collect::<Option<Vec<u32>>>() else {
        return false;
    };
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let expected = usize::try_from(sum % 11).ok().and_then(|remainder| CHECKS.get(remainder));
    let number = |part: &[u32]| part.iter().fold(0, |number, digit| number * 10 + digit);
    let [province, birth] = [0..2, 6..14].map(|part| digits.get(part).map(number));
    let day_of_birth = birth.and_then(|birth| {
        let year = i32::try_from(birth / 10_000).ok()?;
        NaiveDate::from_ymd_opt(year, birth / 100 % 100, birth % 100)
    });
    expected == Some(check)
        && province.is_some_and(|province| (11..=82).contains(&province))
        && day_of_birth.is_some_and(|day| (1850..2100).contains(&day.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_wherever_it_stands() {
        // The examples of the standard's appendix.
        for text in [
            "11010519491231002X",
            "440524188001010014",
            "11010519491231002x",
            "经办人身份证440524188001010014，已核对",
            "１１０１０５１９４９１２３１００２Ｘ",
        ] {
            assert!(is_in(text), "{text}");
        }
    }

    #[test]
    fn other_long_numbers_are_none() {
        for (text, why) in [
            ("110105194912310021", "another check character"),
            ("1101051949123100240", "nineteen digits"),
            ("440524188013010014", "no thirteenth month"),
            ("91130306MA0D5XYT2K", "a credit code"),
            ("0335-6012345 13803351234", "two telephone numbers"),
            ("130306100209", "a division"),
            ("", "nothing"),
        ] {
            assert!(!is_in(text), "{why}");
        }
    }
}
