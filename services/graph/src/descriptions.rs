//! The schema's descriptions in both languages. They are written once, in English, where the things are (doc comments); `schema/
//! descriptions.jsonl` has the Chinese of each, by its English, and what is read out of the schema, as SDL or by introspection, has the Chinese
//! before the English. What begins with the Chinese word of an official list has both already.

use async_graphql::parser::types::{OperationDefinition, Selection};
use async_graphql::{Name, Value};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../../schema/descriptions.jsonl");

#[derive(Deserialize)]
struct Line {
    en: String,
    zh: String,
}

/// The Chinese by the English.
static CHINESE: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines.map(|line| (flowing(&line.en), line.zh)).collect()
});

/// A text without its breaks of lines.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The Chinese of a description.
fn chinese(english: &str) -> Option<&'static str> {
    CHINESE.get(&flowing(english)).map(String::as_str)
}

/// A schema in the schema definition language, with its descriptions in both languages.
pub fn in_both(sdl: &str) -> String {
    const QUOTES: &str = "\"\"\"";
    let mut lines = sdl.lines();
    let mut text = String::with_capacity(sdl.len() * 2);
    let mut write = |line: &str| {
        text.push_str(line.trim_end());
        text.push('\n');
    };
    while let Some(line) = lines.next() {
        write(line);
        if line.trim() != QUOTES {
            continue;
        }
        let description: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != QUOTES).collect();
        let indent = line.trim_end().strip_suffix(QUOTES).unwrap_or_default();
        if let Some(chinese) = chinese(&description.join("\n")) {
            write(&format!("{indent}{chinese}"));
            write("");
        }
        description.into_iter().for_each(&mut write);
        write(line);
    }
    text
}

/// Whether a field of the root tells of the schema.
fn tells_of_schema(name: &Name) -> bool {
    matches!(name.as_str(), "__schema" | "__type" | "_service")
}

/// An answer, with the descriptions that it holds in both languages.
pub fn answer_in_both(operation: &OperationDefinition, data: &mut Value) {
    let Value::Object(fields) = data else { return };
    for selection in &operation.selection_set.node.items {
        let Selection::Field(field) = &selection.node else { continue };
        if tells_of_schema(&field.node.name.node)
            && let Some(told) = fields.get_mut(&field.node.response_key().node)
        {
            translate(told);
        }
    }
}

fn translate(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("\"\"\"") => *text = in_both(text),
        Value::String(text) => {
            if let Some(chinese) = chinese(text) {
                *text = format!("{chinese}\n\n{text}");
            }
        }
        Value::List(values) => values.iter_mut().for_each(translate),
        Value::Object(fields) => fields.values_mut().for_each(translate),
        Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) | Value::Enum(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::sdl;
    use std::collections::BTreeSet;

    #[test]
    fn a_description_stands_in_chinese_and_then_in_english_where_it_stood() {
        let sdl = "\"\"\"\nThe\noffice.\n\"\"\"\ntype A {\n\t\"\"\"\n\tIts name.\n\t\"\"\"\n\tname: String!\n\t\"\"\"\n\tNobody knows it.\n\t\"\"\"\n\tb: Int\n}\n";
        let both = in_both(sdl);
        assert_eq!(
            both,
            "\"\"\"\n部门。\n\nThe\noffice.\n\"\"\"\ntype A {\n\t\"\"\"\n\t名称。\n\n\tIts name.\n\t\"\"\"\n\tname: String!\n\t\"\"\"\n\tNobody knows it.\n\t\"\"\"\n\tb: Int\n}\n"
        );
    }

    #[test]
    fn every_line_of_the_table_is_of_a_description_there_is_and_stands_once() {
        let sdl = flowing(&sdl());
        let lines: Vec<Line> = TABLE.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut once = BTreeSet::new();
        for Line { en, zh } in &lines {
            assert!(once.insert(flowing(en)), "twice: {en}");
            assert!(sdl.contains(&format!("{} {}", flowing(zh), flowing(en))), "no description of the schema: {en}");
        }
    }
}
