//! Citizens' identity numbers (公民身份号码, GB 11643), which nobody is to write into what is kept.
//!
//! Eighteen characters: six digits of a region, eight of the day of birth, three of an order, and a check character that is
//! a digit or X. Until 1999 there were fifteen: the year had two digits, and there was no check. Both are found wherever
//! they stand in a text, also within longer numbers (the tax number of a one-man business and the number of a doctor's
//! certificate hold one), in any width, and when blanks or hyphens part them as people part them. Because nothing checks
//! the fifteen digits, they count only where they stand alone.

use chrono::{Datelike as _, NaiveDate};

/// The weight of each of the first seventeen digits (GB 11643, by ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check character of each remainder.
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// The first two digits of a region: provinces, and what counts as one (GB/T 2260).
const PROVINCES: [&str; 35] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
];

/// How many characters the number has.
const LENGTH: usize = 18;

/// How many digits it had before.
const OLD_LENGTH: usize = 15;

/// Where people part it: behind the region or within it, before and after the month and the day of birth, behind the
/// order, and in fours or in threes. Two telephone numbers in a row, of eighteen digits together, are parted elsewhere.
const PARTED_AT: [usize; 10] = [2, 3, 4, 6, 8, 10, 12, 14, 16, 17];

/// Where people parted the old one.
const OLD_PARTED_AT: [usize; 3] = [6, 8, 12];

/// What a text is that is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// Words, or whatever else people write.
    Text,
    /// A column or field for numbers of another kind, such as those of licences: fifteen digits, which nothing checks,
    /// prove nothing there.
    Numbers,
}

/// What stands between a digit and the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing that can be seen.
    None,
    /// Blanks or hyphens.
    Parted,
    /// Something else, or the beginning.
    Other,
    /// A letter.
    Letter,
}

/// Whether a text holds an identity number.
pub fn is_in(text: &str) -> bool {
    last_four_in(text, Within::Text).is_some()
}

/// The last four characters of the first identity number that a text holds: all that may be said of it.
pub fn last_four_in(text: &str, within: Within) -> Option<String> {
    let characters = characters(text);
    let old = |at| is_old_number(&characters, at).then_some(OLD_LENGTH).filter(|_| within == Within::Text);
    (0..characters.len()).find_map(|at| {
        let length = is_number(&characters, at).then_some(LENGTH).or_else(|| old(at))?;
        let last = characters.get(at..at + length)?.iter().skip(length - 4);
        Some(last.map(|(character, _)| *character).collect())
    })
}

/// The text as it may be shown, written or quoted: without the identity numbers in it, of which the last four characters
/// stay.
pub fn masked(text: &str) -> String {
    match last_four_in(text, Within::Text) {
        // What else stands there is no loss to whoever reads an error: the rest may be the next of kin.
        Some(last_four) => format!("…{last_four}"),
        None => text.to_owned(),
    }
}

/// The digits and Xs of a text, each with what stands before it.
fn characters(text: &str) -> Vec<(char, Gap)> {
    let mut found = Vec::new();
    let mut gap = Gap::Other;
    for character in text.chars() {
        let narrow = narrow(character);
        if narrow.is_ascii_digit() || narrow == 'X' {
            found.push((narrow, gap));
            gap = Gap::None;
        } else if is_parting(character) {
            if gap == Gap::None {
                gap = Gap::Parted;
            }
        } else if !is_invisible(character) {
            gap = if character.is_ascii_alphabetic() { Gap::Letter } else { Gap::Other };
        }
    }
    // The end of the text.
    found.push((' ', if gap == Gap::None { Gap::Other } else { gap }));
    found
}

/// Digits in one width, and every sign that is written for X.
fn narrow(character: char) -> char {
    let digit = |zero: char| {
        let value = u32::from(character).checked_sub(u32::from(zero))?;
        char::from_digit(value % 10, 10)
    };
    match character {
        '０'..='９' => digit('０').unwrap_or(character),
        '\u{1D7CE}'..='\u{1D7FF}' => digit('\u{1D7CE}').unwrap_or(character),
        'x' | 'Ｘ' | 'ｘ' | 'Ⅹ' | 'ⅹ' | 'Х' | 'х' | 'Χ' | 'χ' | '×' => 'X',
        other => other,
    }
}

fn is_parting(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '－' | '﹣' | '─' | '_')
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{AD}')
}

/// The characters of a candidate of some length, if it is parted nowhere, or only where such a number is and then at both
/// ends as well.
fn candidate(characters: &[(char, Gap)], at: usize, length: usize, parted_at: &[usize]) -> Option<Vec<char>> {
    let [first, rest @ ..] = characters.get(at..at + length)? else { return None };
    let (_, end) = characters.get(at + length)?;
    let mut is_parted = false;
    for (place, (_, gap)) in (1..).zip(rest) {
        match gap {
            Gap::None => {}
            Gap::Parted if parted_at.contains(&place) => is_parted = true,
            Gap::Parted | Gap::Other | Gap::Letter => return None,
        }
    }
    if is_parted && (first.1 == Gap::None || *end == Gap::None) {
        return None;
    }
    Some(std::iter::once(first).chain(rest).map(|(character, _)| *character).collect())
}

fn is_number(characters: &[(char, Gap)], at: usize) -> bool {
    candidate(characters, at, LENGTH, &PARTED_AT).is_some_and(|candidate| {
        let Some((check, digits)) = candidate.split_last() else { return false };
        let Some(values) = digits.iter().map(|digit| digit.to_digit(10)).collect::<Option<Vec<u32>>>() else {
            return false;
        };
        let sum: u32 = values.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        let expected = usize::try_from(sum % 11).ok().and_then(|remainder| CHECKS.get(remainder));
        let text: String = digits.iter().collect();
        expected == Some(check) && is_region(&text) && text.get(6..14).is_some_and(is_birthday)
    })
}

fn is_old_number(characters: &[(char, Gap)], at: usize) -> bool {
    let alone = |gap: Option<&(char, Gap)>| matches!(gap, Some((_, Gap::Other)));
    let stands_alone = alone(characters.get(at)) && alone(characters.get(at + OLD_LENGTH));
    stands_alone
        && candidate(characters, at, OLD_LENGTH, &OLD_PARTED_AT).is_some_and(|candidate| {
            let text: String = candidate.iter().collect();
            let birthday = text.get(6..12).map(|birthday| format!("19{birthday}"));
            !text.contains('X') && is_region(&text) && birthday.is_some_and(|birthday| is_birthday(&birthday))
        })
}

/// Whether a number begins with the six digits of a region below its province.
fn is_region(number: &str) -> bool {
    let [province, city] = [0..2, 2..4].map(|part| number.get(part).unwrap_or_default());
    PROVINCES.contains(&province) && city != "00"
}

fn is_birthday(digits: &str) -> bool {
    NaiveDate::parse_from_str(digits, "%Y%m%d").is_ok_and(|day| (1850..2100).contains(&day.year()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_found_wherever_it_stands_and_however_it_is_written() {
        // The examples of the standard's appendix.
        for (text, last_four) in [
            ("11010519491231002X", "002X"),
            ("440524188001010014", "0014"),
            ("11010519491231002x", "002X"),
            ("经办人身份证440524188001010014，已核对", "0014"),
            ("１１０１０５１９４９１２３１００２Ｘ", "002X"),
            ("11010519491231002Ⅹ", "002X"),
            ("11010519491231002×", "002X"),
            ("110105\u{200B}19491231\u{AD}002X", "002X"),
            ("110105 19491231 002X", "002X"),
            ("110105-19491231-002X", "002X"),
            ("110105－19491231　002 X", "002X"),
            ("1101 0519 4912 3100 2X", "002X"),
            ("110 105 1949 1231 002X", "002X"),
            ("11 01 05 1949 12 31 002X", "002X"),
            ("110105\n19491231\n002X", "002X"),
            ("13803351234 110105 19491231 002X 13903351234", "002X"),
            ("税号11010519491231002XL0", "002X"),
            ("税号44052418800101001401", "0014"),
            ("医师资格证2005131104405241880010100141", "0014"),
            ("ID440524188001010014", "0014"),
            ("130306491231001", "1001"),
            ("身份证号：130306491231001", "1001"),
            ("130306 491231 001", "1001"),
            ("１３０３０６４９１２３１００１", "1001"),
        ] {
            assert_eq!(last_four_in(text, Within::Text).as_deref(), Some(last_four), "{text}");
            assert_eq!(masked(text), format!("…{last_four}"), "{text}");
        }
    }

    #[test]
    fn other_long_numbers_are_none() {
        for (text, why) in [
            ("110105194912310021", "another check character"),
            ("1101051949123100240", "nineteen digits"),
            ("440524188013010014", "no thirteenth month"),
            ("440524188002300014", "no thirtieth of February"),
            ("440024188001010018", "no province is a region"),
            ("91130306MA0D5XYT2K", "a credit code"),
            ("91130306778470657R", "a credit code of digits and one letter"),
            ("911303067784706570", "a credit code of digits"),
            ("12130306401234567X", "the code of an institution"),
            ("6222021304003456789", "a bank card"),
            ("6228480402564890018", "a bank card"),
            ("6225 8801 2345 6789", "a bank card in fours"),
            ("370000000000002", "a card of fifteen digits"),
            ("0335-6012345 13803351234", "two telephone numbers"),
            ("13803351234 5669699", "a mobile and a local number"),
            ("5669699 13803351234", "a local number and a mobile"),
            ("13803351234、13903351234、13703351234", "three mobiles"),
            ("13803351234 13903351234 13703351234", "three mobiles"),
            ("400 1309 199 12 31 0021", "a hotline and more"),
            ("202601151234567890", "an order number with its day first"),
            ("DD2026011512345678", "an order number"),
            ("130306100209", "a division"),
            ("130306100209 130306100248", "two divisions"),
            ("130306100209130306100248", "two divisions run together"),
            ("130306 130322 130321", "three counties"),
            ("130306100 130306101 130306102", "three towns"),
            ("PDY195179742", "a licence"),
            ("PDY60201413030617D1102", "the register number of a practice"),
            ("JY11303060012345", "a food licence"),
            ("冀卫医证130306600012345", "a number of fifteen digits with no month"),
            ("G130306491231001", "fifteen digits behind a letter"),
            ("1303064912310012", "sixteen digits"),
            ("130306-491231", "twelve digits"),
            ("每份15元，每月1305份，19491231起", "numbers in a sentence"),
            ("11010 51949123 1002X", "parted where nobody parts it"),
            ("", "nothing"),
        ] {
            assert_eq!(last_four_in(text, Within::Text), None, "{why}: {text}");
            assert_eq!(masked(text), text, "{why}");
        }
    }

    #[test]
    fn where_other_numbers_belong_fifteen_digits_prove_nothing_and_eighteen_do() {
        assert_eq!(last_four_in("130306491231001", Within::Numbers), None);
        assert_eq!(last_four_in("440524188001010014", Within::Numbers).as_deref(), Some("0014"));
    }

    /// The check character, told in another way than above: ISO 7064 by Horner's scheme.
    fn check(digits: &[u32]) -> char {
        let sum = digits.iter().fold(0, |sum, digit| (sum + digit) * 2 % 11);
        match (12 - sum) % 11 {
            10 => 'X',
            digit => char::from_digit(digit, 10).unwrap(),
        }
    }

    fn valid() -> impl Strategy<Value = (String, char)> {
        let region = prop::sample::select(vec!["110105", "130306", "130322", "440524", "622201", "650102", "710000"]);
        (region, 0..36_500_i64, 0..1000_u32).prop_filter_map("a region", |(region, day, order)| {
            let birthday = NaiveDate::from_ymd_opt(1900, 1, 1)? + chrono::Days::new(u64::try_from(day).ok()?);
            let number = format!("{region}{}{order:03}", birthday.format("%Y%m%d"));
            let digits: Vec<u32> = number.chars().filter_map(|digit| digit.to_digit(10)).collect();
            is_region(region).then_some((number, check(&digits)))
        })
    }

    proptest! {
        #[test]
        fn a_valid_number_is_found_in_whatever_stands_around_it((number, check) in valid(), before: String, after: String) {
            let text = format!("{before}{number}{check}{after}");
            prop_assert!(is_in(&text), "{text:?}");
        }

        #[test]
        fn nor_do_digits_around_it_hide_it((number, check) in valid(), before in "[0-9]{0,20}", after in "[0-9]{0,20}") {
            let text = format!("{before}{number}{check}{after}");
            prop_assert!(is_in(&text), "{text:?}");
        }

        #[test]
        fn nor_do_blanks_and_hyphens(
            (number, check) in valid(), parting in "[ 　\\-－—]{1,3}", before in "[^0-9０-９xX]{0,20}", after in "[^0-9０-９xX]{0,20}",
        ) {
            let parts = [number.get(..6).unwrap(), number.get(6..14).unwrap(), number.get(14..).unwrap()].join(&parting);
            let wide: String = parts.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32('０' as u32 + d)).unwrap_or(c)).collect();
            for parts in [parts, wide] {
                let text = format!("{before}，{parts}{check}，{after}");
                prop_assert!(is_in(&text), "{text:?}");
            }
        }

        #[test]
        fn with_another_check_character_it_is_none((number, check) in valid(), other in prop::sample::select(CHECKS.to_vec())) {
            prop_assume!(other != check);
            let text = format!("{number}{other}");
            prop_assert!(!is_in(&text), "{text:?}");
        }

        #[test]
        fn the_last_four_are_all_that_is_left((number, check) in valid()) {
            let masked = masked(&format!("负责人{number}{check}"));
            prop_assert_eq!(masked, format!("…{}{check}", number.get(14..).unwrap()));
        }
    }
}
