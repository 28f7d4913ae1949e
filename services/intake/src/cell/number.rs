//! Counts, ages, money, yes and no.
//!
//! Words around a number that only say what is counted (`20人`, `共3个`, `￥15元/份`) are left out. A number that is not one
//! number (`10-20`, `若干`, `20余人`) is doubted and dropped; a negative one and an age nobody reaches refuse the row.

use super::{chinese_number, is_blank, normalise, without_point_zero};
use crate::read::{Read, Trouble};
use schema::eligibility::OLDEST_AGE;
use schema::finding::CellFinding;

/// A whole number.
pub fn count(written: &str) -> Read<u32> {
    if is_blank(written) {
        return Read::blank();
    }
    let text = bare(
        written,
        &[
            "人", "名", "位", "个", "张", "份", "家", "户", "支", "次", "处", "台", "套", "床", "对", "团队", "餐",
            "间", "辆", "共", "计", "约", "合计", "左右", "人次", "所", "组", "队",
        ],
    );
    match read_decimal(&text) {
        Some(Decimal { negative: true, .. }) => Read::trouble(negative()),
        Some(Decimal { whole, hundredths: 0, exact: true, .. }) => match u32::try_from(whole) {
            Ok(number) => Read::value(number),
            Err(_) => Read::trouble(not_a_number()),
        },
        Some(_) | None => match chinese_number(&text) {
            Some(number) => Read::value(number),
            None => Read::trouble(not_a_number()),
        },
    }
}

/// An age in full years. `不限` is no bound.
pub fn age(written: &str) -> Read<u8> {
    if is_blank(written)
        || matches!(normalise(written).as_str(), "不限" | "无限制" | "不限年龄" | "年龄不限" | "无要求")
    {
        return Read::blank();
    }
    let text = bare(
        written,
        &["及以上", "以上", "周岁", "岁", "满", "年满", "(含)", "含", "及", "≥", ">=", "+", "不低于", "不小于", "起"],
    );
    let number = match read_decimal(&text) {
        Some(Decimal { negative: true, .. }) => return Read::trouble(negative()),
        Some(Decimal { whole, hundredths: 0, exact: true, .. }) => whole,
        Some(_) | None => match chinese_number(&text) {
            Some(number) => u64::from(number),
            None => return Read::trouble(not_a_number()),
        },
    };
    match u8::try_from(number) {
        Ok(years) if years <= OLDEST_AGE => Read::value(years),
        Ok(_) | Err(_) => Read::trouble(Trouble::error(CellFinding::AgeImpossible)),
    }
}

/// Money, in fen. `免费` is 0. Fractions below a fen are doubted.
pub fn fen(written: &str) -> Read<u32> {
    if is_blank(written) {
        return Read::blank();
    }
    let folded = normalise(written).replace(' ', "");
    const FREE: [&str; 18] = [
        "免费",
        "免",
        "不收费",
        "公益",
        "无偿",
        "全免",
        "免单",
        "免收",
        "零元",
        "不要钱",
        "免费提供",
        "公益免费",
        "全免费",
        "完全免费",
        "免费服务",
        "免费用餐",
        "免费就餐",
        "0元(免费)",
    ];
    if FREE.contains(&folded.trim_end_matches('。')) {
        return Read::value(0);
    }
    let text = bare(
        written,
        &["人民币", "￥", "¥", "元", "圆", "块", "整", "RMB", "/份", "/餐", "/次", "每份", "每餐", "每次", "每人"],
    );
    match read_decimal(&text) {
        Some(Decimal { negative: true, .. }) => Read::trouble(negative()),
        Some(Decimal { whole, hundredths, exact: true, .. }) => {
            match whole
                .checked_mul(100)
                .and_then(|fen| fen.checked_add(hundredths))
                .and_then(|fen| u32::try_from(fen).ok())
            {
                Some(fen) => Read::value(fen),
                None => Read::trouble(not_a_number()),
            }
        }
        Some(_) | None => Read::trouble(not_a_number()),
    }
}

/// Yes or no, in the words and ticks of forms.
pub fn yes_no(written: &str) -> Read<bool> {
    let text = normalise(written).replace(' ', "").to_lowercase();
    const YES: &[&str] = &[
        "是",
        "可",
        "可以",
        "有",
        "能",
        "√",
        "✓",
        "✔",
        "☑",
        "对",
        "y",
        "yes",
        "true",
        "1",
        "提供",
        "支持",
        "上门",
        "可上门",
        "合格",
        "符合",
        "已",
        "t",
        "v",
    ];
    const NO: &[&str] = &[
        "否",
        "不可",
        "不可以",
        "无",
        "没有",
        "不能",
        "×",
        "✗",
        "✘",
        "☒",
        "x",
        "n",
        "no",
        "false",
        "0",
        "不提供",
        "不支持",
        "不上门",
        "不",
        "未",
        "不合格",
        "不符合",
        "f",
        "不是",
    ];
    if YES.contains(&text.as_str()) {
        return Read::value(true);
    }
    if NO.contains(&text.as_str()) {
        return Read::value(false);
    }
    if is_blank(written) {
        return Read::blank();
    }
    Read::trouble(Trouble::doubt(CellFinding::YesNoUnknown))
}

struct Decimal {
    negative: bool,
    whole: u64,
    hundredths: u64,
    exact: bool,
}

/// A decimal number, with its thousands separators.
fn read_decimal(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let ungrouped = ungroup(whole)?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let hundredths = format!("{fraction:0<2}").get(..2).and_then(|two| two.parse().ok())?;
    Some(Decimal { negative, whole: ungrouped.parse().ok()?, hundredths, exact: fraction.len() <= 2 })
}

/// The digits without thousands separators, if those stand where they should.
fn ungroup(digits: &str) -> Option<String> {
    let mut groups = digits.split(',');
    let first = groups.next().filter(|first| !first.is_empty())?;
    let rest: Vec<&str> = groups.collect();
    let well_grouped = rest.is_empty() || (first.len() <= 3 && rest.iter().all(|group| group.len() == 3));
    let joined: String = std::iter::once(first).chain(rest).collect();
    (well_grouped && joined.bytes().all(|byte| byte.is_ascii_digit())).then_some(joined)
}

/// The text without blanks and without words of `around` at either end.
fn bare(written: &str, around: &[&str]) -> String {
    let text = normalise(written).replace(' ', "");
    let mut text = text.as_str();
    loop {
        let before = text;
        for word in around {
            text = text.strip_prefix(word).unwrap_or(text);
            text = text.strip_suffix(word).unwrap_or(text);
        }
        text = text.trim_matches([':', '、', '。', ';', '(', ')']);
        if text == before {
            return without_point_zero(text).to_owned();
        }
    }
}

fn negative() -> Trouble {
    Trouble::error(CellFinding::NumberNegative)
}

fn not_a_number() -> Trouble {
    Trouble::doubt(CellFinding::NumberUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        for (written, expected) in [
            ("20", 20),
            ("２０", 20),
            ("20.0", 20),
            ("20人", 20),
            ("约20人", 20),
            ("共3个", 3),
            ("1,200", 1200),
            ("0", 0),
            ("30 张", 30),
            ("二十", 20),
            ("十二名", 12),
            ("20人左右", 20),
        ] {
            assert_eq!(count(written), Read::value(expected), "{written}");
        }
        for doubtful in ["若干", "不限", "10-20", "20余人", "2.5", "待定", "99999999999999999999", "1,20", "5E+3"]
        {
            let read = count(doubtful);
            assert!(!read.is_error() && read.value.is_none() && read.troubles.len() == 1, "{doubtful}");
        }
        assert!(count("-5").is_error());
        for blank in ["", "/", "-", "无"] {
            assert_eq!(count(blank), Read::blank(), "{blank}");
        }
    }

    #[test]
    fn ages() {
        for (written, expected) in [
            ("60", 60),
            ("60岁", 60),
            ("60周岁以上", 60),
            ("年满65周岁", 65),
            ("八十", 80),
            ("80岁及以上", 80),
            ("80周岁（含）以上", 80),
            ("≥60", 60),
            ("60+", 60),
            ("六十岁以上", 60),
            ("0", 0),
        ] {
            assert_eq!(age(written), Read::value(expected), "{written}");
        }
        assert_eq!(age("不限"), Read::blank());
        assert!(age("600").is_error());
        assert!(!age("老人").is_error());
    }

    #[test]
    fn money() {
        for (written, expected) in [
            ("15", 1500),
            ("15元", 1500),
            ("￥15.5", 1550),
            ("¥8.88元/份", 888),
            ("1,200.50", 120_050),
            ("免费", 0),
            ("0", 0),
            ("12.00", 1200),
            ("每份10元", 1000),
        ] {
            assert_eq!(fen(written), Read::value(expected), "{written}");
        }
        for doubtful in ["10-15", "面议", "1.999", "五折"] {
            assert!(fen(doubtful).value.is_none() && !fen(doubtful).is_error(), "{doubtful}");
        }
        assert!(fen("-3").is_error());
    }

    #[test]
    fn yes_and_no() {
        for yes in ["是", "可", "有", "√", "Y", "1", "可以", "是 "] {
            assert_eq!(yes_no(yes), Read::value(true), "{yes}");
        }
        for no in ["否", "不可", "无", "×", "N", "0", "没有"] {
            assert_eq!(yes_no(no), Read::value(false), "{no}");
        }
        for blank in ["", "/", "-"] {
            assert_eq!(yes_no(blank), Read::blank(), "{blank}");
        }
        assert!(yes_no("看情况").value.is_none() && !yes_no("看情况").is_error());
    }
}
