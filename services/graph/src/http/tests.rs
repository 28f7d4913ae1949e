use super::*;
use crate::testing::{Tale, published, registered, resource};
use axum::Extension;
use axum::body::Body;
use axum::http::{Request as HttpRequest, Response as HttpResponse};
use futures::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

fn app(tale: &Tale) -> (Graph, Router) {
    let directory = tale.directory();
    let verifier = Verifier::from_jwks(r#"{"keys":[]}"#).unwrap();
    let router = router(directory.clone(), verifier.clone(), Serving { demo: true, operations: None })
        .layer(Extension(verifier));
    (directory, router)
}

async fn send(request: axum::http::request::Builder, body: impl Into<Body>) -> HttpResponse<Body> {
    let (_, app) = app(&Tale::of([registered(1), published(resource(1))]));
    app.oneshot(request.body(body.into()).unwrap()).await.unwrap()
}

async fn read(response: HttpResponse<Body>) -> (StatusCode, String, Value) {
    let status = response.status();
    let media = response.headers().get(header::CONTENT_TYPE).map(|media| media.to_str().unwrap().to_owned());
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, media.unwrap_or_default(), serde_json::from_slice(&bytes).unwrap_or_default())
}

fn post(accept: &str) -> axum::http::request::Builder {
    HttpRequest::post(PATH).header("content-type", "application/json").header("accept", accept)
}

fn question(query: &str) -> String {
    json!({ "query": query }).to_string()
}

#[tokio::test]
async fn an_answer_comes_in_the_form_that_is_accepted() {
    let query = question("{ counters { resources } }");
    for (accept, media) in [
        ("*/*", "application/json; charset=utf-8"),
        ("text/html, */*;q=0.8", "application/json; charset=utf-8"),
        (
            "application/graphql-response+json, application/json;q=0.9",
            "application/graphql-response+json; charset=utf-8",
        ),
        ("application/json", "application/json; charset=utf-8"),
    ] {
        let (status, form, body) = read(send(post(accept), query.clone()).await).await;
        assert_eq!((status, form.as_str()), (StatusCode::OK, media));
        assert_eq!(body, json!({ "data": { "counters": { "resources": 1 } } }));
    }
    assert_eq!(send(post("image/png"), query).await.status(), StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn a_document_that_does_not_fit_the_schema_has_no_data_and_the_status_says_so() {
    let query = question("{ nothing }");
    let (status, _, body) = read(send(post("application/graphql-response+json"), query.clone()).await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.get("data").is_none() && body["errors"][0]["extensions"]["code"] == "BAD_QUERY", "{body}");
    let (status, ..) = read(send(post("application/json"), query).await).await;
    assert_eq!(status, StatusCode::OK, "as older clients expect");
    let refused = question("{ registrations { totalCount } }");
    let (status, _, body) = read(send(post("application/graphql-response+json"), refused).await).await;
    assert_eq!((status, body.get("data")), (StatusCode::OK, Some(&Value::Null)), "it was executed, and refused");
}

#[tokio::test]
async fn what_is_no_graphql_request_is_refused() {
    let refused = async |request, body: &str| {
        let (status, _, body) = read(send(request, body.to_owned()).await).await;
        assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_REQUEST");
        status
    };
    assert_eq!(refused(post("*/*"), "{").await, StatusCode::BAD_REQUEST);
    assert_eq!(refused(post("*/*"), "[]").await, StatusCode::BAD_REQUEST);
    assert_eq!(refused(post("*/*"), &format!("[{}]", question("{ position }"))).await, StatusCode::BAD_REQUEST);
    for wrong in [
        json!({}),
        json!({ "query": null }),
        json!({ "query": ["{ position }"] }),
        json!({ "query": "{ position }", "variables": "{}" }),
        json!({ "query": "{ position }", "variables": [] }),
        json!({ "query": "{ position }", "operationName": {} }),
        json!({ "query": "{ position }", "extensions": 0 }),
    ] {
        assert_eq!(refused(post("*/*"), &wrong.to_string()).await, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let by_get = HttpRequest::get("/graphql?query=%7Bposition%7D&variables=nonsense");
    assert_eq!(refused(by_get, "").await, StatusCode::BAD_REQUEST);
    let form = HttpRequest::post(PATH).header("content-type", "text/plain");
    assert_eq!(refused(form, &question("{ position }")).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(refused(HttpRequest::get(PATH), "").await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_query_can_be_asked_by_get_and_a_browser_gets_a_page() {
    let asked = HttpRequest::get("/graphql?query=%7B%20counters%20%7B%20resources%20%7D%20%7D");
    let (status, _, body) = read(send(asked, Body::empty()).await).await;
    assert_eq!((status, &body["data"]["counters"]["resources"]), (StatusCode::OK, &json!(1)));
    let page = HttpRequest::get(PATH).header("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
    let (status, media, _) = read(send(page, Body::empty()).await).await;
    assert_eq!((status, media.as_str()), (StatusCode::OK, "text/html; charset=utf-8"));
    // Whoever opens it may be signed in as a steward: nothing runs on it that is not ours.
    let page = send(HttpRequest::get("/graphql?graphiql").header("accept", "text/html"), Body::empty()).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("http"), "{policy}");
    let bytes = axum::body::to_bytes(page.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("查询台") && !text.contains("//"), "it loads from nowhere else");
}

#[tokio::test]
async fn what_is_known_of_a_person_stands_in_no_address() {
    let by_get = |query: &str| HttpRequest::get(format!("/graphql?query={query}"));
    let offers = |person: &str| {
        format!("%7B%20availableServices(community:%22130306100209%22{person})%20%7B%20totalCount%20%7D%20%7D")
    };
    let (_, _, body) = read(send(by_get(&offers(",person:%7Bage:78%7D")), Body::empty()).await).await;
    assert_eq!(body["errors"][0]["extensions"]["code"], "PERSON_IN_ADDRESS", "{body}");
    let variables = "query($p:PersonInput)%7BavailableServices(community:%22130306100209%22,person:$p)%7BtotalCount%7D%7D\
                     &variables=%7B%22p%22:%7B%22conditions%22:%5B%22LIVES_ALONE%22%5D%7D%7D";
    let (_, _, body) = read(send(by_get(variables), Body::empty()).await).await;
    assert_eq!(body["errors"][0]["extensions"]["code"], "PERSON_IN_ADDRESS", "{body}");
    for good in [offers(""), offers(",person:null")] {
        let (_, _, body) = read(send(by_get(&good), Body::empty()).await).await;
        assert!(body["errors"].is_null(), "{body}");
    }
    let posted = question("{ availableServices(community: \"130306100209\", person: { age: 78 }) { totalCount } }");
    let request = HttpRequest::post(PATH).header("content-type", "application/json");
    let (_, _, body) = read(send(request, Body::from(posted)).await).await;
    assert!(body["errors"].is_null(), "{body}");
}

#[tokio::test]
async fn a_document_can_be_named_by_its_digest_either_way_once_it_was_sent() {
    let (_, app) = app(&Tale::of([registered(1), published(resource(1))]));
    let ask = async |request: axum::http::request::Builder, body: String| {
        read(app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()).await
    };
    let text = "{ counters { resources } }";
    // By `sha256sum`.
    let digest = "7998cf4c1b65dc7605616175794c60fa7ab2a1428b3616aa13923ebf9bd2e609";
    let extension = json!({ "persistedQuery": { "version": 1, "sha256Hash": digest } });
    let named = json!({ "extensions": extension }).to_string();
    let by_get = || {
        let quoted = extension.to_string().replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
        HttpRequest::get(format!("/graphql?extensions={quoted}"))
    };
    for (request, body) in [(post("*/*"), named.clone()), (by_get(), String::new())] {
        let (status, _, answer) = ask(request, body).await;
        let error = &answer["errors"][0];
        assert_eq!((status, &error["message"]), (StatusCode::OK, &json!("PersistedQueryNotFound")));
        assert_eq!(error["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    }
    let sent = json!({ "query": text, "extensions": extension }).to_string();
    for (request, body) in [(post("*/*"), sent), (post("*/*"), named), (by_get(), String::new())] {
        let (status, _, answer) = ask(request, body).await;
        assert_eq!((status, &answer["data"]["counters"]["resources"]), (StatusCode::OK, &json!(1)), "{answer}");
    }
    let other = json!({ "query": "{ position }", "extensions": extension }).to_string();
    let (_, _, answer) = ask(post("*/*"), other).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_MISMATCH");
}

#[tokio::test]
async fn one_of_several_operations_is_asked_for_by_its_name_either_way() {
    let query = "query a { counters { merges } } query b($x: ID!) { resource(id: $x) { id } }";
    let by_get = format!(
        "/graphql?query={}&operationName=b&variables=%7B%22x%22%3A%22y%22%7D&extensions=%7B%7D",
        query.replace(' ', "+").replace('{', "%7B").replace('}', "%7D")
    );
    let body = json!({ "query": query, "operationName": "b", "variables": { "x": "y" }, "extensions": null });
    for response in [send(HttpRequest::get(by_get), Body::empty()).await, send(post("*/*"), body.to_string()).await] {
        let (status, _, body) = read(response).await;
        assert_eq!((status, body), (StatusCode::OK, json!({ "data": { "resource": null } })));
    }
}

#[tokio::test]
async fn what_another_transport_is_for_is_refused_and_told_which() {
    let status = async |request, body: &str| read(send(request, body.to_owned()).await).await.0;
    let mutation = HttpRequest::get("/graphql?query=mutation%7B__typename%7D");
    let refused = send(mutation, Body::empty()).await;
    assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(refused.headers()["allow"], "POST");
    let subscription = question("subscription { directoryChanges { kind } }");
    assert_eq!(status(post("*/*"), &subscription).await, StatusCode::NOT_ACCEPTABLE);
    let latin = HttpRequest::post(PATH).header("content-type", "application/json; charset=iso-8859-1");
    assert_eq!(status(latin, &question("{ position }")).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let utf8 = HttpRequest::post(PATH).header("content-type", "application/json; charset=\"UTF-8\"");
    assert_eq!(status(utf8, &question("{ position }")).await, StatusCode::OK);
    let long = question(&format!("{{ position }} #{}", "x".repeat(BODY_LIMIT)));
    assert_eq!(status(post("*/*"), &long).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn every_file_that_the_page_names_is_served_from_here() {
    let page = include_str!("../../assets/console/page.html");
    assert!(!page.contains("//"), "nothing comes from elsewhere");
    let names: Vec<&str> = page.split('"').filter(|part| part.starts_with("/graphql/assets/")).collect();
    assert_eq!(names.len(), 3);
    for name in names {
        assert_eq!(send(HttpRequest::get(name), Body::empty()).await.status(), StatusCode::OK, "{name}");
    }
    assert_eq!(send(HttpRequest::get("/graphql/assets/other.js"), Body::empty()).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_token_that_is_no_good_is_refused_not_ignored() {
    let request = post("*/*").header("authorization", "Bearer nonsense");
    assert_eq!(send(request, question("{ position }")).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_can_read_an_answer_in_one_piece_gets_it_so_and_a_subscription_as_events() {
    let everything = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed";
    let (status, media, _) = read(send(post(everything), question("{ position }")).await).await;
    assert_eq!((status, media.as_str()), (StatusCode::OK, "application/graphql-response+json; charset=utf-8"));
    let followed = send(post(everything), question("subscription { directoryChanges { kind } }")).await;
    assert_eq!(followed.headers()["content-type"], "text/event-stream");
}

#[tokio::test]
async fn a_query_over_server_sent_events_is_answered_and_complete() {
    let response = send(post("text/event-stream"), question("{ counters { resources } }")).await;
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text, "event: next\ndata: {\"data\":{\"counters\":{\"resources\":1}}}\n\nevent: complete\ndata:\n\n");
}

/// The next event of a stream, as its lines.
async fn next(body: &mut axum::body::BodyDataStream) -> Option<Vec<String>> {
    let bytes = body.next().await?.unwrap();
    Some(String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect())
}

fn id(event: &[String]) -> String {
    event.iter().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_that_reconnects_goes_on_behind_the_last_event_it_got() {
    let mut tale = Tale::of([registered(1), published(resource(1))]);
    let (directory, app) = app(&tale);
    let beginning = schema::Position::default().token(crate::testing::LOG);
    let query = question(&format!("subscription {{ directoryChanges(after: \"{beginning}.0\") {{ kind cursor }} }}"));
    let listen = async |last: Option<String>| {
        let mut request = post("text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        app.clone()
            .oneshot(request.body(Body::from(query.clone())).unwrap())
            .await
            .unwrap()
            .into_body()
            .into_data_stream()
    };
    let mut first = listen(None).await;
    let event = next(&mut first).await.unwrap();
    assert!(event.iter().any(|line| line.contains("PUBLISHED")), "{event:?}");
    drop(first);
    tale.tell(registered(2));
    directory.read_model().publish(tale.snapshot.clone());
    let mut second = listen(Some(id(&event))).await;
    let event = next(&mut second).await.unwrap();
    assert!(event.iter().any(|line| line.contains("REGISTERED")), "{event:?}");

    directory.read_model().shutdown.cancel();
    assert_eq!(next(&mut second).await, None, "broken off, not complete: the browser is to come back");
}

#[tokio::test]
async fn a_stream_of_events_ends_with_its_token_and_is_not_complete() {
    let directory = Tale::of([registered(1), published(resource(1))]).directory();
    let (clock, credential) = crate::testing::credential();
    let beginning = schema::Position::default().token(crate::testing::LOG);
    let query = format!("subscription {{ directoryChanges(after: \"{beginning}.0\") {{ kind cursor }} }}");
    let response = events::stream(&directory, Request::new(query), None, Some(credential));
    let mut body = response.into_body().into_data_stream();
    let event = next(&mut body).await.unwrap();
    assert!(event.iter().any(|line| line.contains("PUBLISHED")), "{event:?}");
    clock.advance(chrono::TimeDelta::minutes(10));
    assert_eq!(next(&mut body).await, None);
}

#[test]
fn an_answer_has_the_newer_media_type_for_who_names_it_and_would_not_rather_have_the_older() {
    let accepted = |accept: &str| Form::accepted(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]));
    for (accept, form) in [
        ("*/*", Some(Form::Json)),
        ("application/*", Some(Form::Json)),
        ("application/json, application/graphql-response+json", Some(Form::GraphqlResponse)),
        ("application/graphql-response+json;q=0.5, application/json", Some(Form::Json)),
        ("application/json;q=0", None),
        ("text/csv", None),
    ] {
        assert_eq!(accepted(accept), form, "{accept}");
    }
}

/// Those that a client's build listed.
fn listed(texts: &[(&str, &str)]) -> Operations {
    let folder = tempfile::tempdir().unwrap();
    let manifest: serde_json::Map<String, Value> = texts.iter().map(|(id, text)| ((*id).into(), json!(text))).collect();
    std::fs::write(folder.path().join("m.json"), Value::Object(manifest).to_string()).unwrap();
    Operations::read(folder.path()).unwrap()
}

fn app_answering(operations: Operations) -> Router {
    let verifier = Verifier::from_jwks(r#"{"keys":[]}"#).unwrap();
    let directory = Tale::of([registered(1), published(resource(1))]).directory();
    let serving = Serving { demo: false, operations: Some(operations) };
    router(directory, verifier.clone(), serving).layer(Extension(verifier))
}

#[tokio::test]
async fn where_operations_are_listed_those_are_answered_by_text_or_name_and_no_others() {
    let text = "query Counts { counters { resources } }";
    let app = app_answering(listed(&[("Counts-1", text)]));
    let digest = crate::documents::hexadecimal(&crate::documents::digest(text));
    let extension = |id: &str| json!({ "persistedQuery": { "version": 1, "sha256Hash": id } });
    let by_get = |name: &str, value: &str| {
        let pairs: String = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        HttpRequest::get(format!("/graphql?{pairs}"))
    };
    for (request, body, expected) in [
        (post("*/*"), json!({ "query": text }), None),
        (post("*/*"), json!({ "documentId": "Counts-1" }), None),
        (post("*/*"), json!({ "doc_id": "Counts-1", "variables": {} }), None),
        (post("*/*"), json!({ "documentId": format!("sha256:{digest}") }), None),
        (post("*/*"), json!({ "extensions": extension("Counts-1") }), None),
        (post("*/*"), json!({ "query": text, "extensions": extension(&digest) }), None),
        (by_get("query", text), json!(null), None),
        (by_get("documentId", "Counts-1"), json!(null), None),
        (by_get("extensions", &extension(&digest).to_string()), json!(null), None),
        (post("*/*"), json!({ "query": "{ position }" }), Some((403, "QUERY_NOT_IN_SAFELIST"))),
        (
            post("application/graphql-response+json"),
            json!({ "query": "{ broken" }),
            Some((403, "QUERY_NOT_IN_SAFELIST")),
        ),
        (post("text/event-stream"), json!({ "query": "{ position }" }), Some((403, "QUERY_NOT_IN_SAFELIST"))),
        (post("*/*"), json!({ "query": "{ __schema { types { name } } }" }), Some((403, "QUERY_NOT_IN_SAFELIST"))),
        (post("*/*"), json!({ "documentId": "Counts-2" }), Some((404, "PERSISTED_QUERY_NOT_IN_LIST"))),
        (by_get("query", "{ position }"), json!(null), Some((403, "QUERY_NOT_IN_SAFELIST"))),
        (by_get("documentId", "Counts-2"), json!(null), Some((404, "PERSISTED_QUERY_NOT_IN_LIST"))),
    ] {
        let response = app.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let (status, _, answer) = read(response).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        match expected {
            None => assert_eq!((status.as_u16(), &answer["data"]["counters"]["resources"]), (200, &json!(1)), "{body}"),
            Some(expected) => assert_eq!((status.as_u16(), code), (expected.0, Some(expected.1)), "{body}"),
        }
        assert!(expected.is_none() || answer.get("data").is_none(), "it was not executed: {answer}");
    }
    // Nothing can be tried out here.
    let page = HttpRequest::get(PATH).header("accept", "text/html").body(Body::empty()).unwrap();
    assert_eq!(app.oneshot(page).await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_document_may_be_named_as_the_specification_has_it_where_all_are_answered() {
    let (_, app) = app(&Tale::of([registered(1), published(resource(1))]));
    let id = "sha256:7998cf4c1b65dc7605616175794c60fa7ab2a1428b3616aa13923ebf9bd2e609";
    let ask = async |body: Value| {
        read(app.clone().oneshot(post("*/*").body(Body::from(body.to_string())).unwrap()).await.unwrap()).await.2
    };
    assert_eq!(ask(json!({ "documentId": id })).await["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    for body in [json!({ "query": "{ counters { resources } }", "documentId": id }), json!({ "documentId": id })] {
        assert_eq!(ask(body).await["data"]["counters"]["resources"], 1);
    }
    assert_eq!(ask(json!({ "documentId": "x" })).await["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_MISMATCH");
}

#[tokio::test]
async fn who_asks_too_often_is_told_so_in_graphql_whatever_the_form() {
    let limits = chassis::app::RateLimits::new(Some("2/3600".parse().unwrap()), None);
    let client = limits.public(chassis::http::Peer("203.0.113.7".parse().unwrap()));
    let (_, app) = app(&Tale::of([registered(1), published(resource(1))]));
    let app = app.layer(Extension(client));
    let ask = async |request: axum::http::request::Builder| {
        let body = Body::from(question("{ counters { resources } }"));
        read(app.clone().oneshot(request.body(body).unwrap()).await.unwrap()).await
    };
    for _ in 0..2 {
        assert_eq!(ask(post("*/*")).await.0, StatusCode::OK);
    }
    let by_get = HttpRequest::get("/graphql?query=%7Bposition%7D").header("accept-language", "en");
    for (request, media) in [
        (post("*/*"), "application/json; charset=utf-8"),
        (post("application/graphql-response+json"), "application/graphql-response+json; charset=utf-8"),
        (post("text/event-stream"), "application/json; charset=utf-8"),
        (by_get, "application/json; charset=utf-8"),
    ] {
        let (status, form, body) = ask(request).await;
        assert_eq!((status, form.as_str()), (StatusCode::TOO_MANY_REQUESTS, media));
        let error = &body["errors"][0];
        assert_eq!(error["extensions"]["code"], "RATE_LIMITED");
        assert!((1_790..=1_800).contains(&error["extensions"]["retryAfter"].as_u64().unwrap()), "{error}");
        assert!(body.get("data").is_none());
    }
}

#[tokio::test]
async fn what_a_question_costs_is_told_to_who_asks_and_changes_nothing_for_others() {
    let (_, app) = app(&Tale::of([registered(1), published(resource(1))]));
    let ask = async |query: &str, header: Option<&str>| {
        let mut request = post("application/graphql-response+json");
        if let Some(header) = header {
            request = request.header("graphql-cost", header);
        }
        let response = app.clone().oneshot(request.body(Body::from(question(query))).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    };
    let small = "{ counters { resources } }";
    let plain = ask(small, None).await;
    assert_eq!(plain, (StatusCode::OK, r#"{"data":{"counters":{"resources":1}}}"#.to_owned()));
    assert_eq!(ask(small, Some("nonsense")).await, plain);
    let told = ask(small, Some("report")).await.1;
    let cost = r#","extensions":{"cost":{"requestedQueryCost":2,"maximumQueryCost":100000}}}"#;
    assert_eq!(told, plain.1.strip_suffix('}').unwrap().to_owned() + cost);
    // The measure that refuses says by how much.
    let lists = |times: usize| -> String {
        let list =
            |n| format!("n{n}: resources(first: 1000) {{ nodes {{ id name phones address hours fees category }} }} ");
        format!("{{ {} }}", (0..times).map(list).collect::<String>())
    };
    for (query, refused) in [(lists(1), false), (lists(20), true)] {
        let (status, text) = ask(&query, Some("report")).await;
        let body: Value = serde_json::from_str(&text).unwrap();
        let cost = body["extensions"]["cost"]["requestedQueryCost"].as_u64().unwrap();
        assert_eq!(cost > 100_000, refused, "{body}");
        assert_eq!(status.is_success(), !refused);
        let code = if refused { json!("TOO_COMPLEX") } else { Value::Null };
        assert_eq!(body["errors"][0]["extensions"]["code"], code, "{body}");
        assert_eq!(ask(&query, None).await.0, status, "whether it is asked or not");
    }
    // Where there are no headers, by an extension.
    let by_extension = json!({ "query": small, "extensions": { "cost": "report" } }).to_string();
    let response = app.clone().oneshot(post("*/*").body(Body::from(by_extension)).unwrap()).await.unwrap();
    assert_eq!(read(response).await.2["extensions"]["cost"]["requestedQueryCost"], 2);
}

#[tokio::test]
async fn every_event_has_the_id_by_which_to_go_on_whether_or_not_the_question_asks_for_it() {
    let tale = Tale::of([registered(1), published(resource(1))]);
    let (directory, app) = app(&tale);
    let beginning = schema::Position::default().token(crate::testing::LOG);
    for (selection, id_is) in [
        (format!("directoryChanges(after: \"{beginning}.0\") {{ kind }}"), 42),
        (format!("...S }} fragment S on Subscription {{ x: directoryChanges(after: \"{beginning}\") {{ at }}"), 42),
        ("counters { resources }".to_owned(), 40),
    ] {
        let query = question(&format!("subscription {{ {selection} }}"));
        let response = app.clone().oneshot(post("text/event-stream").body(Body::from(query)).unwrap()).await.unwrap();
        let mut body = response.into_body().into_data_stream();
        let event = next(&mut body).await.unwrap();
        assert!(event[1].starts_with("id: "), "{selection}: {event:?}");
        assert_eq!((event[0].as_str(), id(&event).len()), ("event: next", id_is), "{event:?}");
        assert!(!event[2].contains("__huiju") && !event[2].contains(&id(&event)), "nobody asked for it: {event:?}");
    }
    // Before anything has happened, from where what is new begins.
    let query = question("subscription { directoryChanges { kind } }");
    let response = app.clone().oneshot(post("text/event-stream").body(Body::from(query)).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let event = next(&mut body).await.unwrap();
    let here = directory.read_model().latest().unwrap().position.token(crate::testing::LOG);
    assert_eq!(
        event,
        [format!("id: {here}"), String::new()],
        "an id, and nothing that anybody would take for an event"
    );
}

/// The application on a port of its own.
async fn on_a_port(app: Router) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(chassis::app::serve(listener, app, tokio_util::sync::CancellationToken::new()));
    address
}

/// A stream of events over a socket, and what came of it so far.
struct Events(tokio::net::TcpStream, String);

impl Events {
    async fn open(address: std::net::SocketAddr, query: &str, last: Option<&str>) -> Events {
        use tokio::io::AsyncWriteExt as _;
        let body = question(query);
        let last = last.map(|last| format!("last-event-id: {last}\r\n")).unwrap_or_default();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: h\r\naccept: text/event-stream\r\naccept-encoding: br, gzip\r\ncontent-type: \
             application/json\r\n{last}content-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        Events(stream, String::new())
    }

    /// Reads on until what came holds something so often.
    async fn until(&mut self, what: &str, times: usize) -> &str {
        use tokio::io::AsyncReadExt as _;
        while self.1.matches(what).count() < times {
            let mut some = [0; 4096];
            let reading = tokio::time::timeout(std::time::Duration::from_secs(20), self.0.read(&mut some));
            let read = reading.await.expect("something comes").unwrap();
            assert!(read > 0, "it ended: {}", self.1);
            self.1.push_str(&String::from_utf8_lossy(&some[..read]));
        }
        &self.1
    }

    fn ids(&self) -> Vec<&str> {
        self.1.lines().filter_map(|line| line.strip_prefix("id: ")).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_socket_nothing_is_lost_by_who_was_broken_off_before_anything_happened() {
    let mut tale = Tale::of([registered(1), published(resource(1))]);
    let (directory, app) = app(&tale);
    let address = on_a_port(app).await;
    let query = "subscription { directoryChanges { kind caughtUp } }";
    let mut first = Events::open(address, query, None).await;
    first.until("id: ", 1).await;
    let last = first.ids().last().unwrap().to_string();
    drop(first);
    tale.tell(registered(2));
    tale.tell(registered(3));
    directory.read_model().publish(tale.snapshot.clone());
    let mut second = Events::open(address, query, Some(&last)).await;
    let came = second.until("event: next", 2).await;
    assert!(!came.to_lowercase().contains("content-encoding"), "events come one by one: {came}");
    let told: Vec<&str> = second.1.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    let expected =
        |caught_up| format!(r#"{{"data":{{"directoryChanges":{{"kind":"REGISTERED","caughtUp":{caught_up}}}}}}}"#);
    assert_eq!(told, [expected(false), expected(true)]);
    assert_eq!(second.ids().len(), 2);
    tale.tell(registered(4));
    directory.read_model().publish(tale.snapshot.clone());
    second.until(r#""caughtUp":true"#, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_websocket_each_change_says_whether_it_was_the_last_that_was_known() {
    use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};
    let mut tale = Tale::of([registered(1), published(resource(1)), registered(2), registered(3)]);
    let (directory, app) = app(&tale);
    let address = on_a_port(app).await;
    let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    use futures::SinkExt as _;
    let beginning = schema::Position::default().token(crate::testing::LOG);
    let query = format!(
        "subscription {{ directoryChanges(after: \"{beginning}.0\", kinds: [REGISTERED]) {{ name caughtUp }} }}"
    );
    for said in
        [json!({ "type": "connection_init" }), json!({ "type": "subscribe", "id": "s", "payload": { "query": query } })]
    {
        socket.send(Message::text(said.to_string())).await.unwrap();
    }
    let mut heard = async |how_many: usize| {
        let mut heard = Vec::new();
        while heard.len() < how_many {
            let message = tokio::time::timeout(std::time::Duration::from_secs(20), socket.next()).await;
            let Message::Text(text) = message.expect("something comes").unwrap().unwrap() else { continue };
            let said: Value = serde_json::from_str(&text).unwrap();
            if said["type"] == "next" {
                heard.push(said["payload"]["data"]["directoryChanges"]["caughtUp"].as_bool().unwrap());
            }
        }
        heard
    };
    // Behind the first of all.
    assert_eq!(heard(2).await, [false, true]);
    tale.tell(registered(4));
    directory.read_model().publish(tale.snapshot.clone());
    assert_eq!(heard(1).await, [true]);
}

#[tokio::test]
async fn what_is_asked_by_its_address_has_a_tag_and_is_not_sent_again_to_who_has_it() {
    let (_, app) = app(&Tale::of([registered(1), published(resource(1))]));
    let query = format!("{{ availableServices(community: \"{}\") {{ nodes {{ name }} }} }}", crate::testing::VILLAGE);
    let address =
        format!("{PATH}?{}", form_urlencoded::Serializer::new(String::new()).append_pair("query", &query).finish());
    let get = |tag: Option<&str>| {
        let mut request = HttpRequest::get(&address).header("accept", "application/json");
        if let Some(tag) = tag {
            request = request.header("if-none-match", tag);
        }
        app.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let header = |response: &HttpResponse<Body>, name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    let first = get(None).await.unwrap();
    let tag = header(&first, "etag").unwrap();
    assert_eq!(header(&first, "cache-control").as_deref(), Some("private, no-cache"));
    let text = read(first).await.2;
    for known in [tag.as_str(), "*", &format!("\"x\", {tag}"), tag.trim_start_matches("W/")] {
        let again = get(Some(known)).await.unwrap();
        assert_eq!((again.status(), header(&again, "etag")), (StatusCode::NOT_MODIFIED, Some(tag.clone())));
        assert!(axum::body::to_bytes(again.into_body(), 1 << 20).await.unwrap().is_empty());
    }
    let other = get(Some("W/\"0\"")).await.unwrap();
    assert_eq!((other.status(), read(other).await.2), (StatusCode::OK, text));
    // What was posted is no resource that has a tag.
    let posted = || {
        app.clone()
            .oneshot(post("application/json").header("if-none-match", "*").body(Body::from(question(&query))).unwrap())
    };
    for _ in 0..3 {
        let posted = posted().await.unwrap();
        assert_eq!((posted.status(), header(&posted, "etag")), (StatusCode::OK, None));
        assert_eq!(header(&posted, "cache-control").as_deref(), Some("no-store"));
    }
    // What tells the time has none.
    let moving = address.replace("nodes", "at+nodes");
    for _ in 0..2 {
        let request = HttpRequest::get(&moving).header("accept", "application/json").body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!((answer.status(), header(&answer, "etag")), (StatusCode::OK, None));
    }
}
