//! The live page, and the stream of server-sent events behind it (HTML Living Standard, section 9.2).
//!
//! An entry's event id is its cursor in the directory, so a browser that comes back with `Last-Event-ID` goes on exactly
//! behind what it has seen, whichever process answers. Counters carry no id: they may be repeated.

use super::ask::{Nodes, Trouble, data};
use super::chrome::{AUDITORS, Chrome, Pairs};
use super::division::short;
use super::format::thousands;
use super::{Pages, format, words};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use chassis::auth::Credential;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use schema::{RegistrationId, ResourceId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(1);
/// How often something is sent when nothing happens.
const ALIVE: Duration = Duration::from_secs(15);
/// Counters are sent at most this often.
const TALLY: Duration = Duration::from_secs(1);

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage {
    p: Chrome,
    after: String,
    tallies: Vec<Tally>,
    entries: Vec<Entry>,
}

struct Tally {
    key: &'static str,
    name: &'static str,
    shown: String,
}

/// One line of the ticker, as the page and the stream show it.
#[derive(Clone, Debug, Serialize)]
struct Entry {
    key: String,
    at: DateTime<Utc>,
    clock: String,
    kind: String,
    mark: &'static str,
    text: String,
    more: String,
    href: Option<String>,
}

macro_rules! change {
    () => {
        "cursor kind at name category area { name } office resourceId mergeId registrations { registrationId name office }"
    };
}
macro_rules! counters {
    () => {
        "counters { registrations resources merges proposals undone position }"
    };
}

const RECENT: &str = concat!(
    "query ($kinds: [ChangeKind!]) { ",
    counters!(),
    " recentChanges(first: 50, kinds: $kinds) { nodes { ",
    change!(),
    " } } }"
);
const COUNTERS: &str = concat!("{ ", counters!(), " }");
const CHANGES: &str = concat!(
    "subscription ($after: String, $kinds: [ChangeKind!]) { directoryChanges(after: $after, kinds: $kinds) { ",
    change!(),
    " } }"
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecentAnswer {
    counters: Counters,
    recent_changes: Nodes<Change>,
}

#[derive(Deserialize)]
struct CountersAnswer {
    counters: Counters,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counters {
    registrations: i64,
    resources: i64,
    merges: i64,
    proposals: i64,
    undone: i64,
    /// Of the directory; a cursor from which nothing that came later is missed.
    #[serde(skip_serializing)]
    position: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangesAnswer {
    directory_changes: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    cursor: String,
    kind: String,
    at: DateTime<Utc>,
    name: String,
    category: Option<String>,
    area: Named,
    office: Option<String>,
    resource_id: Option<String>,
    merge_id: Option<String>,
    #[serde(default)]
    registrations: Vec<Pair>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Pair {
    #[serde(rename = "registrationId")]
    id: RegistrationId,
    name: String,
    office: String,
}

/// Kinds of changes: code, Chinese, English.
const KINDS: &[(&str, &str, &str)] = &[
    ("REGISTERED", "登记", "Registered"),
    ("REVISED", "变更", "Revised"),
    ("SUSPENDED", "暂停", "Suspended"),
    ("RESUMED", "恢复", "Resumed"),
    ("WITHDRAWN", "注销", "Withdrawn"),
    ("RETRACTED", "撤下", "Retracted"),
    ("PROPOSED", "待核归并", "Proposed"),
    ("MERGED", "归并", "Merged"),
    ("REFUSED", "不归并", "Left apart"),
    ("UNDONE", "撤销归并", "Undone"),
    ("RESOURCE_WITHDRAWN", "不再提供", "No longer shown"),
];

/// The kinds that are told on the page. Who sees what stands behind the directory reads of a registration that it was
/// suspended or withdrawn; everyone else, that the directory shows no longer what came of it.
fn kinds(p: &Chrome) -> Vec<&'static str> {
    let sees_behind = p.caller.is_some();
    let is_told = |kind: &str| match kind {
        "SUSPENDED" | "WITHDRAWN" | "PROPOSED" | "REFUSED" => sees_behind,
        "RESOURCE_WITHDRAWN" => !sees_behind,
        _ => true,
    };
    KINDS.iter().map(|(kind, ..)| *kind).filter(|kind| is_told(kind)).collect()
}

impl Change {
    fn entry(self, p: &Chrome, now: DateTime<Utc>) -> Entry {
        let lang = p.lang;
        let of_merge = self.merge_id.is_some();
        // Every registration brings a resource id, which leads to wherever it is shown now.
        let shown = self.registrations.first().map(|one| ResourceId::of(one.id).to_string());
        let office = |code: &str| words::of(words::OFFICES, code, lang).to_owned();
        let names: Vec<String> =
            self.registrations.iter().filter(|_| of_merge).map(|one| p.of(&one.name, &office(&one.office))).collect();
        let category = self.category.as_deref().map(|category| words::of(words::CATEGORIES, category, lang).to_owned());
        let more = [
            self.office.as_deref().filter(|_| !of_merge).map(office),
            Some(short(&self.area.name)),
            category.filter(|_| !of_merge),
        ];
        Entry {
            key: self.cursor,
            at: self.at,
            clock: format::clock(self.at, now, lang),
            mark: match self.kind.as_str() {
                "MERGED" => "yes",
                "PROPOSED" => "unknown",
                "UNDONE" => "bad",
                "SUSPENDED" | "WITHDRAWN" | "REFUSED" | "RESOURCE_WITHDRAWN" => "no",
                _ => "plain",
            },
            text: if names.is_empty() { self.name } else { names.join(" ＋ ") },
            more: more.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            href: match self.merge_id.filter(|_| p.is_any(AUDITORS)) {
                Some(merge) => Some(format!("/steward/merges/{merge}")),
                None => self.resource_id.or(shown).map(|id| format!("/resources/{id}")),
            },
            kind: words::of(KINDS, &self.kind, lang).to_owned(),
        }
    }
}

/// `GET /live`
pub async fn page(State(pages): State<Pages>, p: Chrome) -> Response {
    let answer: RecentAnswer = match pages.ask(&p, RECENT, json!({ "kinds": kinds(&p) })).await {
        Ok(answer) => answer,
        Err(trouble) => return trouble.page(&p),
    };
    let entries: Vec<Entry> =
        answer.recent_changes.nodes.into_iter().map(|change| change.entry(&p, pages.clock.now())).collect();
    let counters = answer.counters;
    let tally = |(key, zh, en, count): (&'static str, &'static str, &'static str, i64)| Tally {
        key,
        name: if p.english() { en } else { zh },
        shown: thousands(count),
    };
    let tallies = [
        ("registrations", "登记信息", "Registrations", counters.registrations),
        ("resources", "服务资源", "Resources", counters.resources),
        ("merges", "已归并", "Merges in force", counters.merges),
        ("proposals", "待核归并", "Proposed merges", counters.proposals),
        ("undone", "已撤销", "Undone", counters.undone),
    ];
    let template = LivePage {
        after: entries.first().map_or(counters.position, |entry| entry.key.clone()),
        tallies: tallies.into_iter().map(tally).collect(),
        entries,
        p: p.clone(),
    };
    p.page(StatusCode::OK, &template)
}

/// `GET /live/events?after=CURSOR`: entries after a cursor, or after `Last-Event-ID`, which is the newer of the two.
pub async fn events(State(pages): State<Pages>, p: Chrome, headers: HeaderMap, Query(pairs): Pairs) -> Response {
    let after = pairs.iter().find(|(name, _)| name == "after").map(|(_, value)| value.clone());
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let after = last.or(after).filter(|cursor| !cursor.is_empty());
    let (sender, receiver) = mpsc::channel::<Result<Event, Infallible>>(64);
    // The connection drains with the process: it ends when that is to end, and the browser goes on with the next one.
    tokio::spawn(async move {
        let stop = pages.shutdown.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = sender.closed() => {}
            // The browser comes back, as whoever it is then.
            () = Credential::lapse_of(p.credential.clone()) => {}
            () = run(&pages, &p, after, &sender) => {}
        }
    });
    let mut response = Sse::new(ReceiverStream::new(receiver)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

type Sender = mpsc::Sender<Result<Event, Infallible>>;

/// Sends until the browser leaves or the directory ends the subscription.
async fn run(pages: &Pages, p: &Chrome, after: Option<String>, sender: &Sender) {
    if sender.send(Ok(Event::default().retry(RETRY).comment("live"))).await.is_err() {
        return;
    }
    let mut changes = pages.answers.follow(CHANGES, json!({ "after": after, "kinds": kinds(p) }), p.asker());
    let mut tally = tokio::time::interval(TALLY);
    tally.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut alive = tokio::time::interval(ALIVE);
    let mut shown: Option<Counters> = None;
    loop {
        let event = tokio::select! {
            change = changes.next() => match change.map(data::<ChangesAnswer>) {
                Some(Ok(answer)) => {
                    let entry = answer.directory_changes.entry(p, pages.clock.now());
                    Event::default().event("entry").id(entry.key.clone()).json_data(&entry)
                }
                Some(Err(trouble)) => {
                    refused(&trouble, sender).await;
                    return;
                }
                None => return,
            },
            _ = tally.tick() => match pages.ask::<CountersAnswer>(p, COUNTERS, json!({})).await {
                Ok(answer) if shown.as_ref() != Some(&answer.counters) => {
                    let event = Event::default().event("tallies").json_data(&answer.counters);
                    shown = Some(answer.counters);
                    event
                }
                Ok(_) | Err(_) => continue,
            },
            _ = alive.tick() => Ok(Event::default().event("alive").data("")),
        };
        match event {
            Ok(event) => {
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::error!(%error, "a live event could not be written"),
        }
    }
}

/// A cursor that cannot be gone on from (of another log) makes the browser load the page anew; anything else makes it
/// connect again.
async fn refused(trouble: &Trouble, sender: &Sender) {
    match trouble {
        Trouble::NotYet => {}
        Trouble::Missing | Trouble::Refused(_) | Trouble::Divided(_) | Trouble::Elsewhere(_) | Trouble::Denied => {
            let _ = sender.send(Ok(Event::default().event("anew").data("cursor"))).await;
        }
        Trouble::Broken(why) => tracing::error!(%why, "the live page lost its subscription"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chassis::http::Lang;

    #[test]
    fn a_merge_names_both_registrations_and_leads_to_the_resource() {
        let change: Change = serde_json::from_value(json!({
            "cursor": "c1", "kind": "MERGED", "at": "2026-11-23T02:00:05Z", "name": "前村食堂", "category": "助餐",
            "area": { "name": "前村村委会" }, "office": null, "resourceId": "r", "mergeId": "m",
            "registrations": [
                { "registrationId": "13030652-7a3f-8d0e-9a43-0f2a5b1c9d11", "name": "前村食堂", "office": "COMMERCE" },
                { "registrationId": "13030611-7a3f-8d0e-9a43-0f2a0d9f7c52", "name": "前村老年食堂", "office": "WOMENS_FEDERATION" },
            ],
        }))
        .unwrap();
        let entry = change.entry(&Chrome::plain(Lang::Zh, "/live"), "2026-11-23T05:00:00Z".parse().unwrap());
        assert_eq!(entry.text, "前村食堂（商务局） ＋ 前村老年食堂（妇联）");
        assert_eq!((entry.kind.as_str(), entry.more.as_str(), entry.clock.as_str()), ("归并", "前村", "10:00:05"));
        assert_eq!(entry.href.as_deref(), Some("/resources/r"));
    }
}
