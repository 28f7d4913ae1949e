//! What a visitor says of an elder, as the form of a community asks it.

use super::chrome::address;
use super::{format, words};
use chassis::http::Lang;
use chrono::{DateTime, NaiveDateTime, Utc};
use schema::eligibility::OLDEST_AGE;
use serde_json::json;

/// What the visitor said of the elder, as the form shows it again.
#[derive(Default)]
pub struct Form {
    /// The age as entered.
    pub age: String,
    /// The time as entered.
    pub at: String,
    /// Whether what does not fit is listed too.
    pub include_no: bool,
    /// The category to keep to; blank for all.
    pub category: String,
    /// Every circumstance, ticked or not.
    pub conditions: Vec<Tick>,
    /// What was not understood: field and reason.
    pub wrong: Vec<(&'static str, String)>,
    /// Whether anything was said of the elder.
    pub touched: bool,
    years: Option<u8>,
    /// The time asked for, if one was understood.
    pub instant: Option<DateTime<Utc>>,
}

/// One circumstance of the form.
pub struct Tick {
    /// Its code.
    pub code: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Ticked as so.
    pub is: bool,
    /// Ticked as not so.
    pub is_not: bool,
}

impl Form {
    /// Reads the query; what is not understood is left out and said.
    pub fn read(pairs: &[(String, String)], lang: Lang) -> Self {
        let say = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
        let mut form = Form::default();
        let (mut is, mut is_not) = (Vec::new(), Vec::new());
        for (name, value) in pairs {
            let value = value.trim();
            match name.as_str() {
                "age" if !value.is_empty() => {
                    form.age = value.chars().take(8).collect();
                    form.years = halfwidth(value).parse().ok().filter(|age| *age <= OLDEST_AGE);
                    if form.years.is_none() {
                        form.wrong.push((
                            "age",
                            say(
                                &format!("年龄请填0到{OLDEST_AGE}之间的整数。"),
                                &format!("The age must be a whole number from 0 to {OLDEST_AGE}."),
                            ),
                        ));
                    }
                }
                "at" if !value.is_empty() => {
                    form.at = value.chars().take(20).collect();
                    form.instant = moment(value);
                    if form.instant.is_none() {
                        form.wrong.push((
                            "at",
                            say("时间请写成 2026-11-23T10:00 的样子。", "Write the time like 2026-11-23T10:00."),
                        ));
                    }
                }
                "is" => is.push(value.to_owned()),
                "not" => is_not.push(value.to_owned()),
                "no" => form.include_no = value == "1",
                "category" => form.category = value.chars().take(20).collect(),
                _ => {}
            }
        }
        form.conditions = words::CONDITIONS
            .iter()
            .map(|(code, _, _)| Tick {
                code,
                name: words::of(words::CONDITIONS, code, lang),
                is: is.iter().any(|given| given == code),
                is_not: is_not.iter().any(|given| given == code),
            })
            .collect();
        let contradictions: Vec<&str> =
            form.conditions.iter().filter(|tick| tick.is && tick.is_not).map(|tick| tick.name).collect();
        if !contradictions.is_empty() {
            let both = contradictions.join("、");
            form.wrong.push((
                "is",
                say(
                    &format!("“{both}”同时勾了“是”和“不是”，请留一个；这里先按不清楚查。"),
                    &format!("“{both}” is ticked as so and as not so. It is taken as not known here."),
                ),
            ));
        }
        form.touched =
            !form.age.is_empty() || !form.at.is_empty() || form.include_no || !is.is_empty() || !is_not.is_empty();
        form
    }

    /// Whether this field was not understood.
    pub fn is_wrong(&self, field: &str) -> bool {
        self.wrong_with(field).is_some()
    }

    /// What is wrong with this field, if anything.
    pub fn wrong_with(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|(name, _)| *name == field).map(|(_, reason)| reason.as_str())
    }

    /// Whether anything is ticked as not so.
    pub fn any_not(&self) -> bool {
        self.conditions.iter().any(|tick| tick.is_not)
    }

    fn known(&self) -> Vec<&'static str> {
        self.conditions.iter().filter(|tick| tick.is && !tick.is_not).map(|tick| tick.code).collect()
    }

    fn known_not(&self) -> Vec<&'static str> {
        self.conditions.iter().filter(|tick| tick.is_not && !tick.is).map(|tick| tick.code).collect()
    }

    /// `PersonInput`, or null for elders in general.
    pub fn person(&self) -> serde_json::Value {
        let (known, known_not) = (self.known(), self.known_not());
        if self.years.is_none() && known.is_empty() && known_not.is_empty() {
            return serde_json::Value::Null;
        }
        let mut person = json!({ "conditions": known, "notConditions": known_not });
        if let (Some(age), Some(fields)) = (self.years, person.as_object_mut()) {
            fields.insert("age".to_owned(), json!(age));
        }
        person
    }

    /// What was asked, in words.
    pub fn in_words(&self, lang: Lang) -> String {
        let mut said = Vec::new();
        if let Some(age) = self.years {
            said.push(match lang {
                Lang::Zh => format!("{age}岁"),
                Lang::En => format!("aged {age}"),
            });
        }
        for tick in &self.conditions {
            if tick.is && !tick.is_not {
                said.push(tick.name.to_owned());
            }
        }
        said.join(match lang {
            Lang::Zh => "，",
            Lang::En => ", ",
        })
    }

    /// Whether a field tells of a person. Such a one is sent in the body alone.
    pub fn is_of_someone(field: &str) -> bool {
        matches!(field, "age" | "is" | "not")
    }

    /// Whether anything is told of a person.
    pub fn tells_of_someone(&self) -> bool {
        !self.age.is_empty() || self.conditions.iter().any(|tick| tick.is || tick.is_not)
    }

    /// The address of this form's answer from `after` on, without what is told of a person.
    pub fn address(&self, code: &str, category: &str, after: Option<&str>) -> String {
        let query = [
            ("at", self.at.as_str()),
            ("no", if self.include_no { "1" } else { "" }),
            ("category", category),
            ("after", after.unwrap_or_default()),
        ];
        address(&format!("/communities/{code}"), query)
    }
}

/// Full-width digits as the ordinary ones.
fn halfwidth(text: &str) -> String {
    text.chars()
        .map(|c| char::from_u32(u32::from(c).wrapping_sub(0xFEE0)).filter(char::is_ascii_digit).unwrap_or(c))
        .collect()
}

/// An instant from what `datetime-local` gives: the county's time.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .and_then(format::instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[(&str, &str)]) -> Vec<(String, String)> {
        text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_the_visitor_ticked_is_what_is_asked() {
        let form = Form::read(
            &pairs(&[("age", "７８"), ("is", "LIVES_ALONE"), ("not", "DISABLED"), ("at", "2026-11-23T10:00")]),
            Lang::Zh,
        );
        assert_eq!(form.person(), json!({ "age": 78, "conditions": ["LIVES_ALONE"], "notConditions": ["DISABLED"] }));
        assert_eq!(form.instant.unwrap().to_rfc3339(), "2026-11-23T02:00:00+00:00");
        assert_eq!(form.in_words(Lang::Zh), "78岁，独居");
        assert!(form.wrong.is_empty());
    }

    #[test]
    fn a_circumstance_both_so_and_not_so_is_taken_as_unknown_and_said() {
        let form = Form::read(&pairs(&[("is", "DISABLED"), ("not", "DISABLED")]), Lang::Zh);
        assert_eq!(form.person(), serde_json::Value::Null);
        assert!(form.is_wrong("is"));
    }

    #[test]
    fn nonsense_in_the_form_is_said_and_asks_for_elders_in_general() {
        for age in ["abc", "-1", "131", "7.5", "9999999999"] {
            let form = Form::read(&pairs(&[("age", age), ("at", "soon"), ("is", "TALL")]), Lang::Zh);
            assert!(form.is_wrong("age") && form.is_wrong("at"), "{age}");
            assert_eq!(form.person(), serde_json::Value::Null);
        }
    }

    #[test]
    fn the_next_page_keeps_what_was_asked_and_no_address_tells_of_a_person() {
        let form = Form::read(&pairs(&[("at", "2026-11-23T10:00"), ("no", "1")]), Lang::Zh);
        assert!(!form.tells_of_someone());
        assert_eq!(
            form.address("130306100209", "", Some("a=b")),
            "/communities/130306100209?at=2026-11-23T10%3A00&no=1&after=a%3Db"
        );
        for (field, value) in [("age", "78"), ("is", "LIVES_ALONE"), ("not", "DISABLED")] {
            let form = Form::read(&pairs(&[(field, value)]), Lang::Zh);
            assert!(form.tells_of_someone(), "{field}");
            assert_eq!(
                form.address("130306100209", "助餐", None),
                "/communities/130306100209?category=%E5%8A%A9%E9%A4%90"
            );
        }
    }
}
