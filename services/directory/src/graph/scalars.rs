//! The scalars of the schema.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;
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
#[Scalar(name = "AreaCode")]
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
#[Scalar(name = "Position")]
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

/// A day in the county's calendar, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Date(pub NaiveDate);

/// A day in the county's calendar, `YYYY-MM-DD`.
#[Scalar(name = "Date")]
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
