//! The file of a request: a part of a form, or the whole body.

use super::Problem;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::{StatusCode, header};
use futures::future::BoxFuture;
use std::sync::Arc;

/// A file that came with a request.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The last part of its name; `file` where it has none.
    pub name: String,
    /// What else the form says, of what was asked for.
    fields: Vec<(&'static str, String)>,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

impl Upload {
    /// What a field of the form says, unless it is left empty.
    pub fn said(&self, field: &str) -> Option<&str> {
        let said = self.fields.iter().find(|(name, _)| *name == field).map(|(_, said)| said.trim());
        said.filter(|said| !said.is_empty())
    }
}

/// The file of a request; its name may also be given beside it. Of a form, these fields are kept too. `most` is how many
/// bytes the route takes.
pub fn file(
    request: Request,
    name: Option<String>,
    fields: &'static [&'static str],
    most: usize,
) -> BoxFuture<'static, Result<Upload, Problem>> {
    Box::pin(read(request, name, fields, most))
}

async fn read(
    request: Request,
    name: Option<String>,
    wanted: &'static [&'static str],
    most: usize,
) -> Result<Upload, Problem> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (name, fields, bytes) = if media.trim_start().to_ascii_lowercase().starts_with("multipart/form-data") {
        of_form(request, name, wanted, most).await?
    } else {
        let bytes =
            Bytes::from_request(request, &()).await.map_err(|rejection| unreadable(rejection.status(), most))?;
        (name, Vec::new(), bytes)
    };
    Ok(Upload { name: plain_name(name.as_deref()), fields, bytes: bytes.as_ref().into() })
}

async fn of_form(
    request: Request,
    mut name: Option<String>,
    wanted: &'static [&'static str],
    most: usize,
) -> Result<(Option<String>, Vec<(&'static str, String)>, Bytes), Problem> {
    let cut_short = |status: StatusCode| unreadable(status, most);
    let mut form = Multipart::from_request(request, &()).await.map_err(|rejection| cut_short(rejection.status()))?;
    let (mut bytes, mut fields) = (None, Vec::new());
    while let Some(field) = form.next_field().await.map_err(|error| cut_short(error.status()))? {
        match field.name() {
            Some("file") => {
                name = name.or_else(|| field.file_name().map(str::to_owned));
                bytes = Some(field.bytes().await.map_err(|error| cut_short(error.status()))?);
            }
            given => {
                if let Some(name) = wanted.iter().find(|name| given == Some(**name)) {
                    fields.push((*name, field.text().await.map_err(|error| cut_short(error.status()))?));
                }
            }
        }
    }
    let bytes = bytes.ok_or_else(|| {
        Problem::bad_request(
            "file-missing",
            "表单里没有文件（字段名 file）。",
            "The form has no file (its field is called file).",
        )
    })?;
    Ok((name, fields, bytes))
}

/// The last part of a name, whatever path a browser put before it.
fn plain_name(name: Option<&str>) -> String {
    let last = name.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|character| !character.is_control()).collect();
    if plain.trim().is_empty() { "file".to_owned() } else { plain.trim().to_owned() }
}

/// What is said of a query string that does not fit.
pub fn query_malformed(rejection: &QueryRejection) -> Problem {
    Problem::bad_request(
        "query-malformed",
        "网址里的参数不对：check 只能是 true 或 false，extent 只能是 whole（全表）或 changes（变动）。",
        format!("The parameters of the address are wrong: {}.", rejection.body_text()),
    )
}

fn unreadable(status: StatusCode, most: usize) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        let megabytes = most / (1024 * 1024);
        return Problem::new(status, "body-too-large")
            .zh(format!("文件不得超过 {megabytes} MiB，请分成几个文件。"))
            .en(format!("The file must not exceed {megabytes} MiB; hand it in as several."));
    }
    Problem::bad_request("body-unreadable", "文件没有收全，请重试。", "The file did not arrive whole; try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_is_its_last_part() {
        for (given, expected) in [
            (Some("妇联.xlsx"), "妇联.xlsx"),
            (Some("C:\\桌面\\名单.csv"), "名单.csv"),
            (Some("../../etc/passwd"), "passwd"),
            (Some("a\nb.csv"), "ab.csv"),
            (Some("  "), "file"),
            (None, "file"),
        ] {
            assert_eq!(plain_name(given), expected);
        }
    }
}
