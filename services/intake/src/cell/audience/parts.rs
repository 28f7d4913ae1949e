//! A cell about people into its parts: what is listed, what stands in brackets behind it, and what is denied.

use super::words::{ALL_OF, CONDITIONS, OTHERS_TOO, denied_from, names_somebody};
use super::{ages, degrees};

/// How a part is joined to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// By a comma, a blank, a colon, or more: `老年人，65岁以上`.
    Aside,
    /// By 、 or 或.
    List,
    /// By 和, 与 or 及.
    And,
}

/// One part of a cell.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub joint: Joint,
    pub text: String,
    /// What stands in brackets behind it, part by part.
    pub brackets: Vec<String>,
    /// Something of it was denied.
    pub limited: bool,
    /// It is itself denied.
    pub denied: bool,
}

/// A cell in parts.
#[derive(Debug)]
pub(super) struct Parts {
    pub parts: Vec<Part>,
    /// Something is denied somewhere.
    pub denies: bool,
    /// All of what is named must hold at once.
    pub all_of: bool,
}

/// Deeper than this, nobody means what brackets say.
const DEEPEST: usize = 8;

/// The parts of a normalised text.
pub(super) fn read(text: &str) -> Parts {
    let text = in_one_form(text);
    let denies = denied_from(&text).is_some();
    let all_of = ALL_OF.iter().any(|word| text.contains(word));
    let text = ALL_OF.iter().fold(text, |text, word| text.replace(word, ""));
    Parts { parts: in_parts(&text), denies, all_of }
}

/// Ways of writing the same thing made one.
fn in_one_form(text: &str) -> String {
    let mut text = ages::in_digits(text).replace(['[', '【', '〔', '{'], "(").replace([']', '】', '〕', '}'], ")");
    for (written, meant) in [
        ("妇女儿童", "妇女、儿童"),
        ("周岁", "岁"),
        ("岁(含)", "岁"),
        ("岁含", "岁"),
        ("(含)", ""),
        ("及其以上", "以上"),
        ("及以上", "以上"),
        ("或以上", "以上"),
        ("(及)以上", "以上"),
        ("及以下", "以下"),
        ("或以下", "以下"),
        ("及以内", "以内"),
        ("以及", "及"),
        ("或者", "或"),
        ("既是", ""),
        ("又是", ""),
        ("并且", "且"),
        ("而且", "且"),
        ("1-4级", ""),
        ("1至4级", ""),
        ("一至四级", ""),
        ("一级至四级", ""),
        ("1级-4级", ""),
        ("年龄不限", ""),
        ("不限年龄", ""),
        ("性别不限", ""),
        ("不限性别", ""),
        ("男女不限", ""),
        ("不分男女", ""),
        ("不分年龄", ""),
        ("户籍不限", ""),
        ("不限户籍", ""),
        ("之一", ""),
        ("任一", ""),
    ] {
        text = replaced(&text, written, meant);
    }
    // 低保、且独居: one group.
    for sign in [',', '、', ' ', ';'] {
        text = text.replace(&format!("{sign}且"), "且");
    }
    let text = replaced(&replaced(&text, "且", ""), "兼", "");
    degrees::marked(&without_repeated_age(&with_plus_in_words(&text)))
}

/// The text with other words.
fn replaced(text: &str, written: &str, meant: &str) -> String {
    let mut pieces = text.split(written);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(meant);
        join(&mut out, piece);
    }
    out
}

/// Adds what follows something left out. Two numbers stay two: `1且18岁` is no 118.
fn join(text: &mut String, rest: &str) {
    if text.ends_with(|last: char| last.is_ascii_digit()) && rest.starts_with(|first: char| first.is_ascii_digit()) {
        text.push('、');
    }
    text.push_str(rest);
}

/// `60+` as `60以上`; any other plus joins.
fn with_plus_in_words(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        let behind_age = written.chars().next_back().is_some_and(|c| c.is_ascii_digit() || c == '岁');
        match character {
            '+' if behind_age => written.push_str("以上"),
            '+' => written.push('、'),
            other => written.push(other),
        }
    }
    written
}

/// The text without `(含80岁)`, which says what 以上 says anyway.
fn without_repeated_age(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("(含") {
        join(&mut written, before);
        match after.split_once(')') {
            Some((age, after)) if age.trim_end_matches('岁').bytes().all(|byte| byte.is_ascii_digit()) => rest = after,
            Some(_) | None => {
                written.push_str("(含");
                rest = after;
            }
        }
    }
    join(&mut written, rest);
    written
}

/// What is listed in a text, with brackets still in it.
fn pieces(text: &str) -> Vec<(Joint, bool, String)> {
    let mut pieces: Vec<(Joint, bool, String)> = vec![(Joint::Aside, true, String::new())];
    let mut depth = 0usize;
    for character in text.chars() {
        match character {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let joint = match character {
            _ if depth > 0 => None,
            // 14:00 is a time.
            ':' if pieces.last().is_some_and(|(.., text)| text.ends_with(|last: char| last.is_ascii_digit())) => None,
            ',' | ' ' | ':' => Some((Joint::Aside, false)),
            ';' | '。' | '|' => Some((Joint::Aside, true)),
            '、' | '/' | '或' => Some((Joint::List, false)),
            '和' | '与' | '及' => Some((Joint::And, false)),
            _ => None,
        };
        match (joint, pieces.last_mut()) {
            (Some((joint, strong)), Some((_, _, text))) if !text.is_empty() => {
                pieces.push((joint, strong, String::new()));
            }
            // Of several signs one after the other, the strongest counts.
            (Some((joint, strong)), Some((known, was_strong, _))) => {
                if joint == Joint::Aside {
                    *known = joint;
                }
                *was_strong |= strong;
            }
            (None, Some((_, _, text))) => text.push(character),
            (_, None) => {}
        }
    }
    pieces.retain(|(_, _, text)| !text.is_empty());
    pieces
}

fn in_parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    // Behind `不含` and the like, until the sentence ends.
    let mut denying = false;
    for (joint, strong, piece) in pieces(text) {
        denying &= !strong;
        let (text, bracketed) = out_of_brackets(&piece);
        let (mut brackets, mut limited) = (Vec::new(), false);
        for said in &bracketed {
            // 含半失能, 独居、失能优先: who is served too, or first.
            let takes_nobody_out = ["含", "包括", "包含", "如"].iter().any(|word| said.starts_with(word))
                || OTHERS_TOO.iter().any(|word| said.contains(word));
            for part in in_parts(said) {
                limited |= part.denied || part.limited;
                if !part.denied && !takes_nobody_out {
                    brackets.push(part.text);
                }
            }
        }
        let (text, removed) = without_denied_attributes(&text);
        limited |= removed;
        let mut part = Part { joint, text, brackets, limited, denied: denying };
        if let Some(at) = denied_from(&part.text) {
            let (head, tail) = part.text.split_at(at);
            if names_somebody(tail) {
                denying = true;
                part.denied = part.denied || head.is_empty() || !names_somebody(head);
                (part.text, part.limited) = (head.to_owned(), true);
            } else {
                // 失能、失智老人除外: what is listed before it, too.
                part.denied = true;
                if joint != Joint::Aside || !names_somebody(head) {
                    for before in parts.iter_mut().rev() {
                        before.denied = true;
                        if before.joint == Joint::Aside {
                            break;
                        }
                    }
                }
            }
        }
        if part.denied || !part.text.is_empty() || !part.brackets.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// The text without its brackets, and what stood in each. What opens a text belongs to what follows: `(60岁以上)老人`.
fn out_of_brackets(piece: &str) -> (String, Vec<String>) {
    let (mut outside, mut inside, mut depth) = (String::new(), Vec::new(), 0usize);
    for character in piece.chars() {
        match character {
            '(' => {
                depth += 1;
                if depth == 1 {
                    inside.push(String::new());
                }
            }
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(character),
            _ if depth <= DEEPEST => {
                if let Some(inside) = inside.last_mut() {
                    inside.push(character);
                }
            }
            _ => {}
        }
    }
    inside.retain(|text| !text.is_empty());
    (outside, inside)
}

/// `非失能老年人` and `除低保外的老年人` without what is denied, where people are named behind it.
fn without_denied_attributes(text: &str) -> (String, bool) {
    let circumstances = CONDITIONS.iter().map(|(word, _)| *word).chain(["残疾", "残障"]);
    let denied: Vec<String> =
        circumstances.map(|word| format!("非{word}")).filter(|word| text.contains(word.as_str())).collect();
    let mut left = denied.iter().fold(text.to_owned(), |left, word| left.replace(word, ""));
    for (opens, closes) in [("除", "以外的"), ("除", "之外的"), ("除", "外的"), ("不含", "的"), ("不包括", "的")]
    {
        if let Some((before, rest)) = left.split_once(opens)
            && let Some((_, after)) = rest.split_once(closes)
        {
            left = format!("{before}{after}");
        }
    }
    if left.len() < text.len() && names_somebody(&left) && denied_from(&left).is_none() {
        (left, true)
    } else {
        (text.to_owned(), false)
    }
}
