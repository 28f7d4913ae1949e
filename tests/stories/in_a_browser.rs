//! What a visitor, a clerk and a steward see, in a real browser. Pictures are kept in `target/screenshots`.

use crate::demo::demo;
use schema::Office;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use stories::browser::Browser;
use stories::files::{self, cell, set_cell};
use stories::wait;
use stories::world::World;

#[tokio::test]
async fn a_visitor_finds_a_village_a_service_there_and_who_registered_it() {
    let world = demo().await;
    let browser = Browser::start().await;
    let home = world.address("directory").to_owned();
    browser.go(&home).await;
    browser.says("演示数据，服务提供者为虚构").await;
    browser.picture("visitor-home").await;
    browser.fill("#q", "大李官营").await;
    browser.follow("form[role=search] button[type=submit]").await;
    browser.says("大李官营").await;
    browser.picture("visitor-found").await;
    browser.follow(".places-found a[href$='130306100209']").await;
    browser.says("的老年人可以用的服务").await;

    // Someone of 78 who lives alone.
    browser.fill("#age", "78").await;
    browser.click("input[name=is][value=LIVES_ALONE]").await;
    browser.follow("form.panel button[type=submit]").await;
    let shown = browser.texts(".offer h3").await;
    let query =
        "{ availableServices(community: \"130306100209\", person: { age: 78, conditions: [LIVES_ALONE] }, orderBy: NEAREST, first: 100)
        { totalCount nodes { name } } }";
    let data = world.public().ask(query, json!({})).await;
    let names: Vec<&str> = data["availableServices"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    assert!(!shown.is_empty());
    assert_eq!(shown, names[..shown.len()], "the page shows something else than the data interface");
    browser.picture("visitor-community").await;

    // The category that is left, a service, and back to what was asked, of which no address tells.
    browser.click(".kinds li:nth-child(2) button").await;
    browser.shown(".kinds li:nth-child(2) button[aria-current]").await;
    assert_eq!(browser.run("return document.querySelector('#age').value", vec![]).await, "78");
    assert!(!browser.address().await.contains('?'), "{}", browser.address().await);
    browser.follow(".offer h3 a").await;
    browser.says("信息来源").await;
    browser.back().await;
    browser.says("78岁，独居").await;

    // In large print, and then one service with its sources.
    browser.go(&format!("{home}/communities/130306100209?text=large")).await;
    browser.picture("visitor-large-print").await;
    browser.follow(".offer h3 a").await;
    browser.says("信息来源").await;
    browser.says("取值依据").await;
    assert!(!browser.texts("#sources ~ .scroll tbody tr").await.is_empty(), "no source is shown");
    browser.picture("visitor-resource").await;

    // An address that leads nowhere is said in a page as well.
    browser.go(&format!("{home}/nowhere")).await;
    browser.says("没有找到这个页面").await;
    browser.close().await;
}

/// Signs in at the page and waits until it is done.
pub(crate) async fn sign_in(browser: &Browser, home: &str, name: &str, password: &str, next: &str) {
    browser.go(&format!("{home}/sign-in?next={}", next.replace('/', "%2F"))).await;
    browser.fill("#name", name).await;
    browser.fill("#password", password).await;
    browser.follow("main form[action='/session'] button[type=submit]").await;
}

#[tokio::test]
async fn a_clerk_and_a_steward_do_their_work_and_the_live_page_follows_through_a_restart() {
    let mut world = World::up_with_overlaps(60).await;
    let home = world.address("directory").to_owned();
    let clerks = world.add_account("zhang", "clerk", Some(Office::Clinic)).await;
    let stewards = world.add_account("wang", "steward", None).await;

    // Somebody watches.
    let watching = Browser::start().await;
    watching.go(&format!("{home}/live")).await;
    watching.says("实时更新中").await;
    let before = entries(&watching).await;
    watching.picture("live-before").await;

    let browser = Browser::start().await;
    a_clerk_hands_in(&world, &browser, &home, &clerks).await;
    browser.go(&home).await;
    browser.click(".prefs form[action^='/session'] button").await;
    browser.shown("a[href^='/sign-in']").await;
    a_steward_decides(&browser, &home, &stewards).await;
    browser.close().await;

    // The server stops and comes back while the page stays open, once in order and once without a word, and a clerk hands
    // in more.
    assert!(world.interrupt("up", wait::SOON).await.success());
    watching.says("正在重新连接").await;
    world.start_up().await;
    watching.says("实时更新中").await;
    world.kill("up");
    watching.says("正在重新连接").await;
    world.start_up().await;
    let more = world.file("more.csv");
    files::write_table(&more, &files::rows(Office::Clinic)[600..605]);
    world.import("clinic", &more, &["--list", "more"]).await;
    world.settled().await;

    // The page has seen it all, once: it shows what a page that is opened now shows.
    let fresh = Browser::start().await;
    fresh.go(&format!("{home}/live")).await;
    fresh.says("实时更新中").await;
    let expected = entries(&fresh).await;
    fresh.close().await;
    wait::until("the live page to follow", Duration::from_secs(30), async || {
        let seen = entries(&watching).await;
        if seen.len() > before.len() && seen.iter().zip(&expected).all(|(one, other)| one == other) {
            Ok(())
        } else {
            Err(format!("{seen:?} instead of {expected:?}"))
        }
    })
    .await;
    let seen = entries(&watching).await;
    let different: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(seen.len(), different.len(), "an entry is shown twice");
    watching.picture("live-after").await;
    watching.close().await;
}

/// The entries of the live page, newest first.
async fn entries(browser: &Browser) -> Vec<String> {
    let script = "return Array.from(document.querySelectorAll('[data-ticker] li'), e => e.dataset.id)";
    let ids = browser.run(script, vec![]).await;
    ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

async fn a_clerk_hands_in(world: &World, browser: &Browser, home: &str, password: &str) {
    // A file with one good new row, one doubtful and one wrong.
    let mut rows: Vec<_> = files::rows(Office::Clinic).into_iter().skip(500).take(3).collect();
    set_cell(&mut rows[1], "开放时间", "看情况");
    set_cell(&mut rows[2], "机构名称", "");
    let file = world.file("clerk.csv");
    files::write_table(&file, &rows);

    sign_in(browser, home, "zhang", password, "/office").await;
    browser.choose_file("#file", &file).await;
    browser.click("input[name=extent][value=changes]").await;
    browser.click("form[data-upload] button[type=submit]").await;
    browser.says("预检完成：有 1 行不能登记").await;
    browser.says("机构名称").await;
    browser.picture("clerk-check").await;
    let script = "Array.from(document.querySelectorAll('[data-report] button')).find(b => b.innerText.includes('登记其余的行')).click()";
    browser.run(script, vec![]).await;
    browser.says("已登记，其中 1 行未登记").await;
    browser.picture("clerk-report").await;
    world.settled().await;
    browser.go(&format!("{home}/office/registrations?office=clinic")).await;
    browser.says(cell(&rows[0], "机构名称")).await;
    browser.picture("clerk-registrations").await;
    rows.truncate(2);
    a_clerk_slips(world, browser, home, &rows).await;
}

/// The clerk hands in as the whole list what is a small part of it, withdraws some of what is missing, and takes that back.
async fn a_clerk_slips(world: &World, browser: &Browser, home: &str, part: &[Vec<(String, String)>]) {
    let file = world.file("part.csv");
    files::write_table(&file, part);
    browser.go(&format!("{home}/office")).await;
    browser.choose_file("#file", &file).await;
    browser.click("[data-take-in]").await;
    assert!(browser.address().await.ends_with("/office"), "it has to be said first what the file is");
    browser.click("input[name=extent][value=whole]").await;
    browser.follow("[data-take-in]").await;
    browser.says("上次有、这次没有的登记").await;
    assert_eq!(browser.all("input[name='registrations:list']:checked").await.len(), 0, "none is ticked");
    let tick = "Array.from(document.querySelectorAll('input[type=checkbox][name=\"registrations:list\"]')).slice(0, 5).forEach(box => box.click())";
    browser.run(tick, vec![]).await;
    browser.picture("clerk-absent").await;
    browser.click("form[action$='/withdraw-absent'] button[type=submit]").await;
    browser.says("一次注销5项，请填写项数").await;
    browser.fill("#count", "5").await;
    browser.follow("form[action$='/withdraw-absent'] button[type=submit]").await;
    browser.says("因这次上交而注销的登记：5").await;
    browser.picture("clerk-withdrawn").await;
    browser.follow("form[action$='/take-back'] button[type=submit]").await;
    browser.says("已恢复原状").await;
    assert!(browser.all("form[action$='/take-back']").await.is_empty(), "nothing is left to take back");
}

async fn a_steward_decides(browser: &Browser, home: &str, password: &str) {
    sign_in(browser, home, "wang", password, "/steward").await;
    browser.says("待核归并").await;
    browser.picture("steward-queue").await;
    let waiting = browser.all(".queue li").await.len();
    assert!(waiting >= 2, "{waiting} proposals make no story");

    // One proposal is refused, one is accepted and undone again after a look at what would come back.
    browser.follow(".queue li a").await;
    browser.says("这两条登记是同一个实体吗").await;
    browser.says("判断依据").await;
    browser.picture("steward-pair").await;
    browser.fill("#refuse-reason", "两个不同的站点").await;
    browser.follow("form[action$='/refuse'] button[type=submit]").await;
    browser.says("待核归并").await;
    browser.follow(".queue li a").await;
    let pair = browser.address().await;
    browser.follow("form[action$='/accept'] button[type=submit]").await;
    browser.go(&pair).await;
    browser.says("撤销归并").await;
    wait::until("the preview", Duration::from_secs(30), async || {
        let preview = browser.texts("[data-undo-preview]").await.join("");
        if preview.is_empty() || preview.contains("正在准备预览") { Err(preview) } else { Ok(()) }
    })
    .await;
    browser.picture("steward-undo-preview").await;
    browser.fill("#undo-reason", "看错了").await;
    browser.follow("form[action$='/undo'] button[type=submit]").await;
    browser.says("已撤销").await;
    browser.picture("steward-undone").await;
    browser.go(&format!("{home}/steward/history")).await;
    browser.picture("steward-history").await;
}
