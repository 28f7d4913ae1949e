//! What something costs, where words about fees say it clearly: `免费`, `每次60元`, `8元/餐`.
//!
//! Only one price for one unit, or nothing at all, is clear. Anything beside it (`80岁以上免费，其他8元`, `每次60元，上门另收20元`), a
//! range, a price to begin with or one that is said to be about so much is not: then the words stand alone.

use super::normalise;

/// What one unit costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// In fen, a hundredth of a yuan; nothing where it is free.
    pub fen: u32,
    /// For what: 次, 餐, 小时, 月 ... None where nobody said, or where it is free.
    pub unit: Option<&'static str>,
}

const FREE: &[&str] =
    &["免费", "全部免费", "全免费", "免费服务", "免费提供", "不收费", "不收取费用", "无偿", "无偿服务", "0元"];

/// What is paid for; where one begins with another, the longer first.
const UNITS: &[&str] = &[
    "人次", "床日", "小时", "课时", "公里", "床位", "次", "餐", "份", "顿", "天", "日", "月", "年", "人", "床", "件",
    "位", "户", "周",
];

/// Words before a price that add nothing.
const BEFORE: &[&str] = &["收费标准", "收费", "费用", "价格", "标准", ":", "为", "是", "按"];

/// What the words say that it costs; none where that is not clear.
pub fn cost(written: &str) -> Option<Cost> {
    let text = normalise(written).replace([' ', '¥', '￥'], "");
    let mut text = text.trim_end_matches(['。', '.', ';', ',']);
    while let Some(rest) = BEFORE.iter().find_map(|word| text.strip_prefix(word)) {
        text = rest;
    }
    if FREE.contains(&text) {
        return Some(Cost { fen: 0, unit: None });
    }
    // 每次60元, 每小时30元.
    if let Some(rest) = text.strip_prefix('每').or_else(|| text.strip_prefix('一')) {
        let (unit, rest) = unit(rest)?;
        let (fen, rest) = yuan(rest)?;
        return rest.is_empty().then_some(Cost { fen, unit: Some(unit) });
    }
    // 60元, 60元/次, 60元每次, 60元一次.
    let (fen, rest) = yuan(text)?;
    if rest.is_empty() {
        return Some(Cost { fen, unit: None });
    }
    let (unit, rest) = unit(rest.strip_prefix(['/', '每', '一'])?)?;
    rest.is_empty().then_some(Cost { fen, unit: Some(unit) })
}

fn unit(text: &str) -> Option<(&'static str, &str)> {
    UNITS.iter().find_map(|unit| Some((*unit, text.strip_prefix(unit)?)))
}

/// A price in yuan at the beginning of a text, in fen.
fn yuan(text: &str) -> Option<(u32, &str)> {
    let whole = text.bytes().take_while(u8::is_ascii_digit).count();
    let (yuan, rest) = text.split_at(whole);
    let yuan: u32 = yuan.parse().ok()?;
    let (fen, rest) = match rest.strip_prefix('.') {
        None => (0, rest),
        Some(rest) => {
            let places = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (decimals, rest) = rest.split_at(places);
            let fen: u32 = decimals.parse().ok()?;
            match places {
                1 => (fen * 10, rest),
                2 => (fen, rest),
                _ => return None,
            }
        }
    };
    let rest = rest.strip_prefix("元整").or_else(|| rest.strip_prefix('元'))?;
    Some((yuan.checked_mul(100)?.checked_add(fen)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_price_for_one_unit_or_nothing_is_clear() {
        for (written, expected) in [
            ("免费", (0, None)),
            ("不收费。", (0, None)),
            ("每次60元", (6_000, Some("次"))),
            ("收费标准：每餐8元", (800, Some("餐"))),
            ("8.5元/餐", (850, Some("餐"))),
            ("１２元／份", (1_200, Some("份"))),
            ("30元每小时", (3_000, Some("小时"))),
            ("1200元/月", (120_000, Some("月"))),
            ("每床日40元", (4_000, Some("床日"))),
            ("15元", (1_500, None)),
        ] {
            let got = cost(written).map(|cost| (cost.fen, cost.unit));
            assert_eq!(got, Some(expected), "{written}");
        }
    }

    #[test]
    fn what_has_conditions_ranges_or_more_prices_is_told_in_words_alone() {
        for written in [
            "",
            "面议",
            "80岁以上免费",
            "80岁以上免费，其他8元/餐",
            "10-20元/次",
            "60元起",
            "约60元/次",
            "每次60元，上门另收20元",
            "老年人协议价12元；60岁以上8折",
            "65岁以上9折",
            "不免费",
            "60",
            "每次",
            "1.234元",
            "99999999999元",
            "4294967295元",
        ] {
            assert_eq!(cost(written), None, "{written}");
        }
    }
}
