//! What holds of every page.

use super::Pages;
use super::fixed::{Fixed, HOSTILE, MERGE, OTHER, RESOURCE};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::http::Problem;
use chassis::log::LogError;
use futures::StreamExt;
use schema::Office;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

fn pages(demo: bool) -> axum::Router {
    let now = "2026-11-23T02:00:00Z".parse().unwrap();
    Pages::new(Arc::new(Fixed), Clock::fixed(now), demo, CancellationToken::new()).router()
}

fn admin() -> Caller {
    Caller { subject: "admin".to_owned(), role: Role::Admin, office: None, area: None }
}

/// Asks for a page; behind a blank stands what a form sends to its address.
async fn get(path: &str, caller: Option<Caller>, headers: &[(&str, &str)]) -> Response {
    let (path, form) = path.split_once(' ').map_or((path, None), |(path, form)| (path, Some(form)));
    let mut request = Request::builder().uri(path).method(if form.is_some() { "POST" } else { "GET" });
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = form.map_or_else(Body::empty, |form| Body::from(form.to_owned()));
    ask(pages(true), request.body(body).unwrap(), caller).await
}

async fn ask(pages: axum::Router, mut request: Request<Body>, caller: Option<Caller>) -> Response {
    if let Some(caller) = caller {
        let signer = Signer::draw().unwrap();
        let token = signer.sign(&caller, Clock::system().now(), chrono::TimeDelta::minutes(1)).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        request.extensions_mut().insert(Verifier::from_jwks(&signer.jwks()).unwrap());
    }
    pages.oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn every_page() -> Vec<String> {
    vec![
        "/".to_owned(),
        "/?q=大李官营".replace("大李官营", "%E5%A4%A7%E6%9D%8E%E5%AE%98%E8%90%A5"),
        "/communities/130306100209".to_owned(),
        "/communities/130306100209 age=78&is=LIVES_ALONE&not=DISABLED&no=1&at=2026-11-23T10:00".to_owned(),
        "/communities/130306100209?no=1&at=2026-11-23T10:00".to_owned(),
        "/communities/130306100209 age=old&at=soon&is=DISABLED&not=DISABLED".to_owned(),
        "/communities/130306".to_owned(),
        "/coverage".to_owned(),
        "/coverage/130306".to_owned(),
        format!("/resources/{RESOURCE}"),
        "/sign-in".to_owned(),
        "/office".to_owned(),
        "/office/registrations".to_owned(),
        format!("/hand-ins/{RESOURCE}"),
        "/steward".to_owned(),
        "/steward/history?from=soon&area=12".to_owned(),
        "/steward/parked".to_owned(),
        format!("/steward/merges/{MERGE}"),
        "/live".to_owned(),
        "/communities/nowhere".to_owned(),
    ]
}

/// The tags of a page, without their angle brackets.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).filter_map(|rest| rest.split('>').next()).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next())
}

#[tokio::test]
async fn no_name_that_an_office_hands_in_becomes_markup() {
    for path in every_page() {
        let page = text(get(&path, Some(admin()), &[]).await).await;
        assert!(!page.contains("<script>alert"), "{path}");
        assert!(!page.contains(HOSTILE), "{path}");
    }
    assert!(text(get("/communities/130306100209", None, &[]).await).await.contains("&#60;script&#62;"));
}

#[tokio::test]
async fn every_page_has_one_heading_a_title_a_language_and_no_script_or_style_of_its_own() {
    for (path, lang) in every_page().into_iter().flat_map(|path| [(path.clone(), "zh-CN"), (path, "en")]) {
        let response = get(&path, Some(admin()), &[("accept-language", lang)]).await;
        let expected = if path == "/communities/nowhere" { StatusCode::NOT_FOUND } else { StatusCode::OK };
        assert_eq!(response.status(), expected, "{path}");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}");
        let page = text(response).await;
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert!(page.contains(&format!("<html lang=\"{lang}\"")), "{path}");
        let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
        assert!(title.chars().count() > 5, "{path}: {title}");
        for tag in tags(&page) {
            assert!(!tag.contains(" style=") && !tag.contains(" onclick="), "{path}: {tag}");
            assert!(!tag.starts_with("script") || tag.contains(" src=\"/assets/"), "{path}: {tag}");
            for name in ["src", "href", "action"] {
                if let Some(link) = attribute(tag, name) {
                    assert!(link.starts_with(['/', '#']) || link.starts_with("tel:+"), "{path}: {tag}");
                }
            }
        }
    }
}

#[tokio::test]
async fn every_control_has_a_label_and_no_id_stands_twice() {
    for path in every_page() {
        let page = text(get(&path, Some(admin()), &[]).await).await;
        let tags = tags(&page);
        let mut ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "{path}: {ids:?}");
        for (index, tag) in tags.iter().enumerate() {
            let control = ["input", "select", "textarea"].iter().any(|name| tag.starts_with(name));
            if !control || tag.contains("type=\"hidden\"") {
                continue;
            }
            let by_id = attribute(tag, "id").is_some_and(|id| page.contains(&format!("for=\"{id}\"")));
            let inside = index > 0 && tags[index - 1].starts_with("label");
            assert!(by_id || inside, "{path}: {tag}");
        }
        for tag in &tags {
            for name in ["aria-labelledby", "aria-describedby", "for"] {
                for id in attribute(tag, name).into_iter().flat_map(|named| named.split(' ')) {
                    assert!(ids.contains(&id), "{path}: {tag}");
                }
            }
        }
    }
}

#[tokio::test]
async fn invented_providers_are_labelled_as_such_wherever_they_are_shown() {
    for path in every_page() {
        let page = text(get(&path, Some(admin()), &[("accept-language", "zh-CN")]).await).await;
        assert!(page.contains("演示数据，服务提供者为虚构"), "{path}");
    }
    let request = Request::builder().uri("/communities/130306100209").body(Body::empty()).unwrap();
    let page = text(pages(false).oneshot(request).await.unwrap()).await;
    assert!(!page.contains("演示数据"));
}

#[tokio::test]
async fn a_verdict_is_said_in_words_with_its_reasons_and_a_number_to_call() {
    let page = text(get("/communities/130306100209 age=78&no=1", None, &[]).await).await;
    for said in [
        "大李官营村",
        "符合条件",
        "待核实",
        "不符合",
        "80岁及以上才能享受，您填的是78岁",
        "现在开放",
        "现在不开放",
        "开放时间不详",
        "tel:+863355669699",
        "0335-5669699",
        "150 5781 2656",
        "服务本村",
        "服务本镇",
        "服务全区",
        r#"<button type="submit" form="ask" name="after" value="c=5">"#,
    ] {
        assert!(page.contains(said), "{said}");
    }
    let of_nobody = text(get("/communities/130306100209?no=1", None, &[]).await).await;
    assert!(of_nobody.contains("/communities/130306100209?no=1&#38;after=c%3D5"));
}

#[tokio::test]
async fn no_address_of_a_page_tells_of_a_person() {
    let page = text(get("/communities/130306100209 age=78&is=LIVES_ALONE&not=DISABLED", None, &[]).await).await;
    assert!(page.contains(r#"value="78""#) && page.contains("78岁"));
    for tag in tags(&page) {
        for name in ["href", "action", "formaction"] {
            let address = attribute(tag, name).unwrap_or_default();
            assert!(!address.contains("age=") && !address.contains("LIVES_ALONE"), "{tag}");
        }
        assert!(
            !tag.starts_with("<form") || !tag.contains("/communities/") || tag.contains("method=\"post\""),
            "{tag}"
        );
    }
    // An old bookmark is answered for elders in general.
    let page = text(get("/communities/130306100209?age=78&is=LIVES_ALONE", None, &[]).await).await;
    assert!(!page.contains(r#"value="78""#) && !page.contains(" checked"));
}

#[tokio::test]
async fn a_village_has_the_nearest_first_and_what_only_the_town_has_at_the_end() {
    let page = text(get("/communities/130306100209", None, &[]).await).await;
    let places: Vec<usize> =
        [">就在本村</h2>", ">在本镇</h2>", ">在本区</h2>", ">本镇另有</h2>", "助浴：", "小李官营村"]
            .iter()
            .map(|words| page.find(words).unwrap_or_else(|| panic!("no {words} in {page}")))
            .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains(r#"<span class="badge plain">康复护理</span>"#), "each says of which category it is");
    assert!(page.contains("全部 3"), "the counts are those of the facets");
    let english = text(get("/communities/130306100209?lang=en", None, &[]).await).await;
    assert!(english.contains(">In this village</h2>") && english.contains(">Elsewhere in the town</h2>"), "{english}");
    let later = text(get("/communities/130306100209?after=c%3D5", None, &[]).await).await;
    assert!(!later.contains("本镇另有"), "once is enough");
}

#[tokio::test]
async fn a_planner_sees_where_nothing_reaches_by_division_and_by_category() {
    let page = text(get("/coverage/130306", None, &[]).await).await;
    for said in [
        "哪些村、社区缺什么服务",
        "共 6 个村、社区",
        r#"<th scope="row">助浴</th><td class="number"><strong>7</strong></td><td class="number">3</td><td class="number">2</td><td class="number">1</td>"#,
        r#"<a href="/coverage/130306100000" lang="zh-CN">抚宁镇</a></th><td class="number">65</td><td class="number">0</td>"#,
    ] {
        let page = page.replace(" lang=\"zh-CN\"", "");
        assert!(page.contains(&said.replace(" lang=\"zh-CN\"", "")), "{said}: {page}");
    }
    for said in [
        r#"<th scope="row">助浴</th><td class="number">129-132<br><span class="aside">另有2个未统计</span></td><td class="number">未统计</td>"#,
        r#"<td class="number">1204-1212</td><td class="number">2</td><td>2024-12-31至2025-12-31</td>"#,
        r#"<td class="number">&#60;5</td>"#,
        "独居老年人",
        r#"<td>探访关爱</td><td class="number"><strong>4</strong></td><td class="number">3</td><td class="number">2</td><td class="number">1</td><td class="number">&#60;5</td>"#,
        "目录里没有这类服务",
        "意见附件，2023-05-21起施行。待核实：未逐字核对",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("查了没有找到"), "that is for planners");
    let planner = Caller { role: Role::Planner, area: "130306".parse().ok(), ..admin() };
    let page = text(get("/coverage/130306", Some(planner.clone()), &[]).await).await;
    assert!(page.contains(r#"<th scope="row">助浴</th><td class="number">10-14</td>"#), "{page}");
    let elsewhere = Caller { area: "130322".parse().ok(), ..planner };
    let page = text(get("/coverage/130306", Some(elsewhere), &[]).await).await;
    assert!(!page.contains("查了没有找到"), "within their area");
    let signed_in = text(get("/", Some(admin()), &[]).await).await;
    assert!(signed_in.contains(r#"href="/coverage""#), "staff are led there from every page");
    let village = get("/coverage/130306100209", None, &[]).await;
    assert_eq!(village.headers()["location"], "/communities/130306100209");
    let bound = Caller { area: Some("130306".parse().unwrap()), ..admin() };
    let own = get("/coverage", Some(bound), &[]).await;
    assert_eq!(own.headers()["location"], "/coverage/130306000000");
}

#[tokio::test]
async fn a_resource_says_who_registered_it_and_why_each_value_is_what_it_is() {
    let page = text(get(&format!("/resources/{RESOURCE}"), None, &[]).await).await;
    for said in [
        "信息来源",
        "commerce.csv",
        "womens_federation.csv",
        "345",
        "取值依据",
        "取最近一次登记的值",
        "前村暖阳食堂",
        "150 5781 2656",
        "每天 10:30-12:30；每天 17:00-18:30（2027年2月6日除外）",
        "PDY145578554 有效期至2033年10月18日",
        "老年人，60岁及以上，独居或低保对象，慢病患者优先",
        "同一单位在这里的其他服务",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains(&format!(r#"<a href="/resources/{OTHER}">日间照料</a>"#)), "{page}");
    assert!(!page.contains("归并记录查询"), "the history of merges is for stewards");
}

#[tokio::test]
async fn a_clerk_is_told_that_a_licence_has_lapsed_and_not_that_the_registration_is_in_force() {
    let page = text(get("/office/registrations?office=commerce", Some(admin()), &[]).await).await;
    let badge = r#"<span class="badge bad">许可证已到期，不能提供服务（PDY1 已于2026年3月8日到期）</span>"#;
    assert!(page.contains(badge), "{page}");
}

#[tokio::test]
async fn an_absorbed_resource_leads_to_the_one_it_became_part_of() {
    let response = get("/resources/13030611-7a3f-8d0e-9a43-0f2a0d9f7c52", None, &[]).await;
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    let to = response.headers()[header::LOCATION].to_str().unwrap();
    assert_eq!(to, format!("/resources/{RESOURCE}?from=13030611-7a3f-8d0e-9a43-0f2a0d9f7c52"));
}

#[tokio::test]
async fn pages_of_a_role_ask_for_a_sign_in_and_refuse_another_role() {
    for path in ["/office", "/office/registrations", "/steward", "/steward/history?status=UNDONE"] {
        let response = get(path, None, &[]).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        let to = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
        assert_eq!(to, format!("/sign-in?next={}", super::chrome::encode(path)), "{path}");
    }
    let clerk = Caller { subject: "c".to_owned(), role: Role::Clerk, office: Some(Office::Commerce), area: None };
    assert_eq!(get("/steward", Some(clerk.clone()), &[]).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(get("/office", Some(clerk), &[]).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_clerk_does_not_see_the_hand_in_of_another_office() {
    let clerk = |office| Caller { subject: "c".to_owned(), role: Role::Clerk, office: Some(office), area: None };
    let path = format!("/hand-ins/{RESOURCE}");
    assert_eq!(get(&path, Some(clerk(Office::Clinic)), &[]).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(get(&path, Some(clerk(Office::Commerce)), &[]).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn preferences_are_kept_in_cookies_and_lead_back() {
    let response = get("/preferences?text=large&next=%2Fcommunities%2F130306100209%3Fno%3D1", None, &[]).await;
    assert_eq!(response.headers()[header::LOCATION], "/communities/130306100209?no=1");
    assert!(response.headers()[header::SET_COOKIE].to_str().unwrap().starts_with("huiju_text=large;"));
    let page = text(get("/", None, &[("cookie", "huiju_text=large; huiju_lang=en")]).await).await;
    assert!(page.contains("<html lang=\"en\" class=\"large\">"));
    let away = get("/preferences?lang=en&next=https%3A%2F%2Felsewhere.example", None, &[]).await;
    assert_eq!(away.headers()[header::LOCATION], "/");
}

#[tokio::test]
async fn a_steward_sees_what_is_set_aside_with_scope_and_reason_in_their_language() {
    let health = Health::new();
    let stream = format!("resource-{RESOURCE}");
    let refusal = LogError::Refused("Maximum Append Size Exceeded".to_owned());
    chassis::follow::park_unwritten(&health.register("center"), "center", stream.clone(), "ResourceRevised", &refusal);
    let shown = async |path: &str| {
        let answers = Arc::new(Fixed);
        let pages = Pages::new(answers, Clock::system(), false, CancellationToken::new());
        let router = Pages { health: health.clone(), ..pages }.router();
        text(ask(router, Request::get(path).body(Body::empty()).unwrap(), Some(admin())).await).await
    };
    assert!(shown("/steward").await.contains("href=\"/steward/parked\""));
    let page = shown("/steward/parked").await;
    for part in ["130306", "公布不了的内容", "日志服务拒绝写入：Maximum Append Size Exceeded", &stream]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(shown("/steward/parked?lang=en").await.contains("the log refused: Maximum Append Size Exceeded"));
    assert!(!text(get("/steward", Some(admin()), &[]).await).await.contains("/steward/parked"), "nothing is parked");
}

#[tokio::test]
async fn a_preview_shows_each_half_with_what_would_differ_and_no_name_becomes_markup() {
    let half = |name: &str, phones: &[&str]| {
        serde_json::json!({
            "registrations": [{ "id": RESOURCE, "office": "commerce", "name": name }],
            "resource": { "name": name, "phones": phones, "category": "助餐", "licence": { "standing": "not_required" } },
            "hidden": null,
        })
    };
    let gone = serde_json::json!({
        "registrations": [{ "id": RESOURCE, "office": "clinic", "name": "乙" }], "resource": null, "hidden": "suspended",
    });
    let current = half(HOSTILE, &["+863355669699", "+8615057812656"]);
    let preview =
        serde_json::json!({ "id": MERGE, "current": current, "halves": [half(HOSTILE, &["+863355669699"]), gone] });
    let post = |preview: &serde_json::Value| {
        let request = Request::post("/steward/undo-preview").header("content-type", "application/json");
        request.body(Body::from(preview.to_string())).unwrap()
    };
    let page = text(ask(pages(false), post(&preview), Some(admin())).await).await;
    assert!(!page.contains("<script>"), "{page}");
    assert!(page.contains("<dt>电话</dt><dd class=\"differs\"><span>0335-5669699</span>"), "{page}");
    assert!(page.contains("<dt>服务类别</dt><dd><span>助餐</span></dd>"), "{page}");
    assert!(page.contains("商务局：") && page.contains("乙") && page.contains("不在目录中显示"), "{page}");

    let clerk = Caller { subject: "c".to_owned(), role: Role::Clerk, office: Some(Office::Commerce), area: None };
    assert_eq!(ask(pages(false), post(&preview), Some(clerk)).await.status(), StatusCode::FORBIDDEN);
    let broken = ask(pages(false), post(&serde_json::json!({ "halves": 7 })), Some(admin())).await;
    assert_eq!(broken.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

/// An application of one route that refuses, with pages around it.
async fn refused(path: &str, headers: &[(&str, &str)]) -> (StatusCode, String, String) {
    let refusal = || async {
        Problem::new(StatusCode::FORBIDDEN, "wrong-credentials")
            .title("登录失败", "Not signed in")
            .zh("账号或密码不对。")
            .en("Wrong.")
    };
    let nothing = || async { Problem::not_found("没有这个地址。", "Nothing here.") };
    let line = || async { (StatusCode::BAD_REQUEST, "Invalid URL") };
    let graph = || async { (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], "{}") };
    let app = axum::Router::new()
        .route("/session", post(refusal))
        .route("/line", axum::routing::get(line))
        .route("/graphql", axum::routing::get(graph))
        .fallback(nothing);
    let verifier = Verifier::from_jwks_file("/nowhere/jwks.json");
    let method = if path == "/session" { "POST" } else { "GET" };
    let mut request = Request::builder().uri(path).method(method).header("host", "huiju.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response =
        super::trouble::for_people(app, verifier, true).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let media = response.headers().get(header::CONTENT_TYPE).map(|media| media.to_str().unwrap().to_owned());
    (response.status(), media.unwrap_or_default(), text(response).await)
}

#[tokio::test]
async fn a_browser_that_is_refused_gets_a_page_and_a_program_what_it_always_gets() {
    let browser = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let (status, media, page) = refused("/nowhere", &[browser]).await;
    assert_eq!((status, media.as_str()), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"));
    assert!(page.contains("没有找到这个页面") && page.contains("演示数据"), "{page}");
    let (_, _, page) = refused("/nowhere", &[browser, ("cookie", "huiju_lang=en")]).await;
    assert!(page.contains("Page not found") && page.contains("<html lang=\"en\""), "{page}");
    let (status, _, page) = refused("/line", &[browser]).await;
    assert!(status == StatusCode::BAD_REQUEST && page.contains("<h1>") && !page.contains("Invalid URL"), "{page}");

    // Without JavaScript the sign-in is a form: what refuses it leads back to it.
    let from = ("referer", "http://huiju.example/sign-in?next=%2Foffice");
    let (status, _, page) = refused("/session", &[browser, from]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("登录失败") && page.contains("href=\"/sign-in?next=%2Foffice\""), "{page}");
    let (_, _, page) = refused("/session", &[browser, ("referer", "http://elsewhere.example/sign-in")]).await;
    assert!(!page.contains("返回上一页"), "{page}");

    for accept in ["*/*", "application/json", "text/event-stream"] {
        let (_, media, _) = refused("/nowhere", &[("accept", accept)]).await;
        assert_eq!(media, "application/problem+json", "{accept}");
    }
    let (_, media, _) = refused("/graphql?query=x", &[browser]).await;
    assert_eq!(media, "application/json", "GraphQL says its errors in its own form");
}

#[tokio::test]
async fn what_was_not_understood_is_said_above_the_form_and_at_its_field() {
    let page = text(get("/communities/130306100209 age=old&at=soon&is=DISABLED&not=DISABLED", None, &[]).await).await;
    let history = text(get("/steward/history?from=soon&to=later&area=12", Some(admin()), &[]).await).await;
    for (page, field) in
        [(&page, "age"), (&page, "at"), (&page, "is"), (&history, "from"), (&history, "to"), (&history, "area")]
    {
        let tags = tags(page);
        assert!(page.contains(&format!("<li><a href=\"#{field}\">")), "{field}: it is not in the summary");
        let tied = tags.iter().find(|tag| attribute(tag, "id") == Some(field)).unwrap();
        let by = attribute(tied, "aria-describedby").unwrap_or_default();
        assert!(by.split(' ').any(|id| id == format!("wrong-{field}")), "{tied}");
        assert!(tied.contains("aria-invalid=\"true\"") || field == "is", "{tied}");
        assert!(page.contains("<title>有误："), "{field}");
    }
}

#[tokio::test]
async fn a_session_that_has_ended_is_said_at_the_sign_in() {
    let page = text(get("/sign-in", None, &[("cookie", "huiju_token=gone")]).await).await;
    assert!(page.contains("登录已过期"));
    assert!(!text(get("/sign-in", None, &[]).await).await.contains("登录已过期"));
}

#[tokio::test]
async fn only_the_linked_address_of_a_file_is_kept_for_ever() {
    let kept = |response: Response| response.headers()[header::CACHE_CONTROL].to_str().unwrap().to_owned();
    assert!(kept(get(&super::assets::link("huiju.css"), None, &[]).await).contains("immutable"));
    assert_eq!(kept(get("/assets/huiju.css?v=0", None, &[]).await), "no-cache");
}

#[tokio::test]
async fn a_planner_is_led_only_to_pages_that_a_planner_may_see() {
    let planner = Caller { subject: "p".to_owned(), role: Role::Planner, office: None, area: None };
    let mut seen = std::collections::BTreeSet::from(["/desk".to_owned()]);
    let mut todo = vec!["/desk".to_owned(), format!("/steward/merges/{MERGE}"), "/live".to_owned()];
    while let Some(path) = todo.pop() {
        let response = get(&path, Some(planner.clone()), &[]).await;
        assert!(response.status().is_success() || response.status().is_redirection(), "{path}: {}", response.status());
        let page = text(response).await;
        for link in tags(&page).into_iter().filter(|tag| tag.starts_with("a ")).filter_map(|tag| attribute(tag, "href"))
        {
            let link = link.split(['#', '?']).next().unwrap_or_default().to_owned();
            if (link.starts_with("/steward") || link.starts_with("/office")) && seen.insert(link.clone()) {
                todo.push(link);
            }
        }
    }
    assert!(seen.contains("/steward/history"));
}

#[tokio::test]
async fn the_queue_leaves_out_what_other_merges_have_settled() {
    let steward = Caller { subject: "s".to_owned(), role: Role::Steward, office: None, area: None };
    let page = text(get("/steward", Some(steward), &[]).await).await;
    assert_eq!(page.matches("/steward/merges/").count(), 2, "three are proposed, one of them within one resource");
}

/// The ids of the first `count` entries of a connection.
async fn entries(path: &str, last: Option<&str>, count: usize) -> Vec<String> {
    let headers: Vec<(&str, &str)> = last.map(|last| ("last-event-id", last)).into_iter().collect();
    let mut body = get(path, None, &headers).await.into_body().into_data_stream();
    let mut seen = String::new();
    loop {
        let ids: Vec<String> = seen
            .split("\n\n")
            .filter(|event| event.contains("event: entry"))
            .filter_map(|event| event.lines().find_map(|line| line.strip_prefix("id: ")).map(ToOwned::to_owned))
            .collect();
        if ids.len() >= count {
            return ids;
        }
        let next = tokio::time::timeout(std::time::Duration::from_secs(10), body.next()).await.expect("entries come");
        seen.push_str(std::str::from_utf8(&next.unwrap().unwrap()).unwrap());
    }
}

#[tokio::test]
async fn a_browser_that_comes_back_gets_exactly_what_it_has_not_seen() {
    assert_eq!(entries("/live/events?after=c2", None, 3).await, ["c3", "c4", "c5"]);
    assert_eq!(
        entries("/live/events?after=c2", Some("c4"), 1).await,
        ["c5"],
        "Last-Event-ID is newer than the address"
    );
}
