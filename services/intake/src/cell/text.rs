//! Names, addresses, remarks, categories.
//!
//! Text is kept as the office wrote it, but for what is only typing: full-width letters and digits become half-width, line
//! breaks and runs of blanks one blank, blanks between Chinese characters go (clerks stretch short names with them).
//! Chinese punctuation stays as it is.

use super::{is_blank, is_invisible};
use crate::read::{Read, Trouble};
use schema::Category;
use schema::finding::CellFinding;
use schema::limits::quoted;
use unicode_normalization::UnicodeNormalization;

/// Text; none when blank. What a broken formula left (`#REF!`) is doubted and dropped.
pub fn text(written: &str) -> Read<String> {
    if is_blank(written) {
        return Read::blank();
    }
    let tidy = tidy(written);
    if is_broken_formula(&tidy) {
        return Read::trouble(Trouble::doubt(CellFinding::FormulaBroken));
    }
    if tidy.is_empty() { Read::blank() } else { Read::value(tidy) }
}

/// Whether this is what a formula leaves that has no value.
pub(crate) fn is_broken_formula(written: &str) -> bool {
    const BROKEN: &[&str] =
        &["#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#N/A"];
    written.starts_with('#') && BROKEN.contains(&written.to_ascii_uppercase().as_str())
}

/// A category. An unknown one is kept and doubted.
pub fn category(written: &str) -> Read<Category> {
    let read = text(written);
    let Some(name) = read.value else { return Read { value: None, troubles: read.troubles } };
    let name: String = name.chars().filter(|character| *character != ' ').collect();
    let category = Category(name);
    if category.is_known() {
        return Read::value(category);
    }
    // 助餐服务 is 助餐.
    let shorter = ["服务", "类", "项目"].iter().find_map(|word| category.0.strip_suffix(word));
    if let Some(known) = shorter.map(|name| Category(name.to_owned())).filter(Category::is_known) {
        return Read::value(known);
    }
    let trouble = Trouble::doubt(CellFinding::CategoryUnknown { category: quoted(&category.0) });
    Read { value: Some(category), troubles: vec![trouble] }
}

/// Typing put right, words and punctuation left alone.
fn tidy(written: &str) -> String {
    let mut out: Vec<char> = Vec::with_capacity(written.len());
    for character in written.nfc() {
        let character = match character {
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
                char::from_u32(character as u32 - ('０' as u32 - '0' as u32)).unwrap_or(character)
            }
            '－' => '-',
            other => other,
        };
        if is_invisible(character) {
            continue;
        }
        if character.is_whitespace() || character.is_control() {
            if out.last().is_some_and(|last| *last != ' ') {
                out.push(' ');
            }
        } else {
            // A blank between two Chinese characters is only there for looks.
            if out.len() >= 2
                && out.last() == Some(&' ')
                && is_han(character)
                && out.iter().rev().nth(1).is_some_and(|c| is_han(*c))
            {
                out.pop();
            }
            out.push(character);
        }
    }
    out.into_iter().collect::<String>().trim().to_owned()
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_words_and_loses_its_typing() {
        for (written, expected) in [
            ("夕阳红理发店（大新庄）", "夕阳红理发店（大新庄）"),
            (" 河北省秦皇岛市抚宁区榆关镇边家沟东大街１２９号", "河北省秦皇岛市抚宁区榆关镇边家沟东大街129号"),
            ("王　芳", "王芳"),
            ("李 娜", "李娜"),
            ("欧阳\n秀英", "欧阳秀英"),
            ("Ａ座 2 单元", "A座 2 单元"),
            ("每次80元,低保减半", "每次80元,低保减半"),
            ("ZYH　67848406", "ZYH 67848406"),
        ] {
            assert_eq!(text(written), Read::value(expected.to_owned()), "{written:?}");
        }
        for nothing in ["", "无", "/", "——", "\u{200B}"] {
            assert_eq!(text(nothing), Read::blank(), "{nothing:?}");
        }
    }

    #[test]
    fn a_broken_formula_is_not_a_name() {
        let read = text("#REF!");
        assert!(read.value.is_none() && read.troubles.len() == 1 && !read.is_error());
    }

    #[test]
    fn an_unknown_category_goes_in_with_a_doubt() {
        assert_eq!(category("助 餐"), Read::value(Category("助餐".into())));
        assert_eq!(category("助餐服务"), Read::value(Category("助餐".into())));
        assert_eq!(category("便民服务"), Read::value(Category("便民服务".into())));
        let read = category("遛鸟");
        assert_eq!(
            (read.value, read.troubles.first().map(|trouble| trouble.code.code())),
            (Some(Category("遛鸟".into())), Some("CATEGORY_UNKNOWN"))
        );
    }
}
