//! Services in processes of their own are one site behind the proxy that `ops/nginx/huiju.conf` makes.

use schema::Office;
use serde_json::{Value, json};
use std::time::Duration;
use stories::browser::Browser;
use stories::files;
use stories::proxy::Proxy;
use stories::subscription::{OverSse, OverWebSocket};
use stories::wait;
use stories::world::World;

/// Where nginx cannot be had the stories say so, and `ops/test-tools.sh` how to get it.
macro_rules! proxy {
    ($world:expr) => {
        match Proxy::before($world).await {
            Some(proxy) => proxy,
            None => return eprintln!("没有 nginx，略过 there is no nginx: skipped"),
        }
    };
}

#[tokio::test]
async fn a_clerk_signs_in_hands_in_and_reads_the_report_at_one_address_although_each_part_runs_by_itself() {
    let world = World::apart().await;
    world.load_areas().await;
    let password = world.add_account("li", "clerk", Some(Office::Clinic)).await;
    let proxy = proxy!(&world);
    let file = world.file("clinic.csv");
    files::write_table(&file, &files::rows(Office::Clinic)[..30]);

    let browser = Browser::start().await;
    browser.go(&format!("{}/sign-in?next=/office", proxy.base())).await;
    browser.fill("#name", "li").await;
    browser.fill("#password", &password).await;
    browser.follow("main form[action='/session'] button[type=submit]").await;
    assert_eq!(browser.address().await, format!("{}/office", proxy.base()));
    browser.choose_file("#file", &file).await;
    browser.click("input[name=extent][value=whole]").await;
    browser.follow("[data-take-in]").await;
    browser.says("已全部登记").await;
    browser.picture("proxy-hand-in").await;
    browser.close().await;

    let total = "{ registrations(first: 1) { totalCount } }";
    let clerk = proxy.public().with_token(world.token("clerk", Some(Office::Clinic)).await);
    wait::until("the directory to show what was handed in", wait::LOADED, async || {
        let data = clerk.ask(total, json!({})).await;
        if data["registrations"]["totalCount"] == 30 { Ok(()) } else { Err(data) }
    })
    .await;
}

#[tokio::test]
async fn what_parts_say_of_themselves_is_closed_to_outsiders_and_what_follows_lives() {
    let world = World::apart().await;
    world.load_areas().await;
    let proxy = proxy!(&world);
    let public = proxy.public();
    for closed in ["/metrics", "/readyz"] {
        let answer = public.get(closed).await;
        assert_eq!(answer.status, 404, "{closed}: {}", answer.text);
        assert!(!answer.text.contains("huiju_"), "{closed}");
    }
    assert_eq!(public.get("/healthz").await.status, 200);
    assert!(public.get("/.well-known/jwks.json").await.success().text.contains("keys"));
    assert_eq!(public.get("/api/accounts").await.status, 401);

    let changes = "subscription { directoryChanges { kind name } }";
    let admin = proxy.public().with_token(world.token("admin", None).await);
    let mut socket = OverWebSocket::open(&admin, changes, Value::Null).await;
    let mut events = OverSse::open(&admin, changes, Value::Null).await;
    let mut form = stories::registrations::form(&world, Office::Clinic).await;
    form["name"] = json!("清风理疗室");
    let clerk = proxy.public().with_token(world.token("clerk", Some(Office::Clinic)).await);
    clerk.post("/api/clinic/registrations", "k-1", &form).await.success();
    let deadline = Duration::from_secs(30);
    assert!(socket.next(deadline).await.is_some(), "a socket through the proxy");
    assert!(events.next(deadline).await.is_some(), "a stream of events through the proxy");

    // What a visitor says of their own address is not believed: guesses are counted where they come from.
    let guess = json!({ "account": "admin", "password": "x" });
    let mut last = 0;
    for n in 0..6 {
        let from = format!("203.0.113.{n}");
        let request = public.request(reqwest::Method::POST, "/session").header("x-forwarded-for", from).json(&guess);
        last = stories::api::answer(request).await.status;
    }
    assert_eq!(last, 429);

    // Neither in a log of the proxy nor compressed wrongly.
    let query =
        format!("/graphql?query={}", "%7B%20__schema%20%7B%20types%20%7B%20name%20description%20%7D%20%7D%20%7D");
    let request = public.request(reqwest::Method::GET, &query).header("accept-encoding", "gzip");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(answer.bytes().await.unwrap().len() < 60_000, "a fraction of what it says");
    let written = wait::until("the proxy's own log", wait::SOON, async || {
        let log = proxy.access_log();
        if log.contains(" /graphql 200 ") { Ok(log) } else { Err(log) }
    })
    .await;
    assert!(!written.contains("__schema"), "{written}");
}
