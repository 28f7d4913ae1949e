//! One cell of text into one value. Pure: no clock, no I/O; whatever is written, no parser panics.
//!
//! Every parser first puts the text into one form ([`normalise`]): full-width letters, digits and punctuation become
//! half-width, line breaks and runs of blanks one blank, invisible characters go. A cell that says "nothing" in one of
//! the ways clerks have for it ([`is_blank`]) is blank.

pub mod area;
pub mod audience;
pub mod cost;
mod coverage;
pub mod credit;
pub mod date;
pub mod documents;
mod fax;
pub mod hours;
pub mod number;
pub mod numbering;
pub(crate) mod operation;
pub mod phone;
pub mod places;
pub mod text;

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The text in one form: Unicode NFKC (which also halves full-width characters), no invisible characters, one blank
/// where there were several, none at the ends.
pub fn normalise(text: &str) -> String {
    let apart = apart(text);
    // Most cells are as NFKC has them already, which is cheaper to see than to make.
    match is_nfkc_quick(apart.chars()) {
        IsNormalized::Yes => visible(apart.chars(), text.len()),
        IsNormalized::No | IsNormalized::Maybe => visible(apart.nfkc(), text.len()),
    }
}

/// What can be seen of a text, with one blank for any run of them between words.
fn visible(characters: impl Iterator<Item = char>, bytes: usize) -> String {
    let mut out = String::with_capacity(bytes);
    for character in characters {
        if character.is_whitespace() || character.is_control() {
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
        } else if !is_invisible(character) {
            out.push(character);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The text with a blank around each number in a circle: `①18岁` is the first of a list, and not 118.
fn apart(text: &str) -> Cow<'_, str> {
    if !text.contains(is_circled) {
        return Cow::Borrowed(text);
    }
    let around = |character| if is_circled(character) { format!(" {character} ") } else { character.to_string() };
    Cow::Owned(text.chars().map(around).collect())
}

/// Whether it is a number in a circle.
fn is_circled(character: char) -> bool {
    matches!(character, '①'..='⑳' | '⓪' | '⓫'..='⓿' | '❶'..='➓' | '㉑'..='㉟' | '㊱'..='㊿')
}

/// The text for comparing: [`normalise`]d, without any blank, in lower case.
pub fn fold(text: &str) -> String {
    normalise(text).chars().filter(|character| *character != ' ').flat_map(char::to_lowercase).collect()
}

/// Characters that are there and cannot be seen: zero-width ones, marks of direction, the byte-order mark.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{AD}')
}

/// Whether a cell says that what stood of it is to go.
pub fn is_clearing(text: &str) -> bool {
    matches!(fold(text).as_str(), "删除" | "清除" | "清空" | "删去" | "(删除)" | "(清除)" | "(清空)")
}

/// No way of saying nothing has more letters and digits than this, however it is written: they have four at most, and what
/// Unicode writes in several (marks of its own, letters in a square) is at most thrice as much.
const LONGEST_BLANK: usize = 12;

/// Whether a cell says that there is nothing to say: empty, dashes, strokes, `无`, `暂无`, `不详`, `N/A`.
pub fn is_blank(text: &str) -> bool {
    // Most cells say something, which a glance at them tells.
    if text.chars().filter(|character| character.is_alphanumeric()).nth(LONGEST_BLANK).is_some() {
        return false;
    }
    let folded = fold(text);
    let stroke =
        |character: char| matches!(character, '-' | '—' | '–' | '―' | '─' | '/' | '\\' | '_' | '.' | '。' | '*' | '?');
    let only_strokes = folded.chars().all(stroke);
    const WORDS: &[&str] = &[
        "无",
        "没有",
        "暂无",
        "无此项",
        "空",
        "空白",
        "不详",
        "未知",
        "不清楚",
        "不明",
        "未填",
        "未填写",
        "未登记",
        "略",
        "(略)",
        "(空白)",
        "null",
        "none",
        "nil",
        "n/a",
        "na",
        "#n/a",
        "nan",
    ];
    only_strokes || WORDS.contains(&folded.as_str())
}

/// Whether a spreadsheet put this number into scientific notation, e.g. `9.11E+17`: its digits are lost.
pub(crate) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole_and_fraction = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    // `1E5` could be part of a code of letters and digits; with a sign or a point it is a number.
    whole_and_fraction
        && digits(exponent.trim_start_matches('+'))
        && (mantissa.contains('.') || exponent.starts_with('+'))
}

/// A number as text loses the `.0` that some programs write behind whole numbers.
pub(crate) fn without_point_zero(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros))
            if !whole.is_empty()
                && whole.bytes().all(|byte| byte.is_ascii_digit())
                && zeros.bytes().all(|byte| byte == b'0') =>
        {
            whole
        }
        _ => text,
    }
}

/// A numeral below one hundred in Chinese characters (`八`, `十二`, `二十`, `三十一`, `两`, `〇`), if that is all there is.
pub(crate) fn chinese_number(text: &str) -> Option<u32> {
    let digit = |character: char| match character {
        '零' | '〇' | '○' => Some(0),
        '一' => Some(1),
        '二' | '两' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '六' => Some(6),
        '七' => Some(7),
        '八' => Some(8),
        '九' => Some(9),
        _ => None,
    };
    match text.chars().collect::<Vec<char>>().as_slice() {
        ['十'] => Some(10),
        ['十', ones] => Some(10 + digit(*ones)?),
        [tens, '十'] => Some(digit(*tens)? * 10),
        [tens, '十', ones] => Some(digit(*tens)? * 10 + digit(*ones)?),
        ['零' | '〇', ones] => digit(*ones),
        [ones] => digit(*ones),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_blanks_and_invisible_characters_are_put_right() {
        for (written, expected) in [
            ("　０３３５－７６５９６８４ ", "0335-7659684"),
            ("东大街\n１２９号", "东大街 129号"),
            ("\u{FEFF}名\u{200B}称", "名称"),
            ("周一至周五　 8：00", "周一至周五 8:00"),
            ("①18岁以下②残疾人", "1 18岁以下 2 残疾人"),
            ("\t\r\n", ""),
        ] {
            assert_eq!(normalise(written), expected, "{written:?}");
        }
    }

    #[test]
    fn clerks_have_many_ways_of_saying_nothing() {
        for nothing in [
            "",
            " ",
            "　",
            "-",
            "--",
            "——",
            "/",
            "／",
            "\\",
            "无",
            " 无 ",
            "暂无",
            "不详",
            "N/A",
            "#N/A",
            "null",
            "（略）",
        ] {
            assert!(is_blank(nothing), "{nothing:?}");
        }
        for something in ["0", "一", "无锡小馆", "/24小时", "否", "待定"] {
            assert!(!is_blank(something), "{something:?}");
        }
    }

    #[test]
    fn a_code_that_became_a_number_is_noticed() {
        for lost in ["9.11E+17", "1.30306E+11", "9.11303067784706E17", "9E+17"] {
            assert!(is_scientific(lost), "{lost}");
        }
        for kept in ["91130306E17", "130306100209", "9.11", "E+17", "1E", "", "91350100M000100Y43"] {
            assert!(!is_scientific(kept), "{kept}");
        }
    }

    #[test]
    fn small_numbers_in_characters() {
        for (written, number) in
            [("八", 8), ("十", 10), ("十二", 12), ("二十", 20), ("三十一", 31), ("两", 2), ("〇五", 5)]
        {
            assert_eq!(chinese_number(written), Some(number), "{written}");
        }
        for not in ["", "百", "八八", "8", "十十"] {
            assert_eq!(chinese_number(not), None, "{not}");
        }
    }
}
