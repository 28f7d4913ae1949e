//! The routes of a desk: `/api/<office>/imports`.
//!
//! | | |
//! | --- | --- |
//! | `POST …/imports` | a file as multipart (`file`, optional `list`) or as the raw body with `?file=NAME`; `?list=`; `?check=true` for a dry run. 201 with `Location` for a hand-in, 200 for a check and for a file that is the list's latest already |
//! | `GET …/imports` | the latest hand-ins |
//! | `GET …/imports/{id}` | a report, as JSON, or as CSV with `{id}.csv` or `Accept: text/csv` |
//! | `POST …/imports/{id}/withdraw-absent` | withdraws what the hand-in left out, with `Idempotency-Key` |
//!
//! With `Accept: application/x-ndjson` the answer to a hand-in is lines of JSON while it runs: `{"settled": n, "of": n}`, and
//! last the report, or a problem as RFC 9457 has it. A hand-in goes on when the caller goes away.
//!
//! An `Idempotency-Key` is taken where given, and not needed: the same file is the same hand-in.

pub(crate) mod document;

use crate::desk::Desk;
use crate::hand_in::{Ask, File, HandInError, Progress};
use crate::report::{Report, Summary};
use crate::withdrawal::{Unsure, Withdrawal};
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::auth::{Caller, Role};
use chassis::http::upload::{self, Upload};
use chassis::http::{BODY_LIMIT, Body as HttpBody, IdempotencyKey, Lang, Problem, Trace, asks_for};
use futures::StreamExt as _;
use schema::limits::{is_longer, length};
use schema::{Event, Extent, HandInId, RegistrationId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How many hand-ins are listed.
const RECENT: usize = 50;

/// The routes of a desk with their description, under whole paths.
pub fn routes<P, S, E>(desk: Desk<P, S, E>) -> (Router, utoipa::openapi::OpenApi)
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    let base = format!("/api/{}/imports", desk.office().path());
    let openapi = document::describe(desk.office());
    let router = Router::new()
        .route(&base, get(recent::<P, S, E>).post(hand_in::<P, S, E>))
        .route(&format!("{base}/{{id}}"), get(report::<P, S, E>))
        .route(&format!("{base}/{{id}}/withdraw-absent"), post(withdraw_absent::<P, S, E>))
        .route(&format!("{base}/{{id}}/take-back"), post(take_back::<P, S, E>))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(desk);
    (router, openapi)
}

#[derive(Deserialize)]
struct HandInQuery {
    #[serde(default)]
    check: bool,
    file: Option<String>,
    list: Option<String>,
    extent: Option<Extent>,
}

/// What is asked of a request beside its body.
struct Asker {
    ask: Ask,
    caller: Caller,
    lang: Lang,
    lines: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let key = match parts.headers.contains_key("idempotency-key") {
            true => Some(IdempotencyKey::from_request_parts(parts, state).await?.0),
            false => None,
        };
        let Ok(lang) = Lang::from_request_parts(parts, state).await;
        let traceparent = parts.extensions.get::<Trace>().map(|trace| trace.traceparent.clone());
        let ask = Ask { actor: caller.subject.clone(), key, traceparent, area: caller.bound_to() };
        let lines = asks_for(&parts.headers, "application/x-ndjson");
        Ok(Asker { ask, caller, lang, lines })
    }
}

/// The file of an upload, as one of the office's lists. What the address says goes before what the form says.
fn of_list(upload: Upload, list: Option<String>, extent: Option<Extent>) -> Result<File, Problem> {
    let extent = match (extent, upload.said("extent")) {
        (Some(extent), _) => extent,
        (None, None | Some("whole")) => Extent::Whole,
        (None, Some("changes")) => Extent::Changes,
        (None, Some(_)) => {
            return Err(Problem::bad_request(
                "extent-unknown",
                "请说明文件是全表（whole）还是变动（changes）。",
                "Say whether the file is the whole list (whole) or changes to it (changes).",
            ));
        }
    };
    let list = list.as_deref().map(str::trim).filter(|list| !list.is_empty()).or_else(|| upload.said("list"));
    let list = list.unwrap_or(File::MAIN).to_owned();
    if is_longer(&list, length::LIST) || list.chars().any(char::is_control) {
        let most = length::LIST;
        return Err(Problem::bad_request(
            "list-name",
            format!("名单名称最多{most}个字，不能有控制字符。"),
            format!("The name of a list has at most {most} characters and no control characters."),
        ));
    }
    Ok(File { name: upload.name, list, extent, bytes: upload.bytes })
}

async fn hand_in<P, S, E>(
    State(desk): State<Desk<P, S, E>>,
    asker: Asker,
    query: Result<Query<HandInQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, Problem>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    asker.caller.require_office(desk.office())?;
    let Query(query) = query.map_err(|rejection| upload::query_malformed(&rejection))?;
    let upload = upload::file(request, query.file, &["list", "extent"], BODY_LIMIT).await?;
    let file = of_list(upload, query.list, query.extent)?;
    let Asker { ask, lang, lines, .. } = asker;
    if query.check && !lines {
        return Ok(Json(desk.check(&file, &ask).await?).into_response());
    }
    // A task of its own: a hand-in is not broken off because its caller went away.
    let (tell, mut told) = tokio::sync::mpsc::channel::<Told>(64);
    let office = desk.office();
    tokio::spawn(async move {
        let mut on_progress = |progress| {
            // A slow reader misses some progress, never the end.
            let _ = tell.try_send(Told::Progress(progress));
        };
        let done =
            if query.check { desk.check(&file, &ask).await } else { desk.run(&file, &ask, &mut on_progress).await };
        let _ = tell.send(Told::Done(Box::new(done))).await;
    });
    if lines {
        // What is wrong with the whole file is known before the first row is settled, and has its own status.
        let first = match told.recv().await {
            Some(Told::Done(done)) if done.is_err() => return Err(done.err().map_or_else(silent, Problem::from)),
            Some(first) => first,
            None => return Err(silent()),
        };
        let told = futures::stream::once(async { first }).chain(stream(told));
        let body = told.map(move |told| Ok::<Bytes, std::convert::Infallible>(line(told, lang)));
        return Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(body)).into_response());
    }
    loop {
        match told.recv().await {
            Some(Told::Progress(_)) => {}
            Some(Told::Done(done)) => return Ok(created(office, (*done)?)),
            None => return Err(silent()),
        }
    }
}

enum Told {
    Progress(Progress),
    Done(Box<Result<Report, HandInError>>),
}

fn silent() -> Problem {
    Problem::internal(&"the hand-in ended without a word")
}

fn stream(mut told: tokio::sync::mpsc::Receiver<Told>) -> impl futures::Stream<Item = Told> {
    futures::stream::poll_fn(move |context| told.poll_recv(context))
}

/// One line of an answer that shows progress.
fn line(told: Told, lang: Lang) -> Bytes {
    #[derive(Serialize)]
    struct ProgressLine {
        settled: u32,
        of: u32,
    }
    let problem = |problem: Problem| problem.body(lang).to_string().into_bytes();
    let written = match told {
        Told::Progress(Progress { settled, of }) => serde_json::to_vec(&ProgressLine { settled, of }),
        Told::Done(done) => match *done {
            Ok(report) => serde_json::to_vec(&report),
            Err(error) => Ok(problem(error.into())),
        },
    };
    let mut text = written.unwrap_or_else(|error| problem(Problem::internal(&error)));
    text.push(b'\n');
    text.into()
}

fn created(office: schema::Office, report: Report) -> Response {
    let status = if report.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let location = format!("/api/{}/imports/{}", office.path(), report.id);
    (status, [(header::LOCATION, location)], Json(report)).into_response()
}

async fn recent<P, S, E>(State(desk): State<Desk<P, S, E>>, caller: Caller) -> Result<Json<Vec<Summary>>, Problem>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    caller.require_office(desk.office())?;
    let reader = Ask { area: caller.bound_to(), ..Ask::by(caller.subject) };
    Ok(Json(desk.recent(&reader, RECENT).await?))
}

async fn report<P, S, E>(
    State(desk): State<Desk<P, S, E>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    asker: Asker,
) -> Result<Response, Problem>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    asker.caller.require_office(desk.office())?;
    let opens = asker.caller.role == Role::Clerk;
    let (id, csv) = match id.strip_suffix(".csv") {
        Some(id) => (id, true),
        None => (id.strip_suffix(".json").unwrap_or(&id), asks_for(&headers, "text/csv")),
    };
    let report = match id.parse::<HandInId>() {
        Ok(id) => desk.report(id, &asker.ask, opens).await?,
        Err(_) => None,
    };
    let report = report.ok_or_else(not_found)?;
    if !csv {
        return Ok(Json(report).into_response());
    }
    let disposition = format!("attachment; filename=\"import-{}.csv\"", report.id);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    Ok((headers, report.to_csv()).into_response())
}

/// What is to be withdrawn.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    registrations: Vec<RegistrationId>,
    count: Option<usize>,
}

async fn withdraw_absent<P, S, E>(
    State(desk): State<Desk<P, S, E>>,
    Path(id): Path<String>,
    asker: Asker,
    IdempotencyKey(_): IdempotencyKey,
    HttpBody(Chosen { registrations, count }): HttpBody<Chosen>,
) -> Result<Json<Report>, Problem>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    asker.caller.require_office(desk.office())?;
    let id = id.parse::<HandInId>().map_err(|_| not_found())?;
    let withdrawal = Withdrawal { registrations, count };
    let done = tokio::spawn(async move { desk.withdraw_absent(id, &withdrawal, &asker.ask).await });
    let report = done.await.map_err(|error| Problem::internal(&error))?;
    Ok(Json(report?))
}

async fn take_back<P, S, E>(
    State(desk): State<Desk<P, S, E>>,
    Path(id): Path<String>,
    asker: Asker,
    IdempotencyKey(_): IdempotencyKey,
) -> Result<Json<Report>, Problem>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    asker.caller.require_office(desk.office())?;
    let id = id.parse::<HandInId>().map_err(|_| not_found())?;
    let done = tokio::spawn(async move { desk.take_back(id, &asker.ask).await });
    let report = done.await.map_err(|error| Problem::internal(&error))?;
    Ok(Json(report?))
}

fn not_found() -> Problem {
    Problem::not_found("没有这次导入。", "There is no such import.")
}

impl From<HandInError> for Problem {
    fn from(error: HandInError) -> Problem {
        match error {
            HandInError::Sheet(error) => {
                let (zh, en) = error.sentences();
                Problem::unprocessable("file-refused", zh, en).error(json!(*error))
            }
            HandInError::NoAreas => Problem::new(StatusCode::CONFLICT, "no-areas")
                .zh("还没有导入区划，无法核对区划代码。请先由管理员导入区划。")
                .en("No divisions are known, so no code can be checked. Have the administrator import them first."),
            HandInError::KeyReused { key } => Problem::unprocessable(
                "idempotency-key-reused",
                format!("Idempotency-Key“{key}”已用于另一次导入，请换一个新的。"),
                format!("The Idempotency-Key {key:?} was used for another import; use a new one."),
            ),
            HandInError::Unknown(_) => Problem::not_found("没有这次导入，或尚未完成。", "There is no such import, or it is not complete."),
            HandInError::Superseded(_) => Problem::new(StatusCode::CONFLICT, "import-superseded")
                .zh("之后又有新的导入，请在最近一次导入的报告里确认注销。")
                .en("A later import of the list has been completed; confirm in its report."),
            HandInError::Unsure(unsure) => unsure.into(),
            HandInError::AgreementNeeded { hand_in, scope, count, most } => {
                Problem::new(StatusCode::CONFLICT, "steward-agreement-required")
                    .zh(format!(
                        "辖区{scope}一次上交注销超过{most}项，须由资源管理员先同意：这次共{count}项（上交编号 {hand_in}）。没有注销任何登记。"
                    ))
                    .en(format!(
                        "{count} registrations of {scope} are to be withdrawn, and above {most} a steward has to agree first (hand-in \
                         {hand_in}). Nothing was withdrawn."
                    ))
                    .with("scope", scope.to_string())
                    .with("handIn", hand_in.to_string())
                    .with("count", count)
                    .with("most", most)
            }
            HandInError::OutsideArea(area) => Problem::new(StatusCode::FORBIDDEN, "area-required")
                .zh(format!("这次上交的范围不限于您负责的区域（{area}），只有上交人本人和负责全部范围的经办人可以查看。"))
                .en(format!("This hand-in is about more than the area you act for ({area}): who handed it in may read it, and the clerks of \
                             all of it.")),
            HandInError::NotYours(area) => Problem::new(StatusCode::FORBIDDEN, "area-required")
                .zh(format!("缺席的登记里有不在您负责的区域（{area}）内的，请由负责全表的经办人确认。"))
                .en(format!("Some of the absent registrations lie outside the area you act for ({area}); leave it to the clerk of the whole list.")),
            HandInError::Unreadable(unreadable) => unreadable.into(),
            HandInError::Log(error) => error.into(),
            HandInError::Keys(error) => error.into(),
            HandInError::Corrupt(cause) | HandInError::Reading(cause) => Problem::internal(&cause),
            HandInError::Conflict => Problem::new(StatusCode::CONFLICT, "conflict")
                .zh("导入时有人在修改同样的登记。请把同一文件再导入一次，会接着办完。")
                .en("Somebody changed the same registrations meanwhile. Hand the same file in again; it goes on from there."),
        }
    }
}

impl From<Unsure> for Problem {
    fn from(unsure: Unsure) -> Problem {
        match unsure {
            Unsure::NothingChosen => Problem::unprocessable(
                "nothing-chosen",
                "请勾选确实不再提供的登记（registrations）。",
                "Choose the registrations that are no longer offered (registrations).",
            ),
            Unsure::NotAbsent(registration) => Problem::unprocessable(
                "not-absent",
                format!("登记 {registration} 不在这次缺席的登记之列，或之后又有了它的行。没有注销任何登记。"),
                format!("Registration {registration} is not among those absent from this import, or a later one has a row for it. Nothing was withdrawn."),
            ),
            Unsure::Count { chosen, .. } => Problem::unprocessable(
                "count-required",
                format!("一次注销{chosen}项，请填写项数（count）确认；填写的项数应与勾选的一致。没有注销任何登记。"),
                format!("{chosen} registrations are to be withdrawn at once: say how many (count), as many as are chosen. Nothing was withdrawn."),
            )
            .with("chosen", chosen),
        }
    }
}
