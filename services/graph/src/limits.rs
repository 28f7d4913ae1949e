//! How large a question may be. Looked at before anything else is done with it: first its text, since brackets can nest
//! until the parser's stack ends, then the document with its fragments spread out, since a short text can spread out
//! without end. What it would cost to answer is the schema's own measure, `COMPLEXITY`.

use async_graphql::Positioned;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use std::collections::HashMap;

/// The longest text, in bytes.
pub const BYTES: usize = 64 * 1024;
/// How many brackets may be open at once.
pub const BRACKETS: usize = 64;
/// How deep fields and fragments may nest: as deep as the introspection that tools send, and some more.
pub const DEPTH: usize = 24;
/// How many fields and fragments a document may have once its fragments are spread out.
pub const FIELDS: usize = 1_000;
/// How many of them may be renamed.
pub const ALIASES: usize = 50;
/// How often one field may be written in one selection.
pub const REPEATS: usize = 20;
/// How many directives may stand in one place.
pub const DIRECTIVES: usize = 8;
/// How often introspection may go from a type to a list of its members and on.
pub const INTROSPECTION: usize = 2;

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// The text is too long.
    Bytes,
    /// Too many brackets are open at once.
    Brackets,
    /// Fields and fragments nest too deep.
    Depth,
    /// Too many fields.
    Fields,
    /// Too many of them are renamed.
    Aliases,
    /// One field is written again and again.
    Repeats,
    /// Too many directives stand in one place.
    Directives,
    /// Introspection goes round.
    Introspection,
    /// A fragment leads back to itself.
    Circle,
    /// It would cost too much to answer.
    Complexity,
}

impl Excess {
    /// What to say of it, in Chinese.
    pub fn zh(self) -> String {
        match self {
            Excess::Bytes => format!("查询文本不得超过 {BYTES} 字节。"),
            Excess::Brackets => format!("查询的括号嵌套不得超过 {BRACKETS} 层。"),
            Excess::Depth => format!("查询的嵌套不得超过 {DEPTH} 层。"),
            Excess::Fields => format!("查询展开后不得超过 {FIELDS} 个字段，请分成几次查询。"),
            Excess::Aliases => format!("查询中的别名不得超过 {ALIASES} 个，请分成几次查询。"),
            Excess::Repeats => format!("同一处重复写同一字段不得超过 {REPEATS} 次。"),
            Excess::Directives => format!("同一处的指令不得超过 {DIRECTIVES} 个。"),
            Excess::Introspection => format!("内省查询逐层展开类型成员不得超过 {INTROSPECTION} 次。"),
            Excess::Circle => "片段循环引用了自身。".to_owned(),
            Excess::Complexity => "查询的结果可能过大：请减小 first，或少取一些字段。".to_owned(),
        }
    }

    /// What to say of it, in English.
    pub fn en(self) -> String {
        match self {
            Excess::Bytes => format!("The text of a query must not exceed {BYTES} bytes."),
            Excess::Brackets => format!("The brackets of a query must not nest deeper than {BRACKETS}."),
            Excess::Depth => format!("A query must not nest deeper than {DEPTH}."),
            Excess::Fields => format!("A query must not ask for more than {FIELDS} fields; ask in parts."),
            Excess::Aliases => format!("A query must not have more than {ALIASES} aliases; ask in parts."),
            Excess::Repeats => format!("A query must not repeat a field in one place more than {REPEATS} times."),
            Excess::Directives => format!("A query must not have more than {DIRECTIVES} directives in one place."),
            Excess::Introspection => {
                format!("Introspection must not go from types to their members more than {INTROSPECTION} times.")
            }
            Excess::Circle => "A fragment of the query leads back to itself.".to_owned(),
            Excess::Complexity => {
                "The answer could be too large: ask for fewer at once (first), or for fewer fields.".to_owned()
            }
        }
    }
}

/// Whether a text may be parsed.
pub fn check_text(text: &str) -> Result<(), Excess> {
    if text.len() > BYTES {
        return Err(Excess::Bytes);
    }
    if most_open(text) > BRACKETS { Err(Excess::Brackets) } else { Ok(()) }
}

/// How many brackets are open at most, those in strings and comments aside.
fn most_open(text: &str) -> usize {
    let (mut open, mut most) = (0usize, 0);
    let mut rest = text;
    while let Some(at) = rest.find(['{', '[', '(', '}', ']', ')', '"', '#']) {
        let (found, behind) = rest[at..].split_at(1);
        rest = match found {
            "{" | "[" | "(" => {
                open += 1;
                most = most.max(open);
                behind
            }
            "#" => behind.find(['\n', '\r']).map_or("", |end| &behind[end..]),
            "\"" => match behind.strip_prefix("\"\"") {
                Some(block) => behind_string(block, "\"\"\"", "\\\"\"\""),
                None => behind_string(behind, "\"", "\\\""),
            },
            _ => {
                open = open.saturating_sub(1);
                behind
            }
        };
    }
    most
}

/// What follows a string, up to its end that is not `escaped`.
fn behind_string<'a>(text: &'a str, end: &str, escaped: &str) -> &'a str {
    let mut rest = text;
    loop {
        let Some(at) = rest.find(['\\', '"']) else { return "" };
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix(escaped) {
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix(end) {
            return behind;
        } else if let Some(behind) = rest.strip_prefix("\\\\").filter(|_| end.len() == 1) {
            rest = behind;
        } else {
            rest = &rest[1..];
        }
    }
}

/// Whether a document may be validated and executed.
pub fn check_document(document: &ExecutableDocument) -> Result<(), Excess> {
    let mut measure = Measure { document, fragments: HashMap::new() };
    let mut whole = Size::default();
    for (_, operation) in document.operations.iter() {
        check_directives(operation.node.directives.len())?;
        whole = whole.beside(measure.selection(&operation.node.selection_set, 0)?)?;
    }
    Ok(())
}

fn check_directives(count: usize) -> Result<(), Excess> {
    if count > DIRECTIVES { Err(Excess::Directives) } else { Ok(()) }
}

/// How large a part of a document is with its fragments spread out.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    fields: usize,
    aliases: usize,
    depth: usize,
    /// How many lists of a type's members stand inside one another.
    member_lists: usize,
}

impl Size {
    fn beside(self, other: Size) -> Result<Size, Excess> {
        let both = Size {
            fields: self.fields + other.fields,
            aliases: self.aliases + other.aliases,
            depth: self.depth.max(other.depth),
            member_lists: self.member_lists.max(other.member_lists),
        };
        if both.fields > FIELDS {
            Err(Excess::Fields)
        } else if both.aliases > ALIASES {
            Err(Excess::Aliases)
        } else {
            Ok(both)
        }
    }
}

/// The size of a fragment; none while it is being measured.
type Fragments<'a> = HashMap<&'a str, Option<Size>>;

struct Measure<'a> {
    document: &'a ExecutableDocument,
    fragments: Fragments<'a>,
}

impl<'a> Measure<'a> {
    fn selection(&mut self, set: &'a Positioned<SelectionSet>, above: usize) -> Result<Size, Excess> {
        let mut whole = Size::default();
        let mut written: HashMap<&str, usize> = HashMap::new();
        for selection in &set.node.items {
            check_directives(selection.node.directives().len())?;
            if above >= DEPTH {
                return Err(Excess::Depth);
            }
            let inside = match &selection.node {
                Selection::Field(field) => {
                    let times = written.entry(&field.node.response_key().node).or_default();
                    *times += 1;
                    if *times > REPEATS {
                        return Err(Excess::Repeats);
                    }
                    self.field(&field.node, above)?
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, above)?,
                Selection::InlineFragment(fragment) => self.selection(&fragment.node.selection_set, above + 1)?,
            };
            let size = Size { fields: inside.fields + 1, depth: inside.depth + 1, ..inside };
            if above + size.depth > DEPTH {
                return Err(Excess::Depth);
            }
            whole = whole.beside(size)?;
        }
        Ok(whole)
    }

    fn field(&mut self, field: &'a Field, above: usize) -> Result<Size, Excess> {
        let mut size = self.selection(&field.selection_set, above + 1)?;
        size.aliases += usize::from(field.alias.is_some());
        match field.name.node.as_str() {
            "fields" | "inputFields" | "interfaces" | "possibleTypes" => size.member_lists += 1,
            "__schema" | "__type" if size.member_lists > INTROSPECTION => return Err(Excess::Introspection),
            _ => {}
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &'a str, above: usize) -> Result<Size, Excess> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(Excess::Circle),
            None => {}
        }
        // One that is not there is for the validation to say.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Size::default()) };
        check_directives(fragment.node.directives.len())?;
        self.fragments.insert(name, None);
        let size = self.selection(&fragment.node.selection_set, above + 1)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn checked(text: &str) -> Result<(), Excess> {
        check_text(text)?;
        check_document(&parse_query(text).unwrap())
    }

    #[test]
    fn each_limit_holds_and_what_is_just_within_passes() {
        let repeated = |part: &str, times| format!("{{ {} }}", part.repeat(times));
        let aliases = |times| -> String { (0..times).map(|n| format!("a{n}: position ")).collect() };
        let nested = |depth| format!("{}a{}", "{ a ".repeat(depth - 1) + "{ ", " }".repeat(depth));
        let types = |times| {
            format!("{{ __schema {{ types {}{{ name }}{} }} }}", "{ fields { type ".repeat(times), " } }".repeat(times))
        };
        let wide: String = (0..FIELDS).map(|n| format!("f{n} ")).collect();
        for (text, expected) in [
            (format!("{{ a }} #{}", "x".repeat(BYTES)), Err(Excess::Bytes)),
            (repeated("a ", REPEATS), Ok(())),
            (repeated("a ", REPEATS + 1), Err(Excess::Repeats)),
            (repeated(&aliases(ALIASES), 1), Ok(())),
            (repeated(&aliases(ALIASES + 1), 1), Err(Excess::Aliases)),
            (repeated(&wide, 1), Ok(())),
            (repeated(&format!("{wide} more"), 1), Err(Excess::Fields)),
            (nested(DEPTH), Ok(())),
            (nested(DEPTH + 1), Err(Excess::Depth)),
            (nested(BRACKETS + 1), Err(Excess::Brackets)),
            (format!("{{ a {} }}", "@b ".repeat(DIRECTIVES)), Ok(())),
            (format!("{{ a {} }}", "@b ".repeat(DIRECTIVES + 1)), Err(Excess::Directives)),
            (types(INTROSPECTION), Ok(())),
            (types(INTROSPECTION + 1), Err(Excess::Introspection)),
            ("{ ...F } fragment F on Query { a ...F }".to_owned(), Err(Excess::Circle)),
        ] {
            assert_eq!(checked(&text), expected, "{}", &text[..text.len().min(80)]);
        }
    }

    #[test]
    fn a_few_fragments_that_spread_out_without_end_are_refused_at_once() {
        let fragment = |n: usize| format!("fragment F{n} on Query {{ ...F{} ...F{} }} ", n + 1, n + 1);
        let bomb: String = (0..20).map(fragment).collect();
        assert_eq!(checked(&format!("{{ ...F0 }} {bomb} fragment F20 on Query {{ a }}")), Err(Excess::Fields));
        let chain: String = (0..1_000).map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1)).collect();
        assert_eq!(checked(&format!("{{ ...F0 }} {chain}")), Err(Excess::Depth));
    }

    #[test]
    fn brackets_in_strings_and_comments_are_words() {
        for (text, open) in [
            (r#"{ a(b: "((((", c: ["\"[[[\\"]) } # {{{{"#, 3),
            ("{ a(b: \"\"\"[[[[ \\\"\"\" [[[ \" \"\"\") }", 2),
            ("# {{{{\r{ a }", 1),
            (r#"{ a(b: "\\") { c } }"#, 2),
            ("\"", 0),
            ("{ a(b: \"}\") { a(b: \"}\") { a } } }", 3),
        ] {
            assert_eq!(most_open(text), open, "{text}");
        }
    }
}
