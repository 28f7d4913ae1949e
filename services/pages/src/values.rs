//! Values of a resource's fields in words, whatever their shape: those that were not taken, those that were compared.

use super::{format, words};
use chassis::http::Lang;
use serde_json::Value;

/// A value of `field` as a person reads it; blank for null.
pub fn in_words(field: &str, value: &Value, lang: Lang) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => said(lang, "是", "yes").to_owned(),
        Value::Bool(false) => said(lang, "否", "no").to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text_in_words(field, text, lang),
        Value::Array(items) => {
            let parts: Vec<String> =
                items.iter().map(|item| in_words(field, item, lang)).filter(|part| !part.is_empty()).collect();
            parts.join(said(lang, "、", ", "))
        }
        Value::Object(fields) => object_in_words(field, fields, lang),
    }
}

fn said<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn text_in_words(field: &str, text: &str, lang: Lang) -> String {
    match field {
        "office" => words::of(words::OFFICES, &text.to_uppercase(), lang).to_owned(),
        "phones" => {
            text.split([',', '、']).filter(|part| !part.is_empty()).map(format::phone).collect::<Vec<_>>().join("、")
        }
        "category" => words::of(words::CATEGORIES, text, lang).to_owned(),
        "kind" => words::of(words::KINDS, text, lang).to_owned(),
        // A value kept as JSON inside a string.
        _ if text.starts_with(['{', '[', '"']) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => in_words(field, &inner, lang),
            Ok(_) | Err(_) => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

fn object_in_words(field: &str, fields: &serde_json::Map<String, Value>, lang: Lang) -> String {
    let get = |name: &str| fields.get(name).unwrap_or(&Value::Null);
    match field {
        "hours" => in_words("", get("text"), lang),
        "provider" => {
            let parts = ["name", "credit_code"].map(|part| in_words("", get(part), lang));
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        }
        "coverage" | "area" => match get("name") {
            Value::Null => in_words("", get("code"), lang),
            name => in_words("", name, lang),
        },
        "licence" => licence(fields, lang),
        "eligibility" => eligibility(fields, lang),
        "vacancy" => vacancy(get("free").as_u64(), get("as_of").as_str(), lang),
        "documents" => match get("note") {
            Value::Null => {
                let kinds = get("kinds").as_array().into_iter().flatten().filter_map(Value::as_str);
                let named: Vec<&str> = kinds.map(|kind| words::of(words::DOCUMENTS, kind, lang)).collect();
                named.join(said(lang, "、", ", "))
            }
            note => in_words("", note, lang),
        },
        _ => {
            let parts: Vec<String> =
                fields.values().map(|value| in_words("", value, lang)).filter(|part| !part.is_empty()).collect();
            parts.join(said(lang, "，", ", "))
        }
    }
}

/// How many places are free, and on which day they were; blank when nobody said.
pub fn vacancy(free: Option<u64>, as_of: Option<&str>, lang: Lang) -> String {
    let Some(day) = as_of.and_then(|day| day.parse().ok()).map(|day| format::date(day, lang)) else {
        return String::new();
    };
    match (free, lang) {
        (None, Lang::Zh) => format!("待核实（上次报于{day}）"),
        (None, Lang::En) => format!("to be checked (last said of {day})"),
        (Some(0), Lang::Zh) => format!("已满员（{day}）"),
        (Some(0), Lang::En) => format!("full ({day})"),
        (Some(free), Lang::Zh) => format!("{free}（{day}）"),
        (Some(free), Lang::En) => format!("{free} ({day})"),
    }
}

fn licence(fields: &serde_json::Map<String, Value>, lang: Lang) -> String {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("standing").to_lowercase().as_str() {
        "not_required" => said(lang, "不需要", "none needed").to_owned(),
        "until" => {
            let day = text("expires").parse().map(|day| format::date(day, lang)).unwrap_or_default();
            let until = match lang {
                Lang::Zh => format!("有效期至{day}"),
                Lang::En => format!("valid until {day}"),
            };
            [text("number"), until.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        }
        _ => {
            let unknown = said(lang, "有效期不详", "validity unknown");
            [text("number"), unknown].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        }
    }
}

fn eligibility(fields: &serde_json::Map<String, Value>, lang: Lang) -> String {
    let codes = |names: [&str; 2]| {
        names.iter().find_map(|name| fields.get(*name)).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let named = |table, codes: &[Value]| {
        codes.iter().filter_map(Value::as_str).map(|code| words::of(table, code, lang).to_owned()).collect::<Vec<_>>()
    };
    let age = |names: [&str; 2]| names.iter().find_map(|name| fields.get(*name)).and_then(Value::as_u64);
    let mut parts = named(words::AUDIENCES, &codes(["audiences", "audiences"]));
    match (age(["minimum_age", "minimumAge"]), age(["maximum_age", "maximumAge"]), lang) {
        (None, None, _) => {}
        (from, to, lang) => parts.push(ages(from, to, lang)),
    }
    let conditions = named(words::CONDITIONS, &codes(["conditions", "conditions"]));
    if !conditions.is_empty() {
        parts.push(conditions.join(said(lang, "或", " or ")));
    }
    if let Some(note) = fields.get("note").and_then(Value::as_str).filter(|note| !note.is_empty()) {
        parts.push(note.to_owned());
    }
    parts.join(said(lang, "，", ", "))
}

/// An age range in words; blank when both ends are open.
pub fn ages(from: Option<u64>, to: Option<u64>, lang: Lang) -> String {
    match (from, to, lang) {
        (None, None, _) => String::new(),
        (Some(from), None, Lang::Zh) => format!("{from}岁及以上"),
        (Some(from), None, Lang::En) => format!("{from} and over"),
        (None, Some(to), Lang::Zh) => format!("{to}岁及以下"),
        (None, Some(to), Lang::En) => format!("up to {to}"),
        (Some(from), Some(to), Lang::Zh) => format!("{from}岁至{to}岁"),
        (Some(from), Some(to), Lang::En) => format!("{from} to {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_that_was_not_taken_is_read_out_whatever_its_shape() {
        let rows = [
            ("phones", json!(["+863355669699", "+8615057812656"]), "0335-5669699、150 5781 2656"),
            ("hours", json!({ "text": "周六 9:00-11:00", "schedules": [] }), "周六 9:00-11:00"),
            ("home_visits", json!(true), "是"),
            ("capacity", json!(20), "20"),
            ("vacancy", json!({ "free": 3, "as_of": "2026-03-01" }), "3（2026年3月1日）"),
            ("vacancy", json!({ "free": 0, "as_of": "2026-03-01" }), "已满员（2026年3月1日）"),
            ("documents", json!({ "kinds": ["identity_card", "disability_certificate"] }), "身份证、残疾人证"),
            ("documents", json!({ "note": "身份证或户口本" }), "身份证或户口本"),
            (
                "licence",
                json!({ "standing": "until", "number": "PDY1", "expires": "2033-10-18" }),
                "PDY1 有效期至2033年10月18日",
            ),
            ("licence", json!({ "standing": "unknown", "number": null }), "有效期不详"),
            (
                "eligibility",
                json!({ "audiences": ["elders"], "minimum_age": 80, "conditions": ["low_income"] }),
                "老年人，80岁及以上，低保对象",
            ),
            ("provider", json!({ "name": "前村卫生室", "credit_code": null }), "前村卫生室"),
            ("provider", json!({ "name": "前村卫生室", "credit_code": "91130306X" }), "前村卫生室 91130306X"),
            ("name", json!("{不是JSON"), "{不是JSON"),
            ("name", json!(null), ""),
        ];
        for (field, value, words) in rows {
            assert_eq!(in_words(field, &value, Lang::Zh), words, "{field}");
        }
    }
}
