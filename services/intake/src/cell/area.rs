//! Division codes: twelve digits, or six or nine meaning the county or the town.
//!
//! A code is only good if the declared list of divisions has it. What a spreadsheet did to a code (scientific notation)
//! cannot be undone and refuses the row; so does a code that no division has, with a hint when the division above is
//! known or when the code was abolished.

use super::{is_blank, is_scientific, normalise, without_point_zero};
use crate::read::{Read, Trouble};
use schema::area_book::AreaBook;
use schema::{AreaCode, AreaLevel};

/// One code.
pub fn area(written: &str, areas: &AreaBook) -> Read<AreaCode> {
    if is_blank(written) {
        return Read::blank();
    }
    match code(&normalise(written), areas) {
        Ok(code) => Read::value(code),
        Err(trouble) => Read::trouble(trouble),
    }
}

/// Several codes, in code order and without repetition. One bad code refuses them all.
pub fn areas(written: &str, areas: &AreaBook) -> Read<Vec<AreaCode>> {
    if is_blank(written) {
        return Read::blank();
    }
    let text = normalise(written);
    let mut codes = Vec::new();
    for part in text.split([',', '、', ';', '/', '|', ' ', '\n', '和', '及']).filter(|part| !part.trim().is_empty())
    {
        match code(part, areas) {
            Ok(code) => codes.push(code),
            Err(trouble) => return Read::trouble(trouble),
        }
    }
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() { Read::blank() } else { Read::value(codes) }
}

fn code(text: &str, areas: &AreaBook) -> Result<AreaCode, Trouble> {
    let text: String = text.chars().filter(|character| !matches!(character, ' ' | '\'' | '`' | '‘' | '’')).collect();
    let text = without_point_zero(&text);
    if is_scientific(text) {
        return Err(Trouble::error(
            "AREA_CODE_AS_NUMBER",
            "区划代码被表格变成了数字，后几位已经丢失",
            "the spreadsheet turned the division code into a number and lost its last digits",
        )
        .remedy(
            "请把这一列设为“文本”格式，重新填写12位代码",
            "format the column as text and enter the 12 digits again",
        ));
    }
    let parsed = sole_run_of_digits(text).and_then(|digits| digits.parse::<AreaCode>().ok());
    let Some(parsed) = parsed else {
        return Err(Trouble::error(
            "AREA_CODE_MALFORMED",
            "不是区划代码（应为12位数字；9位表示乡镇街道，6位表示县区）",
            "not a division code: 12 digits, or 9 for a town, or 6 for a county",
        )
        .remedy("请按统计用区划代码填写", "enter the statistical division code"));
    };
    if areas.get(parsed).is_some() { Ok(parsed) } else { Err(unknown(parsed, areas)) }
}

/// The digits of a text that holds one run of them, e.g. `大李官营村(130306100209)`.
fn sole_run_of_digits(text: &str) -> Option<&str> {
    let mut runs = text.split(|character: char| !character.is_ascii_digit()).filter(|run| !run.is_empty());
    let run = runs.next()?;
    let letters = text.chars().any(|character| character.is_ascii_alphabetic() || matches!(character, '.' | '+' | '-'));
    (runs.next().is_none() && !letters).then_some(run)
}

fn unknown(code: AreaCode, areas: &AreaBook) -> Trouble {
    let trouble = Trouble::error(
        "AREA_CODE_UNKNOWN",
        format!("区划目录里没有代码{code}"),
        format!("no division has the code {code}"),
    );
    let replaced = areas.changes().iter().find_map(|change| {
        let (old, new) = (change.old_code?, change.new_code?);
        (old != new && old.level() == AreaLevel::County && old.contains(code)).then_some((old, new, change))
    });
    if let Some((old, new, change)) = replaced {
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        return trouble.remedy(
            format!(
                "{}年{}{}改为{}{}，请按现行代码填写（个别乡镇划入了别的区）",
                change.year,
                name(&change.old_name),
                old.county(),
                name(&change.new_name),
                new.county()
            ),
            format!(
                "in {} {} ({}) became {} ({}); enter the present code (some towns went to other districts)",
                change.year,
                name(&change.old_name),
                old.county(),
                name(&change.new_name),
                new.county()
            ),
        );
    }
    let above = code.with_ancestors().skip(1).find_map(|above| areas.get(above));
    match above {
        Some(above) => trouble.remedy(
            format!("代码前段是{}，请核对后面几位；也可以只填乡镇代码（前9位）", above.name),
            format!("its beginning is {}; check the digits after that, or give the town's code (first 9)", above.name),
        ),
        None => trouble.remedy("请按统计用区划代码核对", "check it against the statistical division codes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::Scheme;
    use schema::areas::{Area, AreaChanged, AreasEvent, AreasListed};

    fn book() -> AreaBook {
        let mut book = AreaBook::default();
        let area = |code: &str, name: &str| {
            let code: AreaCode = code.parse().unwrap();
            Area { code, name: name.into(), level: code.level(), parent: code.with_ancestors().nth(1) }
        };
        let areas = vec![area("130306", "抚宁区"), area("130306100", "抚宁镇"), area("130306100209", "大李官营村委会")];
        book.apply(&AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas }));
        book.apply(&AreasEvent::AreaChanged(AreaChanged {
            scheme: Scheme::default(),
            year: 2015,
            change: "撤县设区".into(),
            old_code: "130323".parse().ok(),
            old_name: Some("抚宁县".into()),
            new_code: "130306".parse().ok(),
            new_name: Some("抚宁区".into()),
            document: None,
        }));
        book
    }

    #[test]
    fn codes_in_the_forms_that_clerks_write() {
        for (written, expected) in [
            ("130306100209", "130306100209"),
            ("１３０３０６１００２０９", "130306100209"),
            (" 130306 100209 ", "130306100209"),
            ("'130306100209", "130306100209"),
            ("130306100209.0", "130306100209"),
            ("大李官营村（130306100209）", "130306100209"),
            ("130306100", "130306100000"),
            ("130306", "130306000000"),
            ("130306000000", "130306000000"),
        ] {
            assert_eq!(area(written, &book()), Read::value(expected.parse().unwrap()), "{written}");
        }
    }

    #[test]
    fn codes_that_cannot_be_refuse_the_row_and_say_why() {
        for (written, code, hint) in [
            ("130399100207", "AREA_CODE_UNKNOWN", "核对"),
            ("130306100999", "AREA_CODE_UNKNOWN", "抚宁镇"),
            ("130323100209", "AREA_CODE_UNKNOWN", "2015年抚宁县130323改为抚宁区130306"),
            ("1.30306E+11", "AREA_CODE_AS_NUMBER", "文本"),
            ("13030610020", "AREA_CODE_MALFORMED", ""),
            ("大李官营村", "AREA_CODE_MALFORMED", ""),
            ("130306-100209", "AREA_CODE_MALFORMED", ""),
        ] {
            let read = area(written, &book());
            assert!(read.is_error() && read.value.is_none(), "{written}");
            assert_eq!(read.troubles[0].code, code, "{written}");
            assert!(read.troubles[0].remedy_zh.contains(hint), "{written}: {}", read.troubles[0].remedy_zh);
        }
        assert_eq!(area(" ", &book()), Read::blank());
    }

    #[test]
    fn several_codes_come_in_code_order_once_each() {
        let read = areas("130306100209、130306；130306100209", &book());
        assert_eq!(
            read.value.unwrap().iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["130306000000", "130306100209"]
        );
        assert!(areas("130306,999999", &book()).is_error());
    }
}
