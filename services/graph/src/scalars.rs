//! The scalars of the schema.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A division code of twelve digits; six or nine mean the county or the town. Read as a code of the scheme that the
/// question names, the statistical one when it names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AreaCode(pub schema::AreaCode);

/// Refuses a value; the words of both languages travel in the extensions and are chosen when the answer is written.
pub(super) fn refuse<T: InputType>(code: &str, zh: String, en: String) -> InputValueResult<T> {
    Err(InputValueError::custom(&en)
        .with_extension("code", code)
        .with_extension(super::errors::ZH, zh)
        .with_extension(super::errors::EN, en))
}

/// A division code of twelve digits; six or nine mean the county or the town. Read as a code of the scheme that the
/// question names, the statistical one when it names none.
#[Scalar(name = "AreaCode", specified_by_url = "urn:huiju:scalar:AreaCode")]
impl ScalarType for AreaCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        match text.parse() {
            Ok(code) => Ok(AreaCode(code)),
            Err(_) => refuse(
                "BAD_AREA_CODE",
                format!("“{text}”不是行政区划代码：应为 12 位数字（6 位为县级，9 位为乡级）。"),
                format!("{text:?} is not a division code of 12 digits (6 for a county, 9 for a town)."),
            ),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A place in the log: an opaque token. Every answer to a command carries one; hand it back as `atLeast` to read your
/// own write, or as `asOfPosition` to see the directory as it was just after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position(pub String);

/// A place in the log: an opaque token. Every answer to a command carries one; hand it back as `atLeast` to read your
/// own write, or as `asOfPosition` to see the directory as it was just after it.
#[Scalar(name = "Position", specified_by_url = "urn:huiju:scalar:Position")]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(token) => Ok(Position(token)),
            other => {
                refuse("BAD_POSITION", format!("{other} 不是位置标记。"), format!("{other} is not a position token."))
            }
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A moment, with its offset from UTC, e.g. `2026-03-02T10:00:00+08:00`. Answers are in UTC; the county's time is UTC+8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub DateTime<Utc>);

/// A moment, with its offset from UTC, e.g. `2026-03-02T10:00:00+08:00`. Answers are in UTC; the county's time is UTC+8.
#[Scalar(name = "DateTime", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) if let Ok(time) = DateTime::parse_from_rfc3339(text) => Ok(Time(time.to_utc())),
            other => refuse(
                "BAD_TIME",
                format!("{other} 不是带时差的时间，例如 2026-03-02T10:00:00+08:00。"),
                format!("{other} is not a time with its offset, e.g. 2026-03-02T10:00:00+08:00."),
            ),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339())
    }
}

/// What a field holds, in JSON: a text, a number, a list or an object, as the field is published.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

/// What a field holds, in JSON: a text, a number, a list or an object, as the field is published.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Json(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// A day in the county's calendar, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Date(pub NaiveDate);

/// A day in the county's calendar, `YYYY-MM-DD`.
#[Scalar(name = "Date", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) if let Ok(day) = text.parse() => Ok(Date(day)),
            other => refuse(
                "BAD_DATE",
                format!("{other} 不是日期（YYYY-MM-DD）。"),
                format!("{other} is not a day, YYYY-MM-DD."),
            ),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
