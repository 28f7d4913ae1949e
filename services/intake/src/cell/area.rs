//! Division codes: twelve digits, or six or nine meaning the county or the town; or names, as clerks write them where the
//! form asks for a code.
//!
//! A code is only good if the declared list of divisions has it, or a dated change says what became of it: an old code is
//! taken for the one that came after it, with a note. Of several, the one that stands beside it in words is meant. What a
//! spreadsheet did to a code (scientific notation) cannot be undone and refuses the row; so does a code that no division
//! has, with a hint when the division above is known, and one that was abolished for nothing.
//!
//! A name is good if one division only can be meant by it ([`Gazetteer::named`]). That of a village alone goes in with a
//! doubt that says which village it was taken for; one that several villages have is refused with their codes. In a list of
//! areas, `本村`, `全镇` and `全县` are those of the community itself, and a name that is not understood is only doubted.

use super::{coverage, is_blank, is_scientific, normalise, without_point_zero};
use crate::gazetteer::{Gazetteer, Named};
use crate::read::{Read, Trouble};
use schema::area_book::{AreaBook, Became};
use schema::finding::{AreaFinding, Ended, NamedArea};
use schema::limits::quoted;
use schema::{AreaCode, AreaLevel};

/// One division, by code or by name. Of namesakes, the one `within` a division is meant, or the nearest to it, or the one
/// whose town is named `beside`, in an address.
pub fn area(written: &str, areas: &Gazetteer, within: Option<AreaCode>, beside: &str) -> Read<AreaCode> {
    if is_blank(written) {
        return Read::blank();
    }
    let text = normalise(written);
    if is_code(&text) {
        return match code(&text, areas, beside) {
            Ok((code, mut troubles)) => {
                if is_named(&text) && !areas.may_be_called(&without_digits(&text), code) {
                    troubles.push(name_differs(code, areas));
                }
                Read { value: Some(code), troubles }
            }
            Err(trouble) => Read::trouble(trouble),
        };
    }
    match areas.named(&text, within, beside) {
        Named::Surely(code) => Read::value(code),
        Named::Probably(code) => Read { value: Some(code), troubles: vec![by_name(code, areas)] },
        Named::Several(several) => Read::trouble(ambiguous(&text, &several, areas)),
        Named::None => Read::trouble(nameless(&text, areas)),
    }
}

/// Several divisions, in code order and without repetition; `home` is the community that lists them. One bad code refuses
/// them all.
pub fn areas(written: &str, areas: &Gazetteer, home: Option<AreaCode>) -> Read<Vec<AreaCode>> {
    if is_blank(written) {
        return Read::blank();
    }
    let text = normalise(written);
    let plain = |text: &str| {
        let mut read = Read { value: Some(Vec::new()), troubles: Vec::new() };
        for part in text.split([',', '、', ';', '|', '。']) {
            several(part, areas, home, &mut read);
        }
        let is_error = read.is_error();
        Read { value: read.value.filter(|codes| !is_error && !codes.is_empty()), troubles: read.troubles }
    };
    let read = if coverage::is_limited(&text) && !is_one_name(&text, areas, home) {
        coverage::read(&text, areas, home, plain)
    } else {
        plain(&text)
    };
    if read.is_error() {
        return Read { value: None, ..read };
    }
    let Read { value, mut troubles } = read;
    let mut codes = value.unwrap_or_default();
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() && troubles.is_empty() {
        return Read::blank();
    }
    troubles.dedup();
    Read { value: (!codes.is_empty()).then_some(codes), troubles }
}

/// Whether the whole text is the name of one division, whatever words are in it (未来村).
fn is_one_name(text: &str, areas: &Gazetteer, home: Option<AreaCode>) -> bool {
    let plain = !text.contains(['(', '[', '【', ',', '、', ';']);
    plain && matches!(areas.named(text, home, ""), Named::Surely(_) | Named::Probably(_))
}

/// One part of a list: a code, a name, or several with weaker signs between them.
fn several(part: &str, areas: &Gazetteer, home: Option<AreaCode>, into: &mut Read<Vec<AreaCode>>) {
    let part = part.trim();
    if part.is_empty() {
        return;
    }
    let mut put = |code: AreaCode| into.value.get_or_insert_default().push(code);
    if let Some(level) = relative(part) {
        return match home {
            Some(home) => put(home.at_level(level)),
            None => into.troubles.push(doubted(nameless(part, areas))),
        };
    }
    if !is_code(part) {
        match areas.named(part, home, "") {
            Named::Surely(code) => return put(code),
            Named::Probably(code) => {
                put(code);
                return into.troubles.push(by_name(code, areas));
            }
            Named::Several(several) => return into.troubles.push(doubted(ambiguous(part, &several, areas))),
            Named::None => {}
        }
    }
    // 和平街道 is one name, 抚宁镇和台营镇 are two.
    let weaker = [' ', '/', '\n', '和', '及', '与'];
    if part.contains(weaker) {
        return part.split(weaker).for_each(|part| several(part, areas, home, into));
    }
    if !is_code(part) {
        return into.troubles.push(doubted(nameless(part, areas)));
    }
    match parsed(part) {
        // All that an old division went over into: that is what it served.
        Ok(old) => match areas.now().became(old, None) {
            Became::Several(codes) => {
                into.troubles.push(doubted(divided(old, &codes, areas)));
                codes.into_iter().for_each(put);
            }
            Became::Itself | Became::One(_) | Became::Nothing | Became::Within(_) | Became::Unknown => {
                match of_today(old, part, areas, "") {
                    Ok((code, troubles)) => {
                        put(code);
                        into.troubles.extend(troubles);
                    }
                    Err(trouble) => into.troubles.push(trouble),
                }
            }
        },
        Err(trouble) => into.troubles.push(trouble),
    }
}

/// `全镇` and the like: a level above whoever says it.
fn relative(text: &str) -> Option<AreaLevel> {
    let text =
        text.trim_end_matches("范围内").trim_end_matches("范围").trim_end_matches("辖区").trim_end_matches("境内");
    let text = text.trim_end_matches("域内").trim_end_matches('内').trim_end_matches('域');
    match text {
        "本村" | "全村" | "村" | "本社区" | "全社区" | "社区" | "本村居" | "本居" | "本村(居)" => {
            Some(AreaLevel::Village)
        }
        "本镇" | "全镇" | "镇" | "本乡" | "全乡" | "乡" | "本街道" | "全街道" | "街道" | "全乡镇" | "本乡镇" => {
            Some(AreaLevel::Town)
        }
        "本县" | "全县" | "县" | "本区" | "全区" | "本县区" | "全县区" => Some(AreaLevel::County),
        "本市" | "全市" | "市" => Some(AreaLevel::City),
        _ => None,
    }
}

/// Whether a code is meant: there are as many digits as no name has, or nothing that could be a name.
pub(crate) fn is_code(text: &str) -> bool {
    let longest = text.split(|character: char| !character.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    longest >= 5 || !is_named(text)
}

fn is_named(text: &str) -> bool {
    text.chars().any(|character| !character.is_ascii() && character.is_alphabetic())
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|character| !character.is_ascii_digit()).collect()
}

fn named(code: AreaCode, areas: &Gazetteer) -> NamedArea {
    NamedArea { code, name: areas.full_name(code) }
}

/// So many divisions are named by a finding.
const SHOWN: usize = 6;

fn listed(codes: &[AreaCode], areas: &Gazetteer) -> Vec<NamedArea> {
    codes.iter().take(SHOWN).map(|code| named(*code, areas)).collect()
}

fn by_name(code: AreaCode, areas: &Gazetteer) -> Trouble {
    Trouble::doubt(AreaFinding::ByName { area: named(code, areas) })
}

/// The trouble with a code beside which another division's name stands.
pub(crate) fn name_differs(code: AreaCode, areas: &Gazetteer) -> Trouble {
    Trouble::doubt(AreaFinding::NameDiffers { area: named(code, areas) })
}

/// The doubt about a row that names a town and no community in it.
pub(crate) fn only_the_town(code: AreaCode, areas: &Gazetteer) -> Trouble {
    Trouble::doubt(AreaFinding::TownOnly { area: named(code, areas) })
}

/// The trouble with divisions that lie beyond the county of the `home` that says to serve them: a county decides for itself
/// alone. What is registered with a city or a province may serve whatever lies in it.
pub(crate) fn beyond_the_county(codes: &[AreaCode], home: AreaCode, areas: &Gazetteer) -> Option<Trouble> {
    let here = areas.scope_of(home);
    let lies_beyond = |code: &AreaCode| {
        let scope = areas.scope_of(*code);
        scope != here && scope.above().all(|above| above != here)
    };
    let beyond: Vec<AreaCode> = codes.iter().copied().filter(lies_beyond).collect();
    if beyond.is_empty() {
        return None;
    }
    let in_one_city = beyond.iter().all(|code| code.at_level(AreaLevel::City) == home.at_level(AreaLevel::City));
    let above = home.at_level(if in_one_city { AreaLevel::City } else { AreaLevel::Province });
    let count = u32::try_from(beyond.len()).unwrap_or(u32::MAX);
    let name = areas.get(above).map(|area| area.name.clone()).unwrap_or_default();
    let (beyond, register_with) = (listed(&beyond, areas), NamedArea { code: above, name });
    Some(Trouble::error(AreaFinding::BeyondCounty { areas: beyond, count, register_with }))
}

fn ambiguous(text: &str, codes: &[AreaCode], areas: &Gazetteer) -> Trouble {
    let count = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    Trouble::error(AreaFinding::NameAmbiguous { name: quoted(text), count, areas: listed(codes, areas) })
}

fn nameless(text: &str, areas: &Gazetteer) -> Trouble {
    let similar = listed(&areas.similar(text), areas);
    Trouble::error(AreaFinding::NameUnknown { name: quoted(text), similar })
}

/// The same, where the row can do without.
fn doubted(trouble: Trouble) -> Trouble {
    Trouble { severity: schema::hand_in::Severity::Warning, ..trouble }
}

/// The code of today that a text with digits means, and what is to be said about it.
fn code(text: &str, areas: &Gazetteer, beside: &str) -> Result<(AreaCode, Vec<Trouble>), Trouble> {
    of_today(parsed(text)?, text, areas, beside)
}

fn parsed(text: &str) -> Result<AreaCode, Trouble> {
    let text: String = text.chars().filter(|character| !matches!(character, ' ' | '\'' | '`' | '‘' | '’')).collect();
    let text = without_point_zero(&text);
    if is_scientific(text) {
        return Err(Trouble::error(AreaFinding::CodeAsNumber));
    }
    sole_run_of_digits(text)
        .and_then(|digits| digits.parse::<AreaCode>().ok())
        .ok_or_else(|| Trouble::error(AreaFinding::CodeMalformed))
}

/// The code that a code has today. Of several that came after it, the one named in the same cell or beside it.
fn of_today(old: AreaCode, text: &str, areas: &Gazetteer, beside: &str) -> Result<(AreaCode, Vec<Trouble>), Trouble> {
    let (text, beside) = (without_digits(text), normalise(beside));
    let texts = [text.as_str(), beside.as_str()];
    let named = |codes: &[AreaCode]| areas.now().one_named_in(codes, old, &texts);
    match areas.now().became(old, None) {
        Became::Itself => Ok((old, Vec::new())),
        Became::One(new) => {
            let new = gone_elsewhere(old, new, areas, &texts).unwrap_or(new);
            Ok((new, vec![replaced(old, new, areas)]))
        }
        Became::Several(codes) | Became::Within(codes) => match named(&codes) {
            Some(new) => Ok((new, vec![replaced(old, new, areas)])),
            None => Err(divided(old, &codes, areas)),
        },
        // Where no change says that it ended, the digits are the likelier fault.
        Became::Nothing if !areas.now().succession(old, None).changes.is_empty() => Err(abolished(old, areas)),
        Became::Nothing | Became::Unknown => Err(unknown(old, areas)),
    }
}

/// What a row says in words of a town that went to another county than the digits of its old code lead to.
fn gone_elsewhere(old: AreaCode, new: AreaCode, areas: &Gazetteer, texts: &[&str]) -> Option<AreaCode> {
    let county = old.at_level(AreaLevel::County);
    match areas.now().became(county, None) {
        Became::Several(codes) if county != old => {
            areas.now().one_named_in(&codes, county, texts).filter(|named| !named.contains(new))
        }
        Became::Several(_)
        | Became::Itself
        | Became::One(_)
        | Became::Nothing
        | Became::Within(_)
        | Became::Unknown => None,
    }
}

/// A division that ended, and how, as far as the changes say.
fn how_it_ended(code: AreaCode, areas: &Gazetteer) -> Ended {
    let changes = areas.now().succession(code, None).changes;
    let name = areas.name(code).unwrap_or_default().to_owned();
    let first = changes.first();
    let whole = changes.iter().any(|change| change.old_code == Some(code));
    let within = first.filter(|_| !whole).and_then(|change| change.old_name.clone());
    Ended { code, name, within, kind: first.map(|change| change.kind), year: first.map(|change| change.on.year()) }
}

fn replaced(old: AreaCode, new: AreaCode, areas: &Gazetteer) -> Trouble {
    Trouble::doubt(AreaFinding::CodeReplaced { old: how_it_ended(old, areas), area: named(new, areas) })
}

fn divided(old: AreaCode, codes: &[AreaCode], areas: &Gazetteer) -> Trouble {
    let count = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    Trouble::error(AreaFinding::CodeDivided { old: how_it_ended(old, areas), areas: listed(codes, areas), count })
}

fn abolished(old: AreaCode, areas: &Gazetteer) -> Trouble {
    Trouble::error(AreaFinding::CodeAbolished { old: how_it_ended(old, areas) })
}

/// The digits of a text that holds one run of them, e.g. `大李官营村(130306100209)`.
fn sole_run_of_digits(text: &str) -> Option<&str> {
    let mut runs = text.split(|character: char| !character.is_ascii_digit()).filter(|run| !run.is_empty());
    let run = runs.next()?;
    let letters = text.chars().any(|character| character.is_ascii_alphabetic() || matches!(character, '.' | '+' | '-'));
    (runs.next().is_none() && !letters).then_some(run)
}

fn unknown(code: AreaCode, areas: &AreaBook) -> Trouble {
    let above = code.with_ancestors().skip(1).find_map(|above| areas.get(above)).map(|above| above.name.clone());
    Trouble::error(AreaFinding::CodeUnknown { area: code, above })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::Scheme;
    use schema::areas::{Area, AreaChangeKind, AreaChanged, AreasEvent, AreasListed, ChangeDate};

    fn book() -> Gazetteer {
        let mut book = Gazetteer::default();
        let area = |code: &str, name: &str| {
            let code: AreaCode = code.parse().unwrap();
            Area { code, name: name.into(), level: code.level(), parent: code.with_ancestors().nth(1) }
        };
        let areas = [
            ("130300", "秦皇岛市"),
            ("130306", "抚宁区"),
            ("130306100", "抚宁镇"),
            ("130306100209", "大李官营村委会"),
            ("130306100230", "下庄村委会"),
            ("130306105", "台营镇"),
            ("130306105230", "下庄村委会"),
        ];
        let areas = areas.map(|(code, name)| area(code, name)).to_vec();
        book.apply(&AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas, part: None }));
        book.apply(&AreasEvent::AreaChanged(AreaChanged {
            scheme: Scheme::default(),
            kind: AreaChangeKind::CountyToDistrict,
            on: ChangeDate::Year(2015),
            words: "撤县设区".into(),
            old_code: "130323".parse().ok(),
            old_name: Some("抚宁县".into()),
            new_code: "130306".parse().ok(),
            new_name: Some("抚宁区".into()),
            document: None,
            unconfirmed: None,
        }));
        for (old, was, new, kind) in [
            ("130306100211", "三里杨庄村委会", "130306100230", AreaChangeKind::MergedInto),
            ("130306100212", "东庄村委会", "130306100230", AreaChangeKind::Split),
            ("130306100212", "东庄村委会", "130306105230", AreaChangeKind::Split),
        ] {
            book.apply(&AreasEvent::AreaChanged(AreaChanged {
                scheme: Scheme::default(),
                kind,
                on: ChangeDate::Year(2024),
                words: kind.zh().into(),
                old_code: old.parse().ok(),
                old_name: Some(was.into()),
                new_code: new.parse().ok(),
                new_name: None,
                document: None,
                unconfirmed: None,
            }));
        }
        book.apply(&AreasEvent::AreaChanged(AreaChanged {
            scheme: Scheme::default(),
            kind: AreaChangeKind::Abolished,
            on: ChangeDate::Year(2024),
            words: "撤销".into(),
            old_code: "130306100213".parse().ok(),
            old_name: Some("西庄村委会".into()),
            new_code: None,
            new_name: None,
            document: None,
            unconfirmed: None,
        }));
        book
    }

    #[test]
    fn an_old_code_is_taken_for_what_came_after_it_with_a_note() {
        for (written, beside, expected, said) in [
            ("130323100209", "", "130306100209", "抚宁区抚宁镇大李官营村委会（130306100209）"),
            ("130306100211", "", "130306100230", "抚宁区抚宁镇下庄村委会（130306100230）"),
            ("三里杨庄村（130306100211）", "", "130306100230", "2024年撤并"),
        ] {
            let read = super::area(written, &book(), None, beside);
            assert_eq!(read.value, expected.parse().ok(), "{written}");
            let [note] = read.troubles.as_slice() else { panic!("{written}: {:?}", read.troubles) };
            assert_eq!((note.code.code(), note.severity), ("AREA_CODE_REPLACED", schema::hand_in::Severity::Warning));
            let zh = note.code.words().reason_zh;
            assert!(zh.contains(said), "{zh}");
        }
        let served = areas("130306100212、130306100209", &book(), None);
        let codes: Vec<String> = served.value.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(codes, ["130306100209", "130306100230", "130306105230"], "all that it went over into");
        assert_eq!(served.troubles[0].severity, schema::hand_in::Severity::Warning);
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
            assert_eq!(super::area(written, &book(), None, ""), Read::value(expected.parse().unwrap()), "{written}");
        }
    }

    #[test]
    fn codes_that_cannot_be_refuse_the_row_and_say_why() {
        for (written, code, hint) in [
            ("130399100207", "AREA_CODE_UNKNOWN", "核对"),
            ("130306100999", "AREA_CODE_UNKNOWN", "抚宁镇"),
            ("130323104209", "AREA_CODE_DIVIDED", "乡镇和村名"),
            ("130306100212", "AREA_CODE_DIVIDED", "乡镇和村名"),
            ("130306100213", "AREA_CODE_ABOLISHED", "现行代码"),
            ("1.30306E+11", "AREA_CODE_AS_NUMBER", "文本"),
            ("13030610020", "AREA_CODE_MALFORMED", ""),
            ("大李官庄村", "AREA_NAME_UNKNOWN", "12位"),
            ("下庄村", "AREA_NAME_AMBIGUOUS", "抚宁区台营镇下庄村委会（130306105230）"),
            ("130306-100209", "AREA_CODE_MALFORMED", ""),
        ] {
            let read = super::area(written, &book(), None, "");
            assert!(read.is_error() && read.value.is_none(), "{written}");
            assert_eq!(read.troubles[0].code.code(), code, "{written}");
            let remedy = read.troubles[0].code.words().remedy_zh;
            assert!(remedy.contains(hint), "{written}: {remedy}");
        }
        assert_eq!(super::area(" ", &book(), None, ""), Read::blank());
    }

    #[test]
    fn several_codes_come_in_code_order_once_each() {
        let read = areas("130306100209、130306；130306100209", &book(), None);
        assert_eq!(
            read.value.unwrap().iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["130306000000", "130306100209"]
        );
        assert!(areas("130306,999999", &book(), None).is_error());
    }

    #[test]
    fn a_county_is_served_from_within_and_several_from_their_city() {
        let beyond = |codes: &[&str], home: &str| {
            let codes: Vec<AreaCode> = codes.iter().map(|code| code.parse().unwrap()).collect();
            beyond_the_county(&codes, home.parse().unwrap(), &book())
        };
        for (served, home) in [
            (&["130306105", "130306"][..], "130306100209"),
            (&[], "130306100209"),
            (&["130306", "130322"], "130300"),
            (&["130300"], "130300"),
            (&["130300", "130200"], "130000"),
        ] {
            assert_eq!(beyond(served, home), None, "{served:?} from {home}");
        }
        for (served, home, wider) in [
            (&["130306105", "130322"][..], "130306100209", "130300000000"),
            (&["130300"], "130306100209", "130300000000"),
            (&["130200"], "130306100209", "130000000000"),
            (&["130200"], "130300", "130000000000"),
        ] {
            let trouble = beyond(served, home).unwrap_or_else(|| panic!("{served:?} from {home}"));
            assert_eq!(trouble.code.code(), "COVERAGE_BEYOND_COUNTY");
            let words = trouble.code.words();
            assert!(words.remedy_zh.contains(wider) && words.remedy_en.contains(wider), "{}", words.remedy_zh);
        }
    }

    #[test]
    fn names_stand_for_codes() {
        for (written, expected, doubts) in [
            ("抚宁镇大李官营村", "130306100209", &[][..]),
            ("抚宁县抚宁镇下庄村", "130306100230", &[]),
            ("大李官营村", "130306100209", &["AREA_BY_NAME"]),
            ("下庄村（130306100209）", "130306100209", &["AREA_NAME_DIFFERS"]),
            ("抚宁镇", "130306100000", &[]),
        ] {
            let read = super::area(written, &book(), None, "");
            assert_eq!(read.value, expected.parse().ok(), "{written}");
            assert_eq!(
                read.troubles.iter().map(|trouble| trouble.code.code()).collect::<Vec<_>>(),
                doubts,
                "{written}"
            );
        }
        let read = super::area("下庄村", &book(), None, "秦皇岛市抚宁区台营镇下庄文化路48号");
        assert_eq!(read.value, "130306105230".parse().ok(), "the one in the town of the address");
        let read = super::area("下庄村", &book(), "130306105".parse().ok(), "");
        assert_eq!(read.value, "130306105230".parse().ok(), "the one in the clerk's own town");
    }

    #[test]
    fn an_area_served_may_be_said_from_where_the_community_lies() {
        for (written, expected, doubts) in [
            ("本村", &["130306105230"][..], &[][..]),
            ("全镇", &["130306105000"], &[]),
            ("全区", &["130306000000"], &[]),
            ("本村及大李官营村", &["130306100209", "130306105230"], &["AREA_BY_NAME"]),
            ("抚宁镇和台营镇", &["130306100000", "130306105000"], &[]),
            ("抚宁镇、周边村庄", &["130306100000"], &["AREA_NAME_UNKNOWN"]),
            ("周边", &[], &["AREA_NAME_UNKNOWN"]),
            ("下庄村", &["130306105230"], &["AREA_BY_NAME"]),
            ("130306100209 130306105", &["130306100209", "130306105000"], &[]),
        ] {
            let read = areas(written, &book(), "130306105230".parse().ok());
            assert!(!read.is_error(), "{written}");
            let codes: Vec<String> = read.value.unwrap_or_default().iter().map(ToString::to_string).collect();
            assert_eq!(codes, expected, "{written}");
            assert_eq!(
                read.troubles.iter().map(|trouble| trouble.code.code()).collect::<Vec<_>>(),
                doubts,
                "{written}"
            );
        }
    }

    #[test]
    fn exclusions_and_limits_of_an_area_served() {
        let town_but_one = &["130306100230"][..];
        for (written, expected, codes) in [
            ("抚宁镇(不含大李官营村)", town_but_one, &["COVERAGE_EXCEPTED"][..]),
            ("抚宁镇（大李官营村除外）", town_but_one, &["COVERAGE_EXCEPTED"]),
            ("抚宁镇（除大李官营村外）", town_but_one, &["COVERAGE_EXCEPTED"]),
            ("抚宁镇除大李官营村外", town_but_one, &["COVERAGE_EXCEPTED"]),
            ("除大李官营村外的抚宁镇", town_but_one, &["COVERAGE_EXCEPTED"]),
            ("抚宁镇，不含大李官营村", town_but_one, &["COVERAGE_EXCEPTED"]),
            ("抚宁镇，大李官营村除外", town_but_one, &["COVERAGE_EXCEPTED"]),
            ("抚宁镇不包括大李官营村", town_but_one, &["COVERAGE_EXCEPTED"]),
            ("130306100（不含130306100209）", town_but_one, &["COVERAGE_EXCEPTED"]),
            ("抚宁区（不含抚宁镇）", &["130306105000"], &["COVERAGE_EXCEPTED"]),
            ("抚宁区（不含大李官营村）", &["130306100230", "130306105000"], &["COVERAGE_EXCEPTED"]),
            ("抚宁镇、台营镇（不含下庄村）", &["130306100000"], &["COVERAGE_EXCEPTED"]),
            ("全区（抚宁镇除外）", &["130306105000"], &["COVERAGE_EXCEPTED"]),
            ("抚宁镇（仅限大李官营村）", &["130306100209"], &[]),
            ("抚宁镇（只限大李官营村）", &["130306100209"], &[]),
            ("抚宁镇（大李官营村）", &["130306100209"], &[]),
            ("抚宁镇（部分）", &[], &["COVERAGE_UNCLEAR"]),
            ("抚宁镇（部分村）", &[], &["COVERAGE_UNCLEAR"]),
            ("抚宁镇（不含山区村）", &[], &["COVERAGE_UNCLEAR"]),
            ("抚宁镇（仅限老城）", &[], &["COVERAGE_UNCLEAR"]),
            ("抚宁镇（河东）", &[], &["COVERAGE_UNCLEAR"]),
            ("抚宁镇部分村", &[], &["AREA_NAME_UNKNOWN"]),
            ("抚宁镇、周边村庄", &["130306100000"], &["AREA_NAME_UNKNOWN"]),
            ("台营镇（不含大李官营村）", &[], &["COVERAGE_UNCLEAR"]),
            ("不含大李官营村", &[], &["COVERAGE_UNCLEAR"]),
            ("抚宁镇（抚宁镇除外）", &[], &["COVERAGE_UNCLEAR"]),
            ("抚宁镇（含各村）", &["130306100000"], &[]),
            ("抚宁镇（共45个村）", &["130306100000"], &[]),
            ("下庄村（台营镇）", &["130306105230"], &["AREA_BY_NAME"]),
            ("大李官营村（130306100209）", &["130306100209"], &[]),
        ] {
            let read = areas(written, &book(), "130306105230".parse().ok());
            assert!(!read.is_error(), "{written}: {read:?}");
            let found: Vec<String> = read.value.unwrap_or_default().iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{written}: {:?}", read.troubles);
            let said: Vec<&str> = read.troubles.iter().map(|trouble| trouble.code.code()).collect();
            assert_eq!(said, codes, "{written}");
        }
    }
}
