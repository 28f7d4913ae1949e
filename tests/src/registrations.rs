//! Registrations as a form sends them, one at a time.

use crate::files;
use crate::world::World;
use schema::{Office, Stream};
use serde_json::{Value, json};

/// The form of one registration of an office, filled in as its first row of the demonstration is. What it registers is
/// named anew by whoever sends it.
pub async fn form(world: &World, office: Office) -> Value {
    let clerk = world.clerk(office).await;
    let rows = files::rows(office);
    let file = world.file("form.csv");
    files::write_table(&file, &rows[..1]);
    let bytes = std::fs::read(&file).expect("the file was just written");
    let path = format!("/api/{office}/imports?list=form");
    let report = clerk.hand_in(&path, &format!("{office}-form"), "form.csv", bytes).await.success();
    let id =
        report.body["rows"][0]["registration"].as_str().unwrap_or_else(|| panic!("no row went in: {}", report.text));
    let mut seen = clerk.get(&format!("/api/{office}/registrations/{id}")).await.success().body;
    seen["registration"].take()
}

/// The same form for something of another name.
pub fn named(form: &Value, name: &str) -> Value {
    let mut form = form.clone();
    form["name"] = json!(name);
    form
}

/// The office whose registration a stream is.
pub fn office_of(stream: &str) -> Option<Office> {
    stream.parse().ok().and_then(Stream::office)
}
