//! Who outside may ask, and how often.

use crate::http::{Site, site_within};
use axum::body::Body;
use axum::http::{Method, Request, Response};
use chassis::app::{Edge, Rate, RateLimits};
use chassis::auth::{COOKIE, Role};
use chassis::http::{Origins, Proxies, network_of};

const PARTNER: &str = "https://partner.example";

fn rate(text: &str) -> Option<Rate> {
    Some(text.parse().unwrap())
}

async fn open_to(origins: &[&str]) -> Site {
    let origins = Origins::new(origins.iter().map(|origin| origin.parse().unwrap()).collect());
    site_within(Edge { origins, ..Edge::default() }).await
}

async fn ask(site: &Site, method: Method, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "here.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    site.answered(request.body(Body::from(r#"{"count": 3}"#)).unwrap()).await
}

fn header(response: &Response<Body>, name: &str) -> Option<String> {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

const PREFLIGHT: [(&str, &str); 3] = [
    ("origin", PARTNER),
    ("access-control-request-method", "POST"),
    ("access-control-request-headers", "authorization,content-type"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_may_ask_where_the_site_is_named_and_nowhere_else() {
    for (origins, origin, credentials) in [
        (&[][..], None, None),
        (&["https://other.example"], None, Some("true")),
        (&["https://other.example", PARTNER], Some(PARTNER), Some("true")),
        (&["*"], Some("*"), None),
        (&["*", PARTNER], Some("*"), None),
    ] {
        let site = open_to(origins).await;
        let preflight = ask(&site, Method::OPTIONS, "/api/wishes", &PREFLIGHT).await;
        assert_eq!(header(&preflight, "access-control-allow-origin").as_deref(), origin, "{origins:?}");
        assert_eq!(header(&preflight, "access-control-allow-credentials").as_deref(), credentials, "{origins:?}");
        let answer = ask(&site, Method::GET, "/api/wishes/1", &[("origin", PARTNER)]).await;
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "access-control-allow-origin").as_deref()),
            (200, origin)
        );
        if origin.is_some() {
            assert_eq!(preflight.status().as_u16(), 200);
            let allowed = header(&preflight, "access-control-allow-headers").unwrap();
            assert!(allowed.contains("authorization") && allowed.contains("content-type"), "{allowed}");
            assert!(header(&preflight, "access-control-allow-methods").unwrap().contains("POST"));
            assert!(header(&answer, "access-control-expose-headers").unwrap().contains("ratelimit"));
            let refused = ask(&site, Method::GET, "/nowhere", &[("origin", PARTNER)]).await;
            assert_eq!(header(&refused, "access-control-allow-origin").as_deref(), origin, "a page can read a refusal");
            assert_eq!(refused.status().as_u16(), 404);
        }
        if origin == Some(PARTNER) {
            assert!(header(&answer, "vary").unwrap().to_lowercase().contains("origin"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_is_used_by_a_named_sites_page_alone_and_no_socket_opens_for_a_page_that_may_not_ask() {
    let socket = [("connection", "upgrade"), ("upgrade", "websocket")];
    for (origins, origin, change, with_cookie, without) in [
        (&[][..], PARTNER, 403, 403, 403),
        (&[], "https://here.example", 200, 200, 200),
        (&[PARTNER], PARTNER, 200, 200, 200),
        (&[PARTNER], "https://evil.example", 403, 403, 403),
        (&[PARTNER], "null", 403, 403, 403),
        (&["*"], PARTNER, 403, 403, 200),
    ] {
        let site = open_to(origins).await;
        let cookie = format!("{COOKIE}={}", site.token(Role::Steward));
        let (from, signed_in) = (("origin", origin), ("cookie", cookie.as_str()));
        let status = async |method, path: &str, headers: &[(&str, &str)]| {
            ask(&site, method, path, headers).await.status().as_u16()
        };
        let json = [("content-type", "application/json"), ("idempotency-key", "k")];
        let changed = status(Method::POST, "/api/wishes", &[from, signed_in, json[0], json[1]]).await;
        assert_eq!(changed, change, "{origins:?} {origin}");
        let opened = status(Method::GET, "/api/wishes/1", &[from, signed_in, socket[0], socket[1]]).await;
        assert_eq!(opened, with_cookie, "{origins:?} {origin}");
        let opened = status(Method::GET, "/api/wishes/1", &[from, socket[0], socket[1]]).await;
        assert_eq!(opened, without, "{origins:?} {origin}");
        // What comes from no page says no origin.
        assert_eq!(status(Method::GET, "/api/wishes/1", &socket).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_asks_so_often_and_is_then_told_when_to_come_again() {
    let rates = Some(RateLimits::new(rate("2/3600"), rate("3/3600")));
    let site = site_within(Edge { rates, ..Edge::default() }).await;
    let get = async |path: &str, headers: &[(&str, &str)]| ask(&site, Method::GET, path, headers).await;
    let one = [("x-forwarded-for", "203.0.113.7"), ("accept-language", "en")];
    for left in [1, 0] {
        let answer = get("/api/wishes/1", &one).await;
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(header(&answer, "ratelimit-policy").as_deref(), Some(r#""public";q=2;w=3600"#));
        assert!(header(&answer, "ratelimit").unwrap().starts_with(&format!(r#""public";r={left};t="#)));
        assert_eq!(header(&answer, "retry-after"), None);
    }
    let refused = get("/api/wishes/1", &one).await;
    assert_eq!(
        (refused.status().as_u16(), header(&refused, "ratelimit").unwrap()),
        (429, r#""public";r=0;t=3600"#.into())
    );
    assert!((1_790..=1_800).contains(&header(&refused, "retry-after").unwrap().parse::<u64>().unwrap()));
    assert_eq!(header(&refused, "content-type").as_deref(), Some("application/problem+json"));
    let body = axum::body::to_bytes(refused.into_body(), 1 << 16).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((body["code"].as_str(), body["status"].as_u64()), (Some("rate-limited"), Some(429)));
    assert!(body["detail"].as_str().unwrap().contains("try again in"), "{body}");

    // Who watches the process, another address, this machine itself.
    for (path, headers) in [
        ("/healthz", &one[..]),
        ("/readyz", &one),
        ("/metrics", &one),
        ("/api/wishes/1", &[("x-forwarded-for", "203.0.113.8")]),
        ("/api/wishes/1", &[]),
    ] {
        assert_ne!(get(path, headers).await.status().as_u16(), 429, "{path} {headers:?}");
    }
    // An account is one client wherever it asks from, and beside the public at its address; a token that is no good is nobody's.
    let bearer = format!("Bearer {}", site.token(Role::Partner));
    let statuses = async |addresses: [&'static str; 4], bearer: &str| {
        let mut statuses = Vec::new();
        for address in addresses {
            let headers = [("x-forwarded-for", address), ("authorization", bearer)];
            statuses.push(get("/api/wishes/1", &headers).await.status().as_u16());
        }
        statuses
    };
    assert_eq!(
        statuses(["203.0.113.7", "203.0.113.8", "203.0.113.9", "127.0.0.1"], &bearer).await,
        [200, 200, 200, 429]
    );
    assert_eq!(statuses(["192.0.2.1"; 4], "Bearer nonsense").await, [200, 200, 429, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_whether_a_page_may_ask_is_free_and_it_can_read_that_it_asks_too_often() {
    let rates = Some(RateLimits::new(rate("1/3600"), None));
    let origins = Origins::new(vec![PARTNER.parse().unwrap()]);
    let proxies = Proxies::of(vec![network_of("10.0.0.0/8").unwrap()]);
    let site = site_within(Edge { rates, origins, proxies, ..Edge::default() }).await;
    // The proxy's own hop is passed over, since it is believed.
    let from = [("x-forwarded-for", "203.0.113.7, 10.0.0.1")];
    for _ in 0..3 {
        let preflight = ask(&site, Method::OPTIONS, "/api/wishes", &[from[0], PREFLIGHT[0], PREFLIGHT[1]]).await;
        assert_eq!(preflight.status().as_u16(), 200);
    }
    let statuses = async || ask(&site, Method::GET, "/api/wishes/1", &[from[0], ("origin", PARTNER)]).await;
    assert_eq!(statuses().await.status().as_u16(), 200);
    let refused = statuses().await;
    assert_eq!(
        (refused.status().as_u16(), header(&refused, "access-control-allow-origin").as_deref()),
        (429, Some(PARTNER))
    );
}
