//! An area served with exclusions and limits: `抚宁镇（不含大李官营村）`, `除大李官营村外的全镇`, `抚宁镇（仅限小李官营村）`.
//!
//! What is excluded is taken out: the rest is listed division by division, a level below. Where that cannot be done, because
//! a name is not understood or only `部分` is said, the whole is left out with a doubt: nobody is told that they are served
//! who may not be.

use super::area::{self, is_code};
use crate::gazetteer::{Gazetteer, Named};
use crate::read::{Read, Trouble};
use schema::finding::{AreaFinding, NamedArea};
use schema::limits::quoted;
use schema::{AreaCode, AreaLevel};

/// Words that take something out, or say that it is not all.
const DENIALS: &[&str] = &[
    "不含",
    "不包括",
    "不包含",
    "不覆盖",
    "不服务",
    "除去",
    "除了",
    "除",
    "排除",
    "以外",
    "之外",
    "例外",
    "非",
    "未",
    "不",
];
const ONLY: &[&str] = &["仅限于", "仅限", "只限于", "只限", "限于", "仅", "只", "限"];
/// Words in brackets that take nobody out.
const WHOLE: &[&str] = &["含", "包括", "全部", "全域", "所有", "各村", "全体", "辖区", "共"];

/// Whether a text has to be read with care.
pub(super) fn is_limited(text: &str) -> bool {
    let words = DENIALS.iter().chain(ONLY);
    text.contains(['(', '[', '【']) || words.into_iter().any(|word| text.contains(word))
}

/// What was made out of a cell.
#[derive(Default)]
struct Served {
    served: Vec<AreaCode>,
    excluded: Vec<AreaCode>,
    /// Something was said that nobody understands.
    unclear: bool,
    troubles: Vec<Trouble>,
}

/// A list of areas that is limited. `plain` reads a part without limits.
pub(super) fn read(
    text: &str,
    areas: &Gazetteer,
    home: Option<AreaCode>,
    plain: impl Fn(&str) -> Read<Vec<AreaCode>>,
) -> Read<Vec<AreaCode>> {
    let mut served = Served::default();
    let mut denying = false;
    for piece in pieces(text) {
        denying = served.piece(&piece, denying, areas, home, &plain);
    }
    served.finish(text, areas)
}

impl Served {
    /// Takes in one piece; says whether what follows is denied, too.
    fn piece(
        &mut self,
        piece: &str,
        denying: bool,
        areas: &Gazetteer,
        home: Option<AreaCode>,
        plain: &impl Fn(&str) -> Read<Vec<AreaCode>>,
    ) -> bool {
        let (outside, inside) = out_of_brackets(piece);
        let Some(said) = Said::of(&outside, denying) else {
            self.unclear = true;
            return false;
        };
        self.exclude(&said.excluded, areas, home);
        let before = self.served.len();
        // A code or a name beside it in brackets is read as it always was.
        let whole = inside.iter().all(|inside| is_digits(inside) || says_nothing_else(inside));
        if !said.served.is_empty() {
            let beside_its_code = inside.iter().any(|inside| is_digits(inside));
            let read = plain(if whole && beside_its_code && said.served == outside { piece } else { &said.served });
            self.served.extend(read.value.unwrap_or_default());
            self.troubles.extend(read.troubles);
        }
        if !whole {
            for inside in &inside {
                self.bracket(inside, before, areas, home);
            }
        }
        said.goes_on
    }

    /// What stands in brackets behind the areas served from `before` on.
    fn bracket(&mut self, inside: &str, before: usize, areas: &Gazetteer, home: Option<AreaCode>) {
        let heads: Vec<AreaCode> = self.served.get(before..).unwrap_or_default().to_vec();
        let within = heads.first().copied().or(home);
        if let Some(only) = ONLY.iter().find_map(|word| inside.strip_prefix(word)) {
            return match named(only, areas, within) {
                Some(codes) if codes.iter().all(|code| heads.iter().any(|head| head.contains(*code))) => {
                    self.served.truncate(before);
                    self.served.extend(codes);
                }
                _ => self.unclear = true,
            };
        }
        if DENIALS.iter().any(|word| inside.contains(word)) {
            return match Said::of(inside, false) {
                Some(said) if said.served.is_empty() => self.exclude(&said.excluded, areas, within),
                _ => self.unclear = true,
            };
        }
        if says_nothing_else(inside) {
            return;
        }
        match named(inside, areas, within) {
            // 下庄村（台营镇）: in what it lies.
            Some(codes) if codes.iter().all(|code| heads.iter().all(|head| code.contains(*head))) => {}
            // 抚宁镇（大李官营村、小李官营村）: those of it that are named.
            Some(codes) if codes.iter().all(|code| heads.iter().any(|head| head.contains(*code))) => {
                self.served.truncate(before);
                self.served.extend(codes);
            }
            _ => self.unclear = true,
        }
    }

    fn exclude(&mut self, names: &[String], areas: &Gazetteer, home: Option<AreaCode>) {
        for name in names {
            let within = self.served.last().copied().or(home);
            match named(name, areas, within) {
                Some(codes) => self.excluded.extend(codes),
                None => self.unclear = true,
            }
        }
    }

    fn finish(mut self, text: &str, areas: &Gazetteer) -> Read<Vec<AreaCode>> {
        let refused = self.troubles.iter().any(|trouble| trouble.severity == schema::hand_in::Severity::Error);
        let mut left: Option<Vec<AreaCode>> = (!self.unclear).then(Vec::new);
        for code in &self.served {
            let rest = without(*code, &self.excluded, areas);
            left = left.zip(rest).map(|(mut left, rest)| {
                left.extend(rest);
                left
            });
        }
        let outside = |excluded: &AreaCode| !self.served.iter().any(|served| served.contains(*excluded));
        match left.filter(|left| !left.is_empty() && !self.excluded.iter().any(outside)) {
            _ if refused => Read { value: None, troubles: self.troubles },
            Some(codes) => {
                if !self.excluded.is_empty() {
                    let count = u32::try_from(self.excluded.len()).unwrap_or(u32::MAX);
                    let named = |code: &AreaCode| NamedArea { code: *code, name: areas.full_name(*code) };
                    let excluded = self.excluded.iter().take(6).map(named).collect();
                    self.troubles.push(Trouble::doubt(AreaFinding::Excepted { areas: excluded, count }));
                }
                Read { value: Some(codes), troubles: self.troubles }
            }
            None => {
                self.troubles.push(Trouble::doubt(AreaFinding::CoverageUnclear { words: quoted(text) }));
                Read { value: None, troubles: self.troubles }
            }
        }
    }
}

/// What a text without brackets says is served, and what is not.
struct Said {
    served: String,
    excluded: Vec<String>,
    goes_on: bool,
}

impl Said {
    /// None when the denial is not understood.
    fn of(text: &str, denying: bool) -> Option<Said> {
        let listed = |names: &str| -> Vec<String> {
            names
                .split(['、', ',', '和', '及', '与', ' ', '/'])
                .map(|name| name.trim_end_matches(['等', '的']).trim())
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let closes = ["以外的", "之外的", "外的", "以外", "之外", "外"];
        if denying && !DENIALS.iter().any(|word| text.contains(word)) {
            if let Some((names, behind)) = closes.iter().find_map(|word| text.split_once(word)) {
                return Some(Said { served: behind.trim().to_owned(), excluded: listed(names), goes_on: false });
            }
            return Some(Said { served: String::new(), excluded: listed(text), goes_on: true });
        }
        if let Some(names) = ["除外", "不在内", "不包括在内", "例外"].iter().find_map(|word| text.strip_suffix(word))
        {
            let served = String::new();
            return (!names.contains('除')).then(|| Said { served, excluded: listed(names), goes_on: false });
        }
        for opens in ["不含", "不包括", "不包含", "不覆盖", "不服务", "排除", "除去", "除了", "除"]
        {
            let Some((before, behind)) = text.split_once(opens) else { continue };
            let before = before.trim_end_matches([' ', '但']).to_owned();
            let closed = closes.iter().find_map(|word| behind.split_once(word));
            let (names, after) = closed.unwrap_or((behind, ""));
            if DENIALS.iter().any(|word| names.contains(word) || after.contains(word)) {
                return None;
            }
            let served = format!("{before}{}", after.trim());
            return Some(Said { served, excluded: listed(names), goes_on: closed.is_none() });
        }
        let denies = ["以外", "之外", "不", "未", "非"].iter().any(|word| text.contains(word));
        (!denies).then(|| Said { served: text.trim().to_owned(), excluded: Vec::new(), goes_on: false })
    }
}

/// A code, and nothing said about it.
fn is_digits(inside: &str) -> bool {
    !inside.is_empty() && inside.chars().all(|character| character.is_ascii_digit() || character == ' ')
}

fn says_nothing_else(inside: &str) -> bool {
    let count = inside.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '共' | '约' | '个'));
    inside.is_empty()
        || WHOLE.iter().any(|word| inside.starts_with(word))
        || (count.len() < inside.len() && matches!(count, "村" | "社区" | "村居" | "村社" | "村(社区)" | "村(居)"))
}

/// The divisions of a list of names or codes; none when one of them is not one division.
fn named(names: &str, areas: &Gazetteer, within: Option<AreaCode>) -> Option<Vec<AreaCode>> {
    let codes: Option<Vec<AreaCode>> = names
        .split(['、', ',', '和', '及', '与', ' ', '/'])
        .map(|name| name.trim_end_matches('等').trim())
        .filter(|name| !name.is_empty())
        .map(|name| {
            if is_code(name) {
                return area::area(name, areas, within, "").value;
            }
            match areas.named(name, within, "") {
                Named::Surely(code) | Named::Probably(code) => Some(code),
                Named::Several(_) | Named::None => None,
            }
        })
        .collect();
    codes.filter(|codes| !codes.is_empty())
}

/// A division without some that lie in it: itself, or what else is in it, a level below. None when that is not known.
fn without(code: AreaCode, excluded: &[AreaCode], areas: &Gazetteer) -> Option<Vec<AreaCode>> {
    if excluded.iter().any(|excluded| excluded.contains(code)) {
        return Some(Vec::new());
    }
    if !excluded.iter().any(|excluded| code.contains(*excluded)) {
        return Some(vec![code]);
    }
    let below = match code.level() {
        AreaLevel::County => AreaLevel::Town,
        AreaLevel::Town => AreaLevel::Village,
        // A city without a village is said by too many codes.
        AreaLevel::Province | AreaLevel::City | AreaLevel::Village => return None,
    };
    let children: Vec<AreaCode> =
        areas.iter().filter(|area| area.level == below && code.contains(area.code)).map(|area| area.code).collect();
    let mut left = Vec::new();
    for child in &children {
        left.extend(without(*child, excluded, areas)?);
    }
    (!children.is_empty()).then_some(left)
}

/// What is listed, with brackets still in it.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut depth = 0usize;
    for character in text.chars() {
        match character {
            '(' | '[' | '【' => depth = depth.saturating_add(1),
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (character, pieces.last_mut()) {
            (',' | '、' | ';' | '|' | '。', Some(last)) if depth == 0 => {
                if !last.is_empty() {
                    pieces.push(String::new());
                }
            }
            (_, Some(last)) => last.push(character),
            (_, None) => {}
        }
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

fn out_of_brackets(piece: &str) -> (String, Vec<String>) {
    let (mut outside, mut inside, mut depth) = (String::new(), Vec::<String>::new(), 0usize);
    for character in piece.chars() {
        match character {
            '(' | '[' | '【' => {
                depth = depth.saturating_add(1);
                if depth == 1 {
                    inside.push(String::new());
                }
            }
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(character),
            _ => inside.last_mut().into_iter().for_each(|inside| inside.push(character)),
        }
    }
    inside.iter_mut().for_each(|inside| *inside = inside.trim().to_owned());
    (outside.trim().to_owned(), inside)
}
