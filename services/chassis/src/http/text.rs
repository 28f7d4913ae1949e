//! What people write in the fields of a command, which is kept and shown as it is.

use super::Problem;
use schema::identity_number::{self, Within};
use schema::limits::is_longer;
use serde_json::json;

/// A text of a command, trimmed, if it may be kept: at most so many characters, and nobody's identity number in it.
///
/// # Errors
/// What is to be answered (422), with the path of the field.
pub fn free_text<'t>(path: &str, text: &'t str, most: usize) -> Result<&'t str, Problem> {
    let text = text.trim();
    if is_longer(text, most) {
        return Err(Problem::text_too_long(path, most));
    }
    match identity_number::last_four_in(text, Within::Text) {
        Some(last_four) => Err(Problem::identity_number(path, &last_four)),
        None => Ok(text),
    }
}

impl Problem {
    /// Refuses (422) a text that is longer than its field takes.
    pub fn text_too_long(path: &str, most: usize) -> Problem {
        let (zh, en) = (format!("内容超过{most}字。"), format!("The text has more than {most} characters."));
        Problem::unprocessable("text-too-long", zh.clone(), en.clone())
            .error(json!({ "path": path, "code": "TEXT_TOO_LONG", "most": most, "zh": zh, "en": en }))
    }

    /// Refuses (422) a text in which somebody's identity number stands, saying no more of it than its last four characters.
    pub fn identity_number(path: &str, last_four: &str) -> Problem {
        let zh = format!("文字中有公民身份号码（末四位{last_four}），请删去后再提交。");
        let en = format!(
            "An identity number stands in the text (its last four: {last_four}). Take it out and send it again."
        );
        Problem::unprocessable("identity-number", zh.clone(), en.clone())
            .error(json!({ "path": path, "code": "IDENTITY_NUMBER", "lastFour": last_four, "zh": zh, "en": en }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_refused_when_it_may_not_be_kept() {
        assert_eq!(free_text("reason", " 停业 ", 2).unwrap(), "停业");
        assert_eq!(free_text("reason", "停业了", 2).unwrap_err().code, "text-too-long");
        let problem = free_text("hold.law", "经办440524188001010014", 100).unwrap_err();
        assert_eq!((problem.code, &problem.errors[0]["path"]), ("identity-number", &json!("hold.law")));
        let all = format!("{problem:?}");
        assert!(all.contains("0014") && !all.contains("440524"), "{all}");
    }
}
