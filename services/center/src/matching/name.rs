//! Names of services, taken apart: the place in them, the number of a sibling, the mark of a branch, the words that
//! everyone adds or leaves out, and what is left.

use super::place::Place;
use schema::area_name::without_leading_ending;
use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Characters that are one to the eye of whoever typed them: forms of the abandoned second simplification, and
/// look-alikes of the radicals.
const SAME_TO_THE_EYE: &[(char, char)] =
    &[('歺', '餐'), ('囗', '口'), ('褔', '福'), ('菅', '营'), ('昻', '昂'), ('旳', '的')];

/// Traditional forms that turn up in names, and what they are in simplified ones.
const TRADITIONAL: (&str, &str) = (
    "樂務點東醫衛療護鄰愛陽莊營發髮兒館廳長隊養壽賓興國學華會員區縣鎮鄉門關橋灣溝嶺馬雙陳張劉趙吳孫楊鄭馮蔣韓葉萬慶豐潤\
     銀齡書畫藝術劇團誌願義親婦兩聯體運動場園廣電氣車廠業產銷貨藥鋪舖飯麵館餐廚齋堂補辦處號樓層單",
    "乐务点东医卫疗护邻爱阳庄营发发儿馆厅长队养寿宾兴国学华会员区县镇乡门关桥湾沟岭马双陈张刘赵吴孙杨郑冯蒋韩叶万庆丰润\
     银龄书画艺术剧团志愿义亲妇两联体运动场园广电气车厂业产销货药铺铺饭面馆餐厨斋堂补办处号楼层单",
);

/// Characters that one input method offers for one another, because they sound or look alike.
const CONFUSABLE: &[&str] = &[
    "康庚",
    "福富褔",
    "照昭召",
    "营菅莹盈",
    "暖瑗煖",
    "院园苑",
    "家佳嘉",
    "理里礼",
    "医依",
    "站占",
    "儿几",
    "部陪步",
    "馆管",
    "志智至",
    "心新馨欣",
    "阳扬杨洋",
    "春椿",
    "惠慧会汇",
    "爱艾",
    "益义宜怡颐",
    "金今",
    "秋丘",
    "和合禾",
    "谐偕",
    "敬静净",
    "老佬",
    "松送",
    "鹤贺",
    "红宏洪",
    "邻林临",
    "晚婉",
    "晴情清",
    "安按",
    "健建",
    "祥详翔",
    "瑞锐",
    "同童",
    "助肋筑",
    "务努",
    "乐了",
    "民敏",
    "幸辛兴",
    "夕西",
    "寿受",
    "护户",
    "队对",
    "学雪",
    "课棵",
    "堂唐",
    "餐参",
    "食实",
    "浴裕",
    "护沪",
    "巾斤",
    "帼国",
    "青清轻",
    "年念",
    "卫为",
    "生升",
    "室市",
    "服复",
    "居局",
    "养样",
    "中钟",
    "日曰",
    "间问",
];

/// Words that name no particular service: each is added or left out at will. The longest first.
const FILLERS: &[&str] = &[
    "有限责任公司",
    "有限公司",
    "服务部",
    "老年人",
    "志愿者",
    "老年",
    "长者",
    "老人",
    "互助",
    "服务",
    "公司",
    "中心",
    "站",
    "点",
];

/// Of these, the ones that say what sort of place it is.
const FORMS: &[&str] = &["中心", "站", "点"];

/// What a filler leaves behind, where it is not nothing.
const FILLERS_THAT_LEAVE: &[(&str, &str)] = &[("志愿者", "志愿")];

/// What services are called by what they do, the words of one trade in a row. Whatever a name holds beyond these and
/// [`OF_ANY_TRADE`] is its own, by which it is told from another of its kind.
const TRADES: &[&[&str]] = &[
    &[
        "食堂", "餐厅", "餐馆", "餐车", "餐吧", "饭店", "饭馆", "饭堂", "早餐", "快餐", "小吃", "助餐", "送餐", "配餐",
        "用餐", "小厨", "厨房", "餐",
    ],
    &["家政", "保洁", "助洁", "钟点工"],
    &["洗衣", "干洗", "洗染"],
    &["理发", "美发", "剃头"],
    &["助浴", "洗浴", "浴室", "浴池", "洗澡"],
    &["家电", "维修", "修理", "电器"],
    &["助行", "出行", "接送", "代步"],
    &["跑腿", "代办", "缴费", "搬家"],
    &["超市", "便利", "便民", "商店", "商场", "小卖", "粮油", "副食", "农资", "助购", "代购"],
    &["药房", "大药房", "药店", "药铺"],
    &["邮政", "快递"],
    &[
        "卫生",
        "卫生室",
        "卫生所",
        "卫生院",
        "医院",
        "医务室",
        "医务",
        "门诊",
        "门诊部",
        "诊所",
        "助医",
        "家庭医生",
        "体检",
        "健康管理",
    ],
    &["中医", "中医馆", "国医馆", "针灸", "推拿"],
    &["口腔", "牙科", "眼科", "助听"],
    &["家庭病床", "病床"],
    &["护理", "护理院", "康复", "照护", "养生"],
    &["陪诊", "陪护"],
    &["日间", "照料", "托养", "托老", "托老所", "日托"],
    &["居家", "养老", "养老院", "敬老院", "福利院", "老年公寓", "公寓", "养老驿站", "驿站", "颐养院", "助老"],
    &["幸福院", "幸福小院", "农村幸福院"],
    &["探访", "关爱", "巡访", "陪伴", "互助队"],
    &["呼叫", "应急", "助急", "救助"],
    &["慈善"],
    &["残疾人", "助残"],
    &["大讲堂", "讲堂", "课堂", "学堂", "学校", "大学", "学院", "学习"],
    &["书屋", "图书", "图书室", "图书馆", "阅览", "阅览室"],
    &["书画", "书画社", "书法"],
    &["文化", "文体", "活动", "活动室", "娱乐", "棋牌"],
    &["广场舞", "舞蹈", "合唱", "艺术团", "戏曲", "太极", "健身", "秧歌"],
    &["法律", "援助"],
    &["心理", "咨询", "调解"],
    &["儿童", "少儿", "四点半", "未成年人"],
    &["妇女", "妇联"],
    &["青年", "少年", "共青团"],
    &["巾帼"],
    &["志愿", "志愿队", "义工", "雷锋"],
    &["党员"],
];

/// Words that go with any trade.
const OF_ANY_TRADE: &[&str] = &[
    "上门", "流动", "之家", "健康", "农村", "社区", "乡村", "村级", "协会", "小屋", "队", "社", "店", "部", "室", "所",
    "馆", "院", "分",
];

/// Words after which a numeral counts sites of one provider (`第二分点`, `二部`).
const SITE_COUNTERS: &[&str] = &[
    "号分店",
    "号店",
    "分点",
    "分店",
    "分部",
    "分站",
    "分院",
    "分社",
    "分队",
    "门店",
    "院区",
    "店",
    "部",
    "队",
    "点",
    "站",
];

/// Of these, the ones that count sites without 第 before the numeral: `一店` could be a village's name, `二部` is not.
const COUNTERS_WITHOUT_ORDINAL: &[&str] = &["号分店", "号店", "分点", "分店", "分部", "分站", "分院", "分社", "部"];

/// Marks of a branch whose parent is another site.
const BRANCH_MARKS: &[&str] = &["分院", "分店", "分点", "分部", "分站", "分中心", "分社", "分校", "分公司"];

/// Some rows of `TRADES`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trades(u64);

// One bit for each row.
const _: () = assert!(TRADES.len() <= 64);

impl Trades {
    /// Whether it is none of them.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether none of them is in both.
    pub fn is_disjoint(self, other: Trades) -> bool {
        self.0 & other.0 == 0
    }
}

impl FromIterator<usize> for Trades {
    fn from_iter<I: IntoIterator<Item = usize>>(rows: I) -> Trades {
        Trades(rows.into_iter().fold(0, |rows, row| rows | 1 << row))
    }
}

/// A name taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// As written, without spaces and in one width.
    pub plain: String,
    /// Without places, numbers of siblings and fillers: what the service is called.
    pub bare: Box<[char]>,
    /// Without places and numbers of siblings, with fillers.
    pub full: Box<[char]>,
    /// What is left of `bare` without the words of its trade: what tells it from another of its kind.
    pub own: Box<[char]>,
    /// The words of its trade, in the order in which they stand.
    pub words: Box<[&'static str]>,
    /// The trades that they are of.
    pub trades: Trades,
    /// `bare` with one character for all that are taken for one another.
    pub sound: Box<[char]>,
    /// How the place of the service is called, which one says and another leaves out or says otherwise.
    pub form: Option<&'static str>,
    /// `bare` after the village's name: compares a name whose village is misspelt with one whose village is not.
    pub with_village: Box<[char]>,
    /// Whether the village's name was found in it.
    pub names_village: bool,
    /// Whether it was found with a slip in it.
    pub misspells_village: bool,
    /// Whether the town's name stands before the village's.
    pub names_town: bool,
    /// Which of several sites of one provider in one place it is, if it says so.
    pub ordinal: Option<u32>,
    /// Whether it calls itself a branch.
    pub branch: bool,
}

/// Takes a name apart, knowing its place.
pub fn read(written: &str, place: &Place) -> Name {
    let plain = plain(written);
    let mut rest = plain.clone();
    for wider in &place.wider_names {
        if let Some(after) = rest.strip_prefix(wider.as_str()) {
            rest = after.to_owned();
        }
    }
    let begins_with_county = rest != plain;
    let village = without_village(&rest, place);
    let (without_town, names_town) = without_town(&village.rest, place, village.found);
    let (unnumbered, ordinal) = take_ordinal(&without_town);
    let full: String = unnumbered.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    let bare = without_fillers(&full);
    // 卫生院大山头村分: what is missing behind it is the slip, not the branch.
    let branch = full.ends_with('分') || BRANCH_MARKS.iter().any(|mark| full.contains(mark));
    let with_village = place.village_core.chars().filter(|_| village.found).chain(bare.chars()).collect();
    let bare: Vec<char> = bare.chars().collect();
    let (own, words) = without_trade(&bare);
    let of_word = |word: &&str| TRADES.iter().position(|row| row.contains(word));
    Name {
        plain,
        trades: words.iter().filter_map(of_word).collect(),
        own: own.into(),
        words: words.into(),
        sound: without(&sound(&full), sound).chars().collect(),
        form: FORMS.iter().copied().filter_map(|form| Some((full.rfind(form)?, form))).max().map(|(_, form)| form),
        bare: bare.into(),
        full: full.chars().collect(),
        with_village,
        names_village: village.found,
        misspells_village: village.misspelt,
        // Who writes the county before it writes an address, and marks no second site.
        names_town: names_town && !begins_with_county,
        ordinal,
        branch,
    }
}

/// The words of any trade by their first character, the longest first.
static WORDS: LazyLock<HashMap<char, Vec<&'static str>>> = LazyLock::new(|| {
    let mut words: HashMap<char, Vec<&str>> = HashMap::new();
    for word in TRADES.iter().copied().flatten().chain(OF_ANY_TRADE) {
        words.entry(word.chars().next().unwrap_or_default()).or_default().push(word);
    }
    words.values_mut().for_each(|beginning_alike| beginning_alike.sort_by_key(|word| std::cmp::Reverse(word.len())));
    words
});

/// What each character that is folded is folded into.
static FOLDED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let traditional = TRADITIONAL.0.chars().zip(TRADITIONAL.1.chars());
    SAME_TO_THE_EYE.iter().copied().chain(traditional).collect()
});

/// The first of those that each character is taken for.
static SOUNDS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let row = |row: &&'static str| row.chars().map(|c| (c, row.chars().next().unwrap_or(c))).collect::<Vec<_>>();
    // A character that stands in two rows sounds as in the first.
    CONFUSABLE.iter().rev().flat_map(row).collect()
});

/// Splits a bare name into what is its own and the words of its trade.
fn without_trade(bare: &[char]) -> (Vec<char>, Vec<&'static str>) {
    let (mut own, mut words, mut rest) = (Vec::new(), Vec::new(), bare);
    while let Some((first, after)) = rest.split_first() {
        let begins = |word: &&str| word.chars().count() <= rest.len() && word.chars().zip(rest).all(|(a, b)| a == *b);
        match WORDS.get(first).into_iter().flatten().copied().find(begins) {
            Some(word) => {
                words.push(word);
                rest = rest.get(word.chars().count()..).unwrap_or_default();
            }
            None => {
                own.push(*first);
                rest = after;
            }
        }
    }
    (own, words)
}

/// One width, no spaces or ornaments, look-alikes folded.
pub fn plain(written: &str) -> String {
    let fold = |c: char| FOLDED.get(&c).copied().unwrap_or(c);
    let ornament =
        |c: char| c.is_whitespace() || matches!(c, '·' | '-' | '—' | '_' | '"' | '“' | '”' | '\'' | '.' | ',');
    let bracket = |c: char| match c {
        '[' | '【' | '〔' | '{' | '<' | '《' => '(',
        ']' | '】' | '〕' | '}' | '>' | '》' => ')',
        other => other,
    };
    written.nfkc().filter(|c| !ornament(*c)).map(fold).map(bracket).collect::<String>().to_uppercase()
}

/// A name without its village's.
struct WithoutVillage {
    rest: String,
    found: bool,
    misspelt: bool,
}

/// Leaves out the village's own name, wherever it stands, with or without its ending. Many a village is called as its
/// town: where the town's whole name stands, the town is meant.
fn without_village(name: &str, place: &Place) -> WithoutVillage {
    let core = plain(&place.village_core);
    if core.is_empty() {
        return WithoutVillage { rest: name.to_owned(), found: false, misspelt: false };
    }
    let long_enough = core.chars().count() >= 2;
    for (at, _) in name.match_indices(core.as_str()) {
        let (before, from) = name.split_at(at);
        let after = from.strip_prefix(core.as_str()).unwrap_or_default();
        let is_town = place.town_names.first().is_some_and(|town| from.starts_with(town.as_str()));
        let short_but_clear = before.is_empty() && after.starts_with('村');
        if !is_town && (long_enough || short_but_clear) {
            let rest = format!("{before}{}", without_leading_ending(after)).replace("()", "");
            return WithoutVillage { rest, found: true, misspelt: false };
        }
    }
    match without_misspelt_village(name, &core, place) {
        Some(rest) => WithoutVillage { rest, found: true, misspelt: true },
        None => WithoutVillage { rest: name.to_owned(), found: false, misspelt: false },
    }
}

/// Leaves out a village's name that stands at the beginning, or behind the town's, with one slip in it. A name of two
/// characters is too short for that: with a slip it could be anything.
fn without_misspelt_village(name: &str, core: &str, place: &Place) -> Option<String> {
    let core: Vec<char> = core.chars().collect();
    if core.len() < 3 {
        return None;
    }
    let behind_town = place.town_names.iter().find_map(|town| name.strip_prefix(town.as_str()));
    for from in [Some(name), behind_town].into_iter().flatten() {
        let before = name.strip_suffix(from).unwrap_or_default();
        let chars: Vec<char> = from.chars().collect();
        // The longest first: of 小山头, 小山 is left only where 小山某 is not one slip away.
        for length in (core.len() - 1..=core.len() + 1).rev() {
            let Some((seen, after)) = chars.split_at_checked(length) else { continue };
            if after.len() >= 2 && slip(seen, &core) {
                let after: String = after.iter().collect();
                return Some(format!("{before}{}", without_leading_ending(&after)));
            }
        }
    }
    None
}

/// Leaves out the town's name at the beginning, and says whether it stood there as the place before a village. In
/// `骊城街道卫生院` it belongs to the parent, whom every branch names, and says nothing either.
fn without_town(name: &str, place: &Place, names_village: bool) -> (String, bool) {
    let town = |rest: &str| {
        let after = place.town_names.iter().find_map(|town| rest.strip_prefix(town.as_str()));
        after.filter(|after| after.chars().count() >= 2).map(str::to_owned)
    };
    let Some(after) = town(name) else { return (name.to_owned(), false) };
    let of_the_parent = after.starts_with("卫生院") || after.starts_with("中心");
    // 荒佃庄镇荒佃庄镇卫生院欧坨村分院: the first is the place, the second belongs to the parent.
    let rest = town(&after).unwrap_or(after);
    (rest, names_village && !of_the_parent)
}

/// Takes out the number of a sibling: `(二)`, `二部`, `第2分点`, `Ⅱ`.
fn take_ordinal(name: &str) -> (String, Option<u32>) {
    for (at, _) in name.char_indices() {
        let Some(tail) = name.get(at..) else { continue };
        let before = name.get(..at).unwrap_or_default();
        if let Some((length, number)) = numbered(tail).filter(|_| !before.is_empty()) {
            let after = tail.get(length..).unwrap_or_default();
            return (format!("{before}{after}"), Some(number));
        }
        if let Some(number) = number_at_the_end(before, tail) {
            return (before.to_owned(), Some(number));
        }
    }
    (name.to_owned(), None)
}

/// The number of a sibling that ends a name without a word that counts: `食堂2`, `食堂二号`, `食堂第二`, `食堂II`.
fn number_at_the_end(before: &str, tail: &str) -> Option<u32> {
    // A single numeral in characters belongs to a name (三村), unless something says that it counts.
    let (inside, counts) = match tail.strip_prefix('第') {
        Some(inside) => (inside, true),
        None => (tail, false),
    };
    if before.chars().count() < 2 || before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '第') {
        return None;
    }
    let (number, after) = numeral(inside)?;
    let plain_digits = inside.starts_with(|c: char| c.is_ascii_alphanumeric());
    match after {
        "" if counts || plain_digits => Some(number),
        "号" | "店" | "站" | "队" | "室" if counts || plain_digits || number > 1 => Some(number),
        _ => None,
    }
}

/// If `text` begins with the number of a sibling: how many bytes it takes, and the number.
fn numbered(text: &str) -> Option<(usize, u32)> {
    if let Some(inside) = text.strip_prefix('(') {
        let inside = inside.strip_prefix('第').unwrap_or(inside);
        let (number, after) = numeral(inside)?;
        let after = SITE_COUNTERS.iter().chain(&["号"]).find_map(|word| after.strip_prefix(word)).unwrap_or(after);
        let after = after.strip_prefix(')')?;
        return Some((text.len() - after.len(), number));
    }
    let (counters, inside) = match text.strip_prefix('第') {
        Some(inside) => (SITE_COUNTERS, inside),
        None => (COUNTERS_WITHOUT_ORDINAL, text),
    };
    let (number, after) = numeral(inside)?;
    let after = counters.iter().find_map(|counter| after.strip_prefix(counter))?;
    Some((text.len() - after.len(), number))
}

/// A numeral at the beginning of `text`, below a hundred.
fn numeral(text: &str) -> Option<(u32, &str)> {
    const DIGITS: &str = "零一二三四五六七八九";
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    if !digits.is_empty() {
        let number = digits.parse().ok().filter(|number| *number < 100)?;
        return Some((number, text.get(digits.len()..)?));
    }
    // NFKC makes Ⅱ of the numbers two I.
    for (roman, number) in [("VIII", 8), ("VII", 7), ("III", 3), ("VI", 6), ("IV", 4), ("II", 2), ("V", 5), ("I", 1)] {
        if let Some(after) =
            text.strip_prefix(roman).filter(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
        {
            return Some((number, after));
        }
    }
    let value = |c: char| DIGITS.chars().position(|digit| digit == c).and_then(|value| u32::try_from(value).ok());
    let mut characters = text.chars();
    let first = characters.next()?;
    if first == '十' {
        let rest = characters.as_str();
        let units = characters.next().and_then(value);
        return Some((10 + units.unwrap_or(0), if units.is_some() { characters.as_str() } else { rest }));
    }
    let tens = if first == '两' { 2 } else { value(first)? };
    let rest = characters.as_str();
    if characters.next() == Some('十') {
        let after_ten = characters.as_str();
        let units = characters.next().and_then(value);
        return Some((tens * 10 + units.unwrap_or(0), if units.is_some() { characters.as_str() } else { after_ten }));
    }
    Some((tens, rest))
}

/// Leaves out the words that name no particular service, unless nothing would be left.
fn without_fillers(name: &str) -> String {
    without(name, str::to_owned)
}

/// As `without_fillers`, of a name that is written as `spell` writes.
fn without(name: &str, spell: impl Fn(&str) -> String) -> String {
    let mut rest = name.to_owned();
    for filler in FILLERS {
        let left = FILLERS_THAT_LEAVE.iter().find(|(word, _)| word == filler).map_or("", |(_, left)| left);
        let shorter = rest.replace(&spell(filler), &spell(left));
        if shorter.chars().count() >= 2 {
            rest = shorter;
        }
    }
    rest
}

/// One character for all that are taken for one another.
fn sound(text: &str) -> String {
    text.chars().map(sounds_as).collect()
}

fn sounds_as(c: char) -> char {
    SOUNDS.get(&c).copied().unwrap_or(c)
}

/// A text with one character for all that are taken for one another.
pub(super) fn sounds(text: &[char]) -> Vec<char> {
    text.iter().copied().map(sounds_as).collect()
}

/// Whether one text comes of the other by one slip of whoever typed it: a character left out, put in twice or put in,
/// two neighbours exchanged, or one taken for another that sounds or looks alike.
pub fn slip(one: &[char], other: &[char]) -> bool {
    let (one, other) = without_common_ends(one, other);
    match (one, other) {
        ([], []) => false,
        ([], [_]) | ([_], []) => true,
        ([a], [b]) => CONFUSABLE.iter().any(|row| row.contains(*a) && row.contains(*b)),
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

/// Whether two texts differ in one character alone, whichever.
pub fn one_character_apart(one: &[char], other: &[char]) -> bool {
    let (one, other) = without_common_ends(one, other);
    one.len() == 1 && other.len() == 1
}

fn without_common_ends<'a>(one: &'a [char], other: &'a [char]) -> (&'a [char], &'a [char]) {
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.get(head..).unwrap_or_default(), other.get(head..).unwrap_or_default());
    let tail = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let cut = |text: &'a [char]| text.get(..text.len() - tail).unwrap_or_default();
    (cut(one), cut(other))
}

#[cfg(test)]
mod tests;
