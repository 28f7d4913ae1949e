//! The issuer as the command line and a browser use it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

use accounts::{Issuer, IssuerError, JWKS_FILE, KEY_FILE, Session, SignedIn, Visitor, mount};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use chassis::app::app;
use chassis::auth::{COOKIE, Role, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::http::Peer;
use chassis::log::Log;
use chassis::sealed::KeyStore;
use chassis::service::Service;
use chrono::{DateTime, TimeDelta, Utc};
use schema::Office;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

const HOUR: Duration = Duration::from_secs(3600);

fn now() -> DateTime<Utc> {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

fn issuer() -> (TempDir, Issuer, Clock) {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(now()));
    let issuer = Issuer::open(directory.path(), clock.clone()).unwrap();
    (directory, issuer, clock)
}

fn here() -> Visitor {
    at("10.0.0.1")
}

fn at(place: &str) -> Visitor {
    Visitor { peer: Peer(place.parse().unwrap()), device: None }
}

fn verifier(directory: &Path, clock: &Clock) -> Verifier {
    Verifier::from_jwks_file(directory.join(JWKS_FILE)).with_clock(clock.clone())
}

#[test]
fn the_first_admin_is_made_once_and_can_sign_in() {
    let (directory, issuer, clock) = issuer();
    let first = issuer.first_admin().unwrap().unwrap();
    assert_eq!(issuer.first_admin().unwrap(), None);
    let SignedIn { token, account, expires, .. } = issuer.sign_in(&first.name, &first.password, &here()).unwrap();
    assert_eq!((account.role, expires), (Role::Admin, now() + accounts::SESSION));
    assert_eq!(verifier(directory.path(), &clock).verify(&token).unwrap().subject, "admin");
}

#[test]
fn a_minted_token_is_good_where_the_keys_are_read_and_until_it_expires() {
    let (directory, issuer, clock) = issuer();
    let area = "130306".parse().ok();
    let (_, token) = issuer.mint_token(None, Role::Clerk, Some(Office::Commerce), area, HOUR).unwrap();
    let verifier = verifier(directory.path(), &clock);
    let caller = verifier.verify(&token).unwrap();
    assert_eq!((caller.role, caller.office), (Role::Clerk, Some(Office::Commerce)));
    assert_eq!(caller.area, "130306".parse().ok());
    clock.advance(TimeDelta::hours(2));
    assert!(verifier.verify(&token).is_err());
    assert!(matches!(issuer.mint_token(None, Role::Clerk, None, None, HOUR), Err(IssuerError::OfficeMissing)));
    let for_planner = issuer.mint_token(None, Role::Planner, Some(Office::Clinic), None, HOUR);
    assert!(matches!(for_planner, Err(IssuerError::OfficeUnfit)));
    let named_badly = issuer.mint_token(Some("王秀英"), Role::Partner, None, None, HOUR);
    assert!(matches!(named_badly, Err(IssuerError::Name(_))));
    assert!(matches!(issuer.mint_token(None, Role::Steward, None, None, Duration::ZERO), Err(IssuerError::Lifetime)));
    assert!(matches!(issuer.mint_token(None, Role::Steward, None, None, Duration::MAX), Err(IssuerError::Lifetime)));
}

#[test]
fn accounts_are_made_listed_changed_and_shut() {
    let (_directory, issuer, _) = issuer();
    let area = "130306".parse().ok();
    issuer.create_account("clinic-1", Role::Clerk, Some(Office::Clinic), area, "correct horse").unwrap();
    issuer.create_account("steward-1", Role::Steward, None, None, "battery staple").unwrap();
    let listed: Vec<String> = issuer.list().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["clinic-1  经办人 clerk  社区医院 clinic  130306000000", "steward-1  资源管理员 steward"]);

    assert!(issuer.sign_in("clinic-1", "correct horse", &here()).is_ok());
    assert!(matches!(issuer.sign_in("clinic-1", "battery staple", &here()), Err(IssuerError::Wrong)));
    issuer.set_password("clinic-1", "another password").unwrap();
    assert!(matches!(issuer.sign_in("clinic-1", "correct horse", &here()), Err(IssuerError::Wrong)));
    assert!(issuer.sign_in("clinic-1", "another password", &here()).is_ok());
    issuer.disable("clinic-1").unwrap();
    assert!(matches!(issuer.sign_in("clinic-1", "another password", &here()), Err(IssuerError::Wrong)));
    assert!(issuer.list().unwrap()[0].disabled);
    issuer.enable("clinic-1").unwrap();
    assert!(issuer.sign_in("clinic-1", "another password", &here()).is_ok());
}

#[test]
fn whatever_changes_an_account_ends_its_sessions_and_nobody_elses() {
    let (directory, issuer, clock) = issuer();
    let verifier = verifier(directory.path(), &clock);
    // Another process on the same files, as the command line is.
    let shell = Issuer::open(directory.path(), clock.clone()).unwrap();
    issuer.create_account("b", Role::Planner, None, None, "of somebody else").unwrap();
    let bystander = issuer.sign_in("b", "of somebody else", &here()).unwrap().token;
    type Act = fn(&Issuer);
    let acts: [(&str, Act); 4] = [
        ("another password", |issuer| issuer.set_password("a", "correct horse").unwrap()),
        ("other duties", |issuer| issuer.assign("a", Role::Clerk, Some(Office::Clinic), None, None).unwrap()),
        ("disabled", |issuer| {
            issuer.disable("a").unwrap();
            issuer.enable("a").unwrap();
        }),
        ("deleted", |issuer| issuer.delete("a").unwrap()),
    ];
    issuer.create_account("a", Role::Steward, None, None, "correct horse").unwrap();
    for (what, act) in acts {
        let token = issuer.sign_in("a", "correct horse", &here()).unwrap().token;
        assert!(verifier.verify(&token).is_ok(), "{what}");
        act(&shell);
        assert_eq!(verifier.verify(&token), Err(chassis::auth::Refusal::Revoked), "{what}");
    }
    assert!(verifier.verify(&bystander).is_ok());
    assert!(issuer.jwks().unwrap().contains("huiju_revoked"));
    clock.advance(accounts::SESSION + TimeDelta::minutes(2));
    assert!(issuer.jwks().unwrap().contains(r#""huiju_revoked":[]"#), "what has expired need not be told of");
}

#[test]
fn a_deleted_accounts_name_is_given_to_nobody_again() {
    let (_directory, issuer, _) = issuer();
    issuer.create_account("a", Role::Planner, None, None, "correct horse").unwrap();
    issuer.delete("a").unwrap();
    assert!(issuer.list().unwrap().is_empty());
    assert!(matches!(issuer.sign_in("a", "correct horse", &here()), Err(IssuerError::Wrong)));
    assert!(matches!(issuer.sign_in("a", "", &here()), Err(IssuerError::Wrong)));
    let again = issuer.create_account("a", Role::Planner, None, None, "correct horse");
    assert!(matches!(again, Err(IssuerError::Taken(_))));
    for gone in [issuer.enable("a"), issuer.delete("a"), issuer.set_password("a", "correct horse")] {
        assert!(matches!(gone, Err(IssuerError::Unknown(_))));
    }
}

#[test]
fn the_last_administrator_who_can_sign_in_stays() {
    let (directory, issuer, clock) = issuer();
    let first = issuer.first_admin().unwrap().unwrap();
    let verifier = verifier(directory.path(), &clock);
    let session = issuer.sign_in(&first.name, &first.password, &here()).unwrap().token;
    let end = |name: &str| {
        [
            issuer.disable(name),
            issuer.delete(name),
            issuer.assign(name, Role::Planner, None, None, None),
            issuer.assign(name, Role::Admin, None, Some("130306".parse().unwrap()), Some(true)),
        ]
    };
    for refused in end(&first.name) {
        assert!(matches!(refused, Err(IssuerError::LastAdmin(_))));
        let [known] = &issuer.list().unwrap()[..] else { unreachable!("one account") };
        assert_eq!((known.role, known.area, known.disabled), (Role::Admin, None, false), "nothing is half done");
        assert!(verifier.verify(&session).is_ok(), "and no session ended");
    }
    assert!(issuer.sign_in(&first.name, &first.password, &here()).is_ok());
    issuer.create_account("second", Role::Admin, None, None, "correct horse").unwrap();
    issuer.disable(&first.name).unwrap();
    assert!(matches!(issuer.delete("second"), Err(IssuerError::LastAdmin(_))));
}

#[test]
fn a_scripts_token_is_listed_and_taken_back_by_itself() {
    let (directory, issuer, clock) = issuer();
    let (kept, kept_text) = issuer.mint_token(Some("civil-affairs"), Role::Partner, None, None, HOUR).unwrap();
    let (lost, lost_text) = issuer.mint_token(None, Role::Planner, None, None, HOUR).unwrap();
    assert_eq!(kept.caller.subject, "script:civil-affairs");
    issuer.revoke_token(lost.id).unwrap();
    issuer.revoke_token(lost.id).unwrap();
    let verifier = verifier(directory.path(), &clock);
    assert!(verifier.verify(&kept_text).is_ok());
    assert_eq!(verifier.verify(&lost_text), Err(chassis::auth::Refusal::Revoked));
    assert!(matches!(issuer.revoke_token(uuid::Uuid::nil()), Err(IssuerError::UnknownToken(_))));

    let revoked = |id| issuer.tokens().unwrap().into_iter().find(|token| token.id == id).unwrap().revoked;
    assert_eq!((revoked(kept.id), revoked(lost.id)), (None, Some(now())));
    clock.advance(TimeDelta::days(190));
    Issuer::open(directory.path(), clock).unwrap();
    assert_eq!(issuer.tokens().unwrap(), [], "what ended half a year ago is told of no more");
}

#[test]
fn accounts_of_the_version_before_go_on() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(now()));
    let issuer = Issuer::open(directory.path(), clock.clone()).unwrap();
    issuer.create_account("a", Role::Planner, None, None, "correct horse").unwrap();
    drop(issuer);
    let file = rusqlite::Connection::open(directory.path().join(accounts::ACCOUNTS_FILE)).unwrap();
    file.execute_batch(
        "DROP TABLE tokens; DROP TABLE revoked_grants; ALTER TABLE accounts DROP COLUMN grant_id;
         ALTER TABLE accounts DROP COLUMN deleted; PRAGMA user_version = 0;",
    )
    .unwrap();
    drop(file);
    let issuer = Issuer::open(directory.path(), clock).unwrap();
    assert!(issuer.sign_in("a", "correct horse", &here()).is_ok());
    issuer.disable("a").unwrap();
    assert!(issuer.list().unwrap()[0].disabled);
}

#[test]
fn what_cannot_be_an_account_is_refused_with_the_reason() {
    let (_directory, issuer, _) = issuer();
    let create = |name: &str, role, office, password: &str| issuer.create_account(name, role, office, None, password);
    let clinic = Some(Office::Clinic);
    for name in ["", "Admin", "a b", "王秀英", "a/b", "440524188001010014", &"x".repeat(65)] {
        assert!(matches!(create(name, Role::Planner, None, "long enough"), Err(IssuerError::Name(_))), "{name}");
    }
    assert!(matches!(create("a", Role::Clerk, None, "long enough"), Err(IssuerError::OfficeMissing)));
    assert!(matches!(create("a", Role::Steward, clinic, "long enough"), Err(IssuerError::OfficeUnfit)));
    assert!(matches!(create("a", Role::Planner, None, "short"), Err(IssuerError::Password)));
    assert!(matches!(create("a", Role::Planner, None, &"x".repeat(201)), Err(IssuerError::Password)));
    create("a", Role::Planner, None, "八个字符的密码啊").unwrap();
    assert!(matches!(create("a", Role::Planner, None, "long enough"), Err(IssuerError::Taken(_))));
    assert!(matches!(issuer.set_password("nobody", "long enough"), Err(IssuerError::Unknown(_))));
    assert!(matches!(issuer.disable("nobody"), Err(IssuerError::Unknown(_))));
}

#[test]
fn failed_sign_ins_make_the_next_wait_even_with_the_right_password() {
    let (_directory, issuer, clock) = issuer();
    issuer.create_account("a", Role::Planner, None, None, "correct horse").unwrap();
    for name in ["a", "nobody"] {
        for _ in 0..4 {
            assert!(matches!(issuer.sign_in(name, "wrong", &here()), Err(IssuerError::Wrong)));
        }
        assert!(matches!(issuer.sign_in(name, "correct horse", &here()), Err(IssuerError::TooMany(_))), "{name}");
    }
    clock.advance(TimeDelta::seconds(1));
    assert!(issuer.sign_in("a", "correct horse", &here()).is_ok());
}

#[test]
fn nine_wrong_guesses_of_a_stranger_keep_the_admin_out_nowhere_but_where_the_stranger_sits() {
    let (_directory, issuer, _) = issuer();
    let first = issuer.first_admin().unwrap().unwrap();
    let device = issuer.sign_in(&first.name, &first.password, &here()).unwrap().device;
    for n in 0..9 {
        let guessed = issuer.sign_in(&first.name, &format!("guess-{n}"), &at("203.0.113.7"));
        assert!(matches!(guessed, Err(IssuerError::Wrong | IssuerError::TooMany(_))));
    }
    let signs_in = |visitor: &Visitor| issuer.sign_in(&first.name, &first.password, visitor);
    assert!(matches!(signs_in(&at("203.0.113.7")), Err(IssuerError::TooMany(_))));
    assert!(signs_in(&here()).is_ok(), "elsewhere");
    let known = Visitor { device: Some(device), ..at("203.0.113.7") };
    assert!(signs_in(&known).is_ok(), "at the same address, from a browser that has been let in before");
    let made_up = Visitor { device: Some("AAAA.AAAA".to_owned()), ..at("203.0.113.7") };
    assert!(matches!(signs_in(&made_up), Err(IssuerError::TooMany(_))));
}

#[test]
fn what_can_be_no_account_is_refused_like_any_other_and_slows_its_place_down() {
    let (_directory, issuer, _) = issuer();
    issuer.create_account("a", Role::Planner, None, None, "correct horse").unwrap();
    for name in ["Admin", "王秀英", "440524188001010014", &"x".repeat(4000)] {
        assert!(matches!(issuer.sign_in(name, "wrong", &at("10.0.0.9")), Err(IssuerError::Wrong)), "{name}");
    }
    assert!(matches!(issuer.sign_in("", "wrong", &at("10.0.0.9")), Err(IssuerError::TooMany(_))));
    assert!(matches!(issuer.sign_in("a", &"x".repeat(4000), &here()), Err(IssuerError::Wrong)));
    assert!(issuer.sign_in("a", "correct horse", &here()).is_ok());
}

#[test]
fn the_demonstrations_accounts_end_with_it_and_begin_again_with_it() {
    let (_directory, issuer, _) = issuer();
    let own = issuer.first_admin().unwrap().unwrap();
    let demo = issuer.ensure_demo_accounts().unwrap();
    assert_eq!(issuer.retire_demo_accounts().unwrap(), demo.len());
    assert_eq!(issuer.retire_demo_accounts().unwrap(), 0);
    for account in &demo {
        let refused = issuer.sign_in(&account.name, &account.password, &here());
        assert!(matches!(refused, Err(IssuerError::Wrong)), "{}", account.name);
    }
    assert!(issuer.sign_in(&own.name, &own.password, &here()).is_ok());
    issuer.ensure_demo_accounts().unwrap();
    assert!(issuer.sign_in(&demo[0].name, &demo[0].password, &here()).is_ok());
}

#[test]
fn the_key_outlives_the_process_and_is_its_owners_only() {
    let (directory, issuer, clock) = issuer();
    let (_, token) = issuer.mint_token(None, Role::Partner, None, None, HOUR).unwrap();
    let again = Issuer::open(directory.path(), clock.clone()).unwrap();
    assert_eq!(again.jwks().unwrap(), issuer.jwks().unwrap());
    assert!(verifier(directory.path(), &clock).verify(&token).is_ok());
    #[cfg(unix)]
    for secret in [KEY_FILE, accounts::ACCOUNTS_FILE] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(directory.path().join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
}

#[test]
fn processes_that_start_at_once_agree_on_one_key() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Issuer::open(directory.path(), Clock::fixed(now())).unwrap().jwks().unwrap();
    let keys: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(std::fs::read_to_string(directory.path().join(JWKS_FILE)).unwrap(), keys[0]);
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".new")), "{left:?}");
}

#[test]
fn the_demonstration_has_an_account_of_every_kind() {
    let (_directory, issuer, _) = issuer();
    let accounts = issuer.ensure_demo_accounts().unwrap();
    assert_eq!(issuer.ensure_demo_accounts().unwrap(), accounts);
    for account in &accounts {
        assert_eq!(issuer.sign_in(&account.name, &account.password, &here()).unwrap().account.role, account.role);
        assert!(account.title.contains("演示"));
    }
    for office in Office::ALL {
        assert!(accounts.iter().any(|account| account.office == Some(office)));
    }
}

struct Site {
    router: Router,
    directory: TempDir,
    _server: log_server::Server,
}

async fn site() -> Site {
    let directory = tempfile::tempdir().unwrap();
    let server = log_server::Server::start(log_server::Options::in_memory()).await.unwrap();
    let service = Service {
        helper: None,
        log: Log::connect(&server.url()).await.unwrap(),
        data: directory.path().to_owned(),
        auth: Verifier::from_jwks_file(directory.path().join(JWKS_FILE)),
        clock: Clock::system(),
        keys: Arc::new(KeyStore::in_memory().unwrap()),
        shutdown: CancellationToken::new(),
        tasks: TaskTracker::new(),
        health: Health::new(),
        metrics: prometheus::Registry::new(),
    };
    Issuer::open(directory.path(), Clock::system()).unwrap().ensure_demo_accounts().unwrap();
    let mounted = mount(&service).unwrap();
    Site { router: app(&service, vec![mounted]), directory, _server: server }
}

impl Site {
    async fn ask(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        (parts.status, parts.headers, body)
    }

    /// Asks as JSON with a token.
    async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, JSON);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let (status, _, answer) = self.ask(request.body(body).unwrap()).await;
        (status, serde_json::from_str(&answer).unwrap_or_default())
    }

    async fn signed_in(&self, name: &str, password: &str) -> String {
        let (status, _, body) = self.post(JSON, &[], &json!({"account": name, "password": password}).to_string()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str::<Session>(&body).unwrap().token
    }

    async fn post(&self, media: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::post("/session").header(header::CONTENT_TYPE, media);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sets_the_cookie_and_leads_on_within_the_site() {
    let site = site().await;
    let page = [("sec-fetch-site", "same-origin")];
    let (status, headers, _) =
        site.post(FORM, &page, "account=demo-clinic&password=demo-clinic&next=%2Foffice%3Ftab%3D1").await;
    assert_eq!((status, &headers[header::LOCATION]), (StatusCode::SEE_OTHER, &"/office?tab=1".parse().unwrap()));
    let cookie = headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with(&format!("{COOKIE}=")), "{cookie}");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=36000"] {
        assert!(cookie.contains(part), "{cookie}");
    }

    let token = cookie.split(';').next().unwrap().to_owned();
    let who = Request::get("/session").header(header::COOKIE, token).body(Body::empty()).unwrap();
    let (status, _, body) = site.ask(who).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains(r#""account":"demo-clinic""#) && body.contains(r#""office":"clinic""#), "{body}");

    for foreign in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example"] {
        let body = format!("account=demo-steward&password=demo-steward&next={foreign}");
        let (_, headers, _) = site.post(FORM, &page, &body).await;
        assert_eq!(headers[header::LOCATION], "/");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_answered_with_a_token() {
    let site = site().await;
    let body = r#"{"account": "demo-steward", "password": "demo-steward"}"#;
    let (status, _, body) = site.post(JSON, &[], body).await;
    assert_eq!(status, StatusCode::OK);
    let session: Session = serde_json::from_str(&body).unwrap();
    let bearer = format!("Bearer {}", session.token);
    let who = Request::get("/session").header(header::AUTHORIZATION, bearer).body(Body::empty()).unwrap();
    assert_eq!(site.ask(who).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_an_unknown_account_and_a_foreign_page_are_refused() {
    let site = site().await;
    let wrong = |name: &str| format!(r#"{{"name": "{name}", "password": "nonsense"}}"#);
    let (status, headers, known) = site.post(JSON, &[("accept-language", "en")], &wrong("demo-steward")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(!headers.contains_key(header::SET_COOKIE));
    let (_, _, unknown) = site.post(JSON, &[("accept-language", "en")], &wrong("nobody")).await;
    let without_trace = |body: &str| body.split("\"instance\"").next().unwrap().to_owned();
    assert_eq!(without_trace(&known), without_trace(&unknown), "does not tell which accounts there are");

    let good = r#"{"account": "demo-steward", "password": "demo-steward"}"#;
    let (status, _, body) = site.post(JSON, &[("sec-fetch-site", "cross-site")], good).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body.contains("cross-site"));

    for _ in 0..3 {
        site.post(JSON, &[], &wrong("demo-steward")).await;
    }
    let (status, headers, _) = site.post(JSON, &[], good).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(headers.contains_key(header::RETRY_AFTER));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_has_been_let_in_is_not_kept_out_by_others_behind_the_same_address() {
    let site = site().await;
    let good = r#"{"account": "demo-steward", "password": "demo-steward"}"#;
    let (_, headers, _) = site.post(JSON, &[], good).await;
    let cookies = headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let device =
        cookies.map(|cookie| cookie.split(';').next().unwrap()).find(|cookie| cookie.starts_with("huiju_device"));
    let known = [("cookie", device.unwrap()), ("x-forwarded-for", "203.0.113.7")];
    let behind_the_proxy = [("x-forwarded-for", "203.0.113.7")];
    for _ in 0..4 {
        let wrong = r#"{"account": "demo-steward", "password": "nonsense"}"#;
        assert_eq!(site.post(JSON, &behind_the_proxy, wrong).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(site.post(JSON, &behind_the_proxy, good).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(site.post(JSON, &known, good).await.0, StatusCode::OK);
    assert_eq!(site.post(JSON, &[("x-forwarded-for", "198.51.100.4")], good).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_changes_disables_and_deletes_accounts() {
    let site = site().await;
    let issuer = Issuer::open(site.directory.path(), Clock::system()).unwrap();
    issuer.create_account("root", Role::Admin, None, None, "of the administrator").unwrap();
    let root = site.signed_in("root", "of the administrator").await;
    let new = json!({"name": "zhang", "duties": {"role": "clerk", "office": "clinic", "area": "130306000000"},
                     "password": "correct horse"});
    let (status, made) = site.call("POST", "/api/accounts", &root, Some(new.clone())).await;
    assert_eq!((status, &made["duties"]["office"]), (StatusCode::CREATED, &json!("clinic")));
    assert_eq!(site.call("POST", "/api/accounts", &root, Some(new)).await.0, StatusCode::CONFLICT);

    let zhang = site.signed_in("zhang", "correct horse").await;
    for path in ["/api/accounts", "/api/accounts/zhang", "/api/tokens"] {
        assert_eq!(site.call("GET", path, &zhang, None).await.0, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(site.call("GET", path, &root, None).await.0, StatusCode::OK, "{path}");
    }
    let promoted = json!({"duties": {"role": "steward", "area": "130306000000"}});
    let (status, changed) = site.call("PATCH", "/api/accounts/zhang", &root, Some(promoted)).await;
    assert_eq!((status, &changed["duties"]["role"]), (StatusCode::OK, &json!("steward")));
    assert_eq!(site.call("GET", "/session", &zhang, None).await.0, StatusCode::UNAUTHORIZED, "it was a clerk's");
    let zhang = site.signed_in("zhang", "correct horse").await;
    let misfit = json!({"duties": {"role": "planner", "office": "clinic"}});
    assert_eq!(
        site.call("PATCH", "/api/accounts/zhang", &root, Some(misfit)).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let (status, shut) = site.call("PATCH", "/api/accounts/zhang", &root, Some(json!({"disabled": true}))).await;
    assert_eq!((status, &shut["disabled"]), (StatusCode::OK, &json!(true)));
    assert_eq!(site.call("GET", "/session", &zhang, None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(site.call("DELETE", "/api/accounts/zhang", &root, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(site.call("DELETE", "/api/accounts/zhang", &root, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(site.call("DELETE", "/api/accounts/root", &root, None).await.0, StatusCode::CONFLICT);
    let typo = json!({"name": "li", "duties": {"role": "planner"}, "pasword": "correct horse"});
    assert_eq!(site.call("POST", "/api/accounts", &root, Some(typo)).await.0, StatusCode::UNPROCESSABLE_ENTITY);

    let token = json!({"name": "dashboard", "duties": {"role": "planner"}, "hours": 24});
    let (status, minted) = site.call("POST", "/api/tokens", &root, Some(token)).await;
    assert_eq!((status, &minted["made"]["subject"]), (StatusCode::CREATED, &json!("script:dashboard")));
    let text = minted["token"].as_str().unwrap();
    assert_eq!(site.call("GET", "/session", text, None).await.0, StatusCode::OK);
    let path = format!("/api/tokens/{}", minted["made"]["id"].as_str().unwrap());
    assert_eq!(site.call("DELETE", &path, &root, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(site.call("GET", "/session", text, None).await.0, StatusCode::UNAUTHORIZED);
    let (_, listed) = site.call("GET", "/api/tokens", &root, None).await;
    assert!(listed[0]["revoked"].is_string() && listed[0].get("token").is_none(), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_their_password_exchanges_it_and_stays_signed_in_here_alone() {
    let site = site().await;
    let here = site.signed_in("demo-planner", "demo-planner").await;
    let elsewhere = site.signed_in("demo-planner", "demo-planner").await;
    let change = |present: &str, password: &str| Some(json!({"present": present, "password": password}));
    let (status, _) = site.call("PUT", "/session/password", &here, change("wrong", "another password")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = site.call("PUT", "/session/password", &here, change("demo-planner", "short")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.call("GET", "/session", &elsewhere, None).await.0, StatusCode::OK);
    let (status, session) =
        site.call("PUT", "/session/password", &here, change("demo-planner", "another password")).await;
    assert_eq!(status, StatusCode::OK);
    for old in [&here, &elsewhere] {
        assert_eq!(site.call("GET", "/session", old, None).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(site.call("GET", "/session", session["token"].as_str().unwrap(), None).await.0, StatusCode::OK);
    site.signed_in("demo-planner", "another password").await;

    // A script's token belongs to no account.
    let issuer = Issuer::open(site.directory.path(), Clock::system()).unwrap();
    let (_, script) = issuer.mint_token(None, Role::Planner, None, None, HOUR).unwrap();
    let (status, _) = site.call("PUT", "/session/password", &script, change("x", "another password")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_megabytes_is_not_even_read() {
    let site = site().await;
    let name = "甲".repeat(2_000_000);
    for (media, body) in
        [(JSON, format!(r#"{{"account": "{name}", "password": "x"}}"#)), (FORM, format!("account={name}&password=x"))]
    {
        let (status, _, answer) = site.post(media, &[], &body).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{media}: {answer}");
        assert!(answer.contains("body-too-large"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_takes_the_cookie_away() {
    let site = site().await;
    let end = Request::post("/session/end").header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
    let (status, headers, _) = site.ask(end).await;
    assert_eq!((status, &headers[header::LOCATION]), (StatusCode::SEE_OTHER, &"/".parse().unwrap()));
    assert!(headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    let (status, headers, _) = site.ask(Request::delete("/session").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_keys_and_the_description_are_there_for_all() {
    let site = site().await;
    let (status, headers, body) = site.ask(Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (status, &headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &"application/jwk-set+json".parse().unwrap())
    );
    assert!(!chassis::auth::KeySet::from_json(&body).unwrap().is_empty());
    let (_, _, description) = site.ask(Request::get("/openapi.json").body(Body::empty()).unwrap()).await;
    for path in ["/session", "/session/end", "/.well-known/jwks.json"] {
        assert!(description.contains(&format!("\"{path}\"")), "{path}");
    }
}
