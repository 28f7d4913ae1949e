//! Telephone numbers to E.164, as many as a cell holds.
//!
//! Numbers may be separated by anything that is not part of one, or only by a blank; within one there may be blanks,
//! dashes and brackets; `+86`, `0086` and `86` may stand before it; a local number as long as those of the city gets the
//! city's area code, and so does one whose leading zero a spreadsheet ate. Words (`办公室`, `手机`) are left out.
//!
//! A short number (`12345`, `110`) reaches a hotline, not the provider: it is doubted and not registered. So is
//! whatever does not make a number, and an extension (`转8001`), which E.164 has no place for. A telephone number never
//! refuses a row.
//!
//! A remark beside a number (`（服务电话）`, `对外公开：`) may say that it is the service's; it counts for the number that it
//! stands behind, or that it introduces, and for no other of the cell.

use super::numbering::Numbering;
use super::{fax, is_blank, is_scientific, normalise, without_point_zero};
use crate::read::{Read, Trouble};
use crate::whose::says_public;
use schema::Phone;
use schema::finding::CellFinding;

/// A number, and whether the cell says that it is for everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telephone {
    /// The number.
    pub number: Phone,
    /// Whether a remark says that it is the service's.
    pub is_marked_public: bool,
}

impl Telephone {
    /// Whether it is a person's own, where it stands in a column about a person.
    pub fn is_kept(&self) -> bool {
        !self.is_marked_public && self.number.may_be_personal()
    }
}

/// The numbers of a row: those that everyone may call, and those that are kept for the desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Divided {
    /// Those that everyone may call.
    pub public: Vec<Phone>,
    /// Those that are kept.
    pub kept: Vec<Phone>,
}

impl Divided {
    /// Out of a column of the service and one of a person. What the service gives as its own is nobody's.
    pub fn of(of_service: Vec<Phone>, of_contact: Vec<Telephone>) -> Divided {
        let (kept, open): (Vec<_>, Vec<_>) = of_contact.into_iter().partition(Telephone::is_kept);
        let mut public = of_service;
        for Telephone { number, .. } in open {
            if !public.contains(&number) {
                public.push(number);
            }
        }
        let kept = kept.into_iter().map(|kept| kept.number).filter(|number| !public.contains(number)).collect();
        Divided { public, kept }
    }
}

/// What one run of digits is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Number {
    Reachable(String),
    Short,
}

/// The numbers of a cell, in the order written, once each. Without a numbering, a local number cannot be completed.
pub fn phones(written: &str, numbering: Option<Numbering>) -> Read<Vec<Phone>> {
    telephones(written, numbering).map(|found| found.into_iter().map(|telephone| telephone.number).collect())
}

/// The numbers of a cell, with what it says of each.
pub fn telephones(written: &str, numbering: Option<Numbering>) -> Read<Vec<Telephone>> {
    if is_blank(written) {
        return Read::blank();
    }
    let (text, fax) = fax::without(&normalise(written));
    if is_scientific(&text.replace(' ', "")) {
        return Read::trouble(Trouble::doubt(CellFinding::PhoneAsNumber));
    }
    let mut cell = Cell::default();
    let mut begins = 0;
    for piece in text.split(|character: char| !belongs_to_a_number(character)) {
        let before = text.get(..begins).unwrap_or_default();
        begins += piece.len();
        let around = Around { before, piece, after: text.get(begins..).unwrap_or_default() };
        // Whatever ended the piece is one character.
        begins += text.get(begins..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        cell.take(&around, numbering);
    }
    let mut read = cell.finish();
    if fax {
        // Nothing is missed where nothing but a fax was given.
        if read.value.is_none() && !text.bytes().any(|byte| byte.is_ascii_digit()) {
            read.troubles.clear();
        }
        read.troubles.push(Trouble::doubt(CellFinding::PhoneFax));
    }
    read
}

/// What was made out of a cell so far.
#[derive(Default)]
struct Cell {
    found: Vec<Telephone>,
    short: bool,
    extension: bool,
    unread: bool,
}

impl Cell {
    /// Takes in a piece that has only digits and what may stand within a number, and what stands before it.
    fn take(&mut self, around: &Around<'_>, numbering: Option<Numbering>) {
        let Around { before, piece, .. } = *around;
        let piece = without_point_zero(piece.trim_matches([' ', '-', '.', '(', ')', '—', '–']));
        let digits = piece.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 {
            return;
        }
        if digits <= 5 && announces_an_extension(before) {
            self.extension = true;
            return;
        }
        // 138****7493: whoever wrote it did not want it known.
        let numbers = if piece.contains('*') { None } else { numbers(piece, numbering) };
        let Some(Numbers { numbers, tail }) = numbers else {
            self.unread = true;
            return;
        };
        match tail {
            Tail::None => {}
            Tail::Extension => self.extension = true,
            Tail::Unread => self.unread = true,
        }
        let last = numbers.len().saturating_sub(1);
        for (place, number) in numbers.into_iter().enumerate() {
            match number {
                Number::Short => self.short = true,
                Number::Reachable(number) => match number.parse::<Phone>() {
                    Ok(number) => self.found(number, around.says_public(place == 0, place == last)),
                    Err(_) => self.unread = true,
                },
            }
        }
    }

    fn found(&mut self, number: Phone, is_marked_public: bool) {
        match self.found.iter_mut().find(|known| known.number == number) {
            Some(known) => known.is_marked_public |= is_marked_public,
            None => self.found.push(Telephone { number, is_marked_public }),
        }
    }

    fn finish(self) -> Read<Vec<Telephone>> {
        let Cell { found, short, extension, unread } = self;
        let mut troubles = Vec::new();
        if short {
            troubles.push(Trouble::doubt(CellFinding::PhoneNotReachable));
        }
        if extension {
            troubles.push(Trouble::doubt(CellFinding::PhoneExtension));
        }
        if unread || (found.is_empty() && !short) {
            troubles.push(Trouble::doubt(CellFinding::PhoneUnknown));
        }
        Read { value: (!found.is_empty()).then_some(found), troubles }
    }
}

/// A piece of digits, and the words around it.
#[derive(Clone, Copy)]
struct Around<'t> {
    before: &'t str,
    piece: &'t str,
    after: &'t str,
}

impl Around<'_> {
    /// Whether the words around it say that its first number, or its last, is for everyone.
    fn says_public(&self, first: bool, last: bool) -> bool {
        let introduced = says_public(self.introduction()).filter(|_| first);
        let remarked = says_public(self.remark()).filter(|_| last);
        introduced != Some(false) && remarked != Some(false) && (introduced.is_some() || remarked.is_some())
    }

    /// The words that introduce it: back to what parts two numbers, or to the number before and a remark on that.
    fn introduction(&self) -> &str {
        let words = self.before.rsplit(parts_numbers).next().unwrap_or_default();
        match words.rsplit_once(|character: char| character.is_ascii_digit()) {
            None => words,
            // The bracket that it begins with closes a remark on the number before.
            Some(_) if self.piece.trim_start().starts_with(')') => "",
            Some((_, behind)) => behind.rsplit(')').next().unwrap_or_default(),
        }
    }

    /// The words that remark on it: in brackets right behind it, or up to what parts two numbers.
    fn remark(&self) -> &str {
        let end = self.after.find(|character: char| character.is_ascii_digit() || parts_numbers(character));
        let (words, rest) = self.after.split_at_checked(end.unwrap_or(self.after.len())).unwrap_or_default();
        let in_brackets = self.piece.trim_end().ends_with('(');
        match words.split_once(')') {
            Some((remark, _)) if in_brackets => remark,
            Some(_) | None if rest.starts_with(|character: char| character.is_ascii_digit()) => "",
            Some(_) | None => words,
        }
    }
}

/// What stands between two numbers and belongs to neither.
fn parts_numbers(character: char) -> bool {
    matches!(character, '、' | ',' | ';' | '/' | '|' | '。')
}

/// Whether the words before a piece say that an extension follows: `转`, `分机`.
fn announces_an_extension(before: &str) -> bool {
    let before = before.trim_end_matches([' ', ':', '.', '-', '(']);
    ["转", "转接", "分机", "分机号", "内线", "ext", "Ext", "EXT", "#"].iter().any(|word| before.ends_with(word))
}

/// The numbers in a piece of text, and what was left out behind them.
struct Numbers {
    numbers: Vec<Number>,
    tail: Tail,
}

enum Tail {
    None,
    /// `0335-3340586-801`
    Extension,
    /// A few digits that belong to nothing, or the last ones of a neighbouring number.
    Unread,
}

fn belongs_to_a_number(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, ' ' | '-' | '—' | '–' | '―' | '(' | ')' | '+' | '.' | '~' | '*')
}

/// The numbers of a piece of text that has only digits and what may stand within a number.
fn numbers(piece: &str, numbering: Option<Numbering>) -> Option<Numbers> {
    let whole = |numbers| Numbers { numbers, tail: Tail::None };
    let foreign = piece.trim_start_matches('(').strip_prefix('+').filter(|rest| !rest.trim_start().starts_with("86"));
    if let Some(rest) = foreign {
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        return (9..=15).contains(&digits.len()).then(|| whole(vec![Number::Reachable(format!("+{digits}"))]));
    }
    // More groups than two written-out numbers have are not telephone numbers.
    let groups: Vec<&str> =
        piece.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).take(24).collect();
    if let Some(numbers) = partition(&groups, numbering) {
        return Some(whole(numbers));
    }
    let (tail, head) = groups.split_last()?;
    if tail.len() <= 4 && !head.is_empty() {
        let dashed = piece.strip_suffix(tail).is_some_and(|before| before.ends_with(['-', '—', '–', '―']));
        let tail = if dashed && tail.len() >= 2 { Tail::Extension } else { Tail::Unread };
        return partition(head, numbering).map(|numbers| Numbers { numbers, tail });
    }
    None
}

/// The groups joined into numbers, using as few numbers as possible; none when they do not come out even.
fn partition(groups: &[&str], numbering: Option<Numbering>) -> Option<Vec<Number>> {
    // best[end]: the fewest numbers that the groups before `end` make.
    let mut best: Vec<Option<Vec<Number>>> = vec![Some(Vec::new())];
    for end in 1..=groups.len() {
        let mut shortest: Option<Vec<Number>> = None;
        for (start, before) in best.iter().enumerate() {
            let Some(before) = before else { continue };
            let together = groups.get(start..end)?;
            // A number is written in groups of three figures and more, but for the code of the country before it: what
            // else stands there (a grade, a day) is none of it.
            if together.len() > 1 && together.iter().any(|group| group.len() < 3 && *group != "86") {
                continue;
            }
            let joined: String = together.concat();
            let Some(numbers) = number(&joined, numbering) else { continue };
            if shortest.as_ref().is_none_or(|known| before.len() + numbers.len() < known.len()) {
                shortest = Some(before.iter().cloned().chain(numbers).collect());
            }
        }
        best.push(shortest);
    }
    best.pop().flatten()
}

/// The number that these digits are; or two mobile numbers that were written without anything between them.
fn number(digits: &str, numbering: Option<Numbering>) -> Option<Vec<Number>> {
    if digits.len() == 22 {
        let (one, other) = (digits.get(..11)?, digits.get(11..)?);
        if is_mobile(one) && is_mobile(other) {
            return Some([one, other].map(|digits| Number::Reachable(format!("+86{digits}"))).to_vec());
        }
        return None;
    }
    if is_short(digits) {
        return Some(vec![Number::Short]);
    }
    let digits = digits
        .strip_prefix("0086")
        .or_else(|| digits.strip_prefix("86").filter(|rest| rest.len() >= 10))
        .unwrap_or(digits);
    national(digits, numbering).map(|national| vec![Number::Reachable(format!("+86{national}"))])
}

/// The national number without its trunk zero.
fn national(digits: &str, numbering: Option<Numbering>) -> Option<String> {
    let local = |rest: &str| matches!(rest.bytes().next(), Some(b'2'..=b'8'));
    if is_mobile(digits) {
        return Some(digits.to_owned());
    }
    if digits.len() == 12 && digits.strip_prefix('0').is_some_and(is_mobile) {
        return digits.strip_prefix('0').map(str::to_owned);
    }
    if digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800")) {
        return Some(digits.to_owned());
    }
    if let Some(Numbering { area_code, local_digits }) = numbering {
        let area = area_code.to_string();
        if digits.len() == local_digits && local(digits) {
            return Some(format!("{area}{digits}"));
        }
        // 335 3340586: the leading zero was eaten by a spreadsheet, or left out behind +86.
        if digits.len() == area.len() + local_digits && digits.strip_prefix(area.as_str()).is_some_and(local) {
            return Some(digits.to_owned());
        }
    }
    let trunk = digits.strip_prefix('0')?;
    let (code, subscriber) = match trunk.as_bytes().first()? {
        b'1' | b'2' => (2, 8..=8),
        b'3'..=b'9' => (3, 7..=8),
        _ => return None,
    };
    let rest = trunk.get(code..)?;
    // Of the row's own city it is known how long its numbers are.
    let subscriber = match numbering {
        Some(own) if trunk.get(..code).and_then(|area| area.parse().ok()) == Some(own.area_code) => {
            own.local_digits..=own.local_digits
        }
        Some(_) | None => subscriber,
    };
    (subscriber.contains(&rest.len()) && local(rest)).then(|| trunk.to_owned())
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && digits.starts_with('1') && matches!(digits.as_bytes().get(1), Some(b'3'..=b'9'))
}

/// Emergency numbers, government and company hotlines: 110, 12345, 12349, 95598 ...
fn is_short(digits: &str) -> bool {
    (digits.len() == 3 && digits.starts_with('1'))
        || (matches!(digits.len(), 5 | 6)
            && (digits.starts_with('1') || digits.starts_with("95") || digits.starts_with("96")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QINHUANGDAO: Option<Numbering> = Some(Numbering { area_code: 335, local_digits: 7 });

    fn read(written: &str) -> (Vec<String>, Vec<&'static str>) {
        let read = phones(written, QINHUANGDAO);
        assert!(!read.is_error(), "a telephone number never refuses a row: {written}");
        let numbers = read.value.unwrap_or_default().iter().map(ToString::to_string).collect();
        let code = |trouble: &Trouble| match &trouble.code {
            schema::FindingCode::CellFinding(found) => found.code(),
            other => panic!("{other:?}"),
        };
        (numbers, read.troubles.iter().map(code).collect())
    }

    #[test]
    fn numbers_in_every_form_that_clerks_write() {
        for (written, expected) in [
            ("0335-5669699", &["+863355669699"][..]),
            ("03355669699", &["+863355669699"]),
            ("0335 5669699", &["+863355669699"]),
            ("0335--5669699", &["+863355669699"]),
            ("0335—5669699", &["+863355669699"]),
            ("０３３５－７６５９６８４", &["+863357659684"]),
            ("(0335)6957302", &["+863356957302"]),
            ("（0335）6957302", &["+863356957302"]),
            ("+86 3353731277", &["+863353731277"]),
            ("+86-0335-3731277", &["+863353731277"]),
            ("0086 335 3731277", &["+863353731277"]),
            ("+86 15074427191", &["+8615074427191"]),
            ("8615074427191", &["+8615074427191"]),
            ("15057812656", &["+8615057812656"]),
            ("１５８４７４９４２７４", &["+8615847494274"]),
            ("150-1234-5678", &["+8615012345678"]),
            ("150 1234 5678", &["+8615012345678"]),
            ("15057812656.0", &["+8615057812656"]),
            ("015057812656", &["+8615057812656"]),
            ("5669699", &["+863355669699"]),
            ("3355669699", &["+863355669699"]),
            ("400-810-8888", &["+864008108888"]),
            ("010-65123456", &["+861065123456"]),
            ("0311-86012345", &["+8631186012345"]),
            ("+852 2123 4567", &["+85221234567"]),
            ("0335-3340586、13833507493", &["+863353340586", "+8613833507493"]),
            ("0335-3340586/13833507493", &["+863353340586", "+8613833507493"]),
            ("0335-3340586 / 13833507493", &["+863353340586", "+8613833507493"]),
            ("13833507493；15093052535", &["+8613833507493", "+8615093052535"]),
            ("13833507493;15093052535", &["+8613833507493", "+8615093052535"]),
            ("13833507493，15093052535", &["+8613833507493", "+8615093052535"]),
            ("13833507493 15093052535", &["+8613833507493", "+8615093052535"]),
            ("1383350749315093052535", &["+8613833507493", "+8615093052535"]),
            ("0335-3340586 13833507493", &["+863353340586", "+8613833507493"]),
            ("0335 3340586 138 3350 7493", &["+863353340586", "+8613833507493"]),
            ("3340586或13833507493", &["+863353340586", "+8613833507493"]),
            ("0335-3340586\n13833507493", &["+863353340586", "+8613833507493"]),
            ("办公室：0335-3340586 手机：13833507493", &["+863353340586", "+8613833507493"]),
            ("13833507493（微信同号）", &["+8613833507493"]),
            ("13833507493、13833507493", &["+8613833507493"]),
        ] {
            let (numbers, troubles) = read(written);
            assert_eq!(numbers, expected, "{written}");
            assert!(troubles.is_empty(), "{written}: {troubles:?}");
        }
    }

    #[test]
    fn a_remark_counts_for_the_number_that_it_stands_beside() {
        let (mine, other) = ("13812345678", "13900001111");
        for (written, public) in [
            (mine.to_owned(), vec![]),
            (format!("{mine}（服务电话）"), vec![mine]),
            (format!("{mine} (公开)"), vec![mine]),
            (format!("{mine}对外公开"), vec![mine]),
            (format!("服务热线：{mine}"), vec![mine]),
            (format!("（服务电话）{mine}"), vec![mine]),
            (format!("{mine}（微信同号）"), vec![]),
            (format!("{mine}（不公开）"), vec![]),
            (format!("{mine}（公开）、{other}"), vec![mine]),
            (format!("{mine}、{other}（公开）"), vec![other]),
            (format!("{mine}（公开） {other}"), vec![mine]),
            (format!("{mine} {other}（公开）"), vec![other]),
            (format!("服务热线：{mine} {other}"), vec![mine]),
            (format!("本人：{mine} 服务电话：{other}"), vec![other]),
            (format!("{mine} 服务电话 {other}"), vec![other]),
            (format!("{mine}/{other}"), vec![]),
            (format!("{mine}；{mine}（公开）"), vec![mine]),
        ] {
            let found = telephones(&written, QINHUANGDAO).value.unwrap();
            let marked = found.iter().filter(|found| found.is_marked_public).map(|found| found.number.to_string());
            let expected: Vec<String> = public.iter().map(|number| format!("+86{number}")).collect();
            assert_eq!(marked.collect::<Vec<_>>(), expected, "{written}");
        }
    }

    #[test]
    fn landlines_and_hotlines_are_nobodys_own() {
        for (written, is_kept) in [
            ("0335-5669699", false),
            ("5669699", false),
            ("400-810-8888", false),
            ("010-65123456", false),
            ("13812345678", true),
            ("+86 138 1234 5678", true),
            ("13812345678(服务电话)", false),
            ("+852 2123 4567", true),
        ] {
            let found = telephones(written, QINHUANGDAO).value.unwrap();
            assert_eq!(found.iter().map(Telephone::is_kept).collect::<Vec<_>>(), [is_kept], "{written}");
        }
    }

    #[test]
    fn short_numbers_and_what_is_no_number_are_doubted() {
        for (written, numbers, code) in [
            ("12345", vec![], "PHONE_NOT_REACHABLE"),
            ("１２３４５", vec![], "PHONE_NOT_REACHABLE"),
            ("110", vec![], "PHONE_NOT_REACHABLE"),
            ("120急救", vec![], "PHONE_NOT_REACHABLE"),
            ("95598", vec![], "PHONE_NOT_REACHABLE"),
            ("12349、0335-3340586", vec!["+863353340586"], "PHONE_NOT_REACHABLE"),
            ("待定", vec![], "PHONE_UNKNOWN"),
            ("1383350749", vec![], "PHONE_UNKNOWN"),
            ("138335074933", vec![], "PHONE_UNKNOWN"),
            ("0335-334058", vec![], "PHONE_UNKNOWN"),
            ("1.38335E+10", vec![], "PHONE_AS_NUMBER"),
            ("0335-3340586-801", vec!["+863353340586"], "PHONE_EXTENSION"),
            ("0335-3340586转801", vec!["+863353340586"], "PHONE_EXTENSION"),
            ("0335-3340586 转 8001", vec!["+863353340586"], "PHONE_EXTENSION"),
            ("0335-3340586（分机：801）", vec!["+863353340586"], "PHONE_EXTENSION"),
            ("4008108888转2", vec!["+864008108888"], "PHONE_EXTENSION"),
            ("0335-3340586 7", vec!["+863353340586"], "PHONE_UNKNOWN"),
            ("138****7493", vec![], "PHONE_UNKNOWN"),
            ("33405861", vec![], "PHONE_UNKNOWN"),
            ("村委会大喇叭", vec![], "PHONE_UNKNOWN"),
        ] {
            assert_eq!(read(written), (numbers.iter().map(ToString::to_string).collect(), vec![code]), "{written}");
        }
        for blank in ["", "无", "/", "-", "暂无"] {
            assert_eq!(phones(blank, QINHUANGDAO), Read::blank(), "{blank}");
        }
    }

    #[test]
    fn figures_before_a_number_are_no_part_of_another() {
        for written in ["31-20335-7130092", "12 80335-7130092", "3-40335-7130092"] {
            let (numbers, troubles) = read(written);
            assert!(numbers.is_empty() && !troubles.is_empty(), "{written}: {numbers:?} {troubles:?}");
        }
    }

    #[test]
    fn a_local_number_is_completed_as_its_city_dials() {
        let beijing = Some(Numbering { area_code: 10, local_digits: 8 });
        for (written, numbering, expected) in [
            ("65123456", beijing, vec!["+861065123456"]),
            ("1065123456", beijing, vec!["+861065123456"]),
            ("010 6512 3456", beijing, vec!["+861065123456"]),
            ("6512345", beijing, vec![]),
            ("0335-3340586", beijing, vec!["+863353340586"]),
            ("3340586", None, vec![]),
            ("0335-3340586", None, vec!["+863353340586"]),
        ] {
            let read = phones(written, numbering).value.unwrap_or_default();
            assert_eq!(read.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{written}");
        }
    }
}
