//! A clerk's month and a steward's morning where no script of ours is loaded: every form is answered by a page, and nothing is done
//! that was not pressed.

use crate::in_a_browser::sign_in;
use schema::Office;
use serde_json::json;
use stories::browser::Browser;
use stories::files::{self, set_cell};
use stories::world::World;

/// A row of a list, cell by cell.
type Row = Vec<(String, String)>;

/// Chooses a file and says what it is.
async fn choose(world: &World, browser: &Browser, home: &str, rows: &[Row], extent: &str) {
    let file = world.file("list.csv");
    files::write_table(&file, rows);
    browser.go(&format!("{home}/office")).await;
    browser.choose_file("#file", &file).await;
    browser.click(&format!("input[name=extent][value={extent}]")).await;
}

#[tokio::test]
async fn a_clerk_checks_hands_in_withdraws_and_takes_back_with_pages_alone() {
    let world = World::up().await;
    world.load_areas().await;
    let home = world.address("directory").to_owned();
    let password = world.add_account("li", "clerk", Some(Office::Clinic)).await;
    let clerk = world.clerk(Office::Clinic).await;
    let in_force = async || {
        world.settled().await;
        let query = "{ registrations(first: 1, status: REGISTERED) { totalCount } }";
        clerk.ask(query, json!({})).await["registrations"]["totalCount"].take()
    };
    let mut rows: Vec<Row> = files::rows(Office::Clinic).into_iter().take(40).collect();
    let browser = Browser::without_scripts().await;
    sign_in(&browser, &home, "li", &password, "/office").await;

    // The first button checks, and takes nothing in; the other takes in.
    choose(&world, &browser, &home, &rows, "whole").await;
    browser.follow("form[data-upload] button[type=submit]").await;
    browser.says("预检完成：每一行都可以登记").await;
    assert_eq!(in_force().await, 0, "a check takes nothing in");
    browser.picture("plain-check").await;
    choose(&world, &browser, &home, &rows, "whole").await;
    browser.follow("[data-take-in]").await;
    browser.follow("[data-hand-in] a").await;
    browser.says("已全部登记").await;
    browser.picture("plain-report").await;
    assert_eq!(in_force().await, 40);

    // Some rows that changed, one of them badly.
    set_cell(&mut rows[1], "开放时间", "看情况");
    set_cell(&mut rows[2], "机构名称", "");
    choose(&world, &browser, &home, &rows[..3], "changes").await;
    browser.follow("form[data-upload] button[type=submit]").await;
    browser.says("预检完成：有 1 行不能登记").await;
    choose(&world, &browser, &home, &rows[..3], "changes").await;
    browser.follow("[data-take-in]").await;
    assert!(
        browser.all("input[name='registrations:list'][type=checkbox]").await.is_empty(),
        "of changes nobody is absent"
    );

    // By a slip, half of the list as the whole of it.
    choose(&world, &browser, &home, &files::rows(Office::Clinic)[..20], "whole").await;
    browser.follow("[data-take-in]").await;
    browser.says("上次有、这次没有的登记").await;
    let page = browser.address().await;
    browser.follow("form[action$='/withdraw-absent'] button[type=submit]").await;
    browser.says("请勾选确实不再提供的登记").await;
    let tick = async || {
        browser.go(&page).await;
        let ticks = "Array.from(document.querySelectorAll('input[type=checkbox][name=\"registrations:list\"]')).slice(0, 5).forEach(box => box.click())";
        browser.run(ticks, vec![]).await;
    };
    tick().await;
    browser.follow("form[action$='/withdraw-absent'] button[type=submit]").await;
    browser.says("一次注销5项，请填写项数").await;
    browser.picture("plain-refusal").await;
    assert_eq!(in_force().await, 40);
    tick().await;
    browser.fill("#count", "5").await;
    browser.click("form[action$='/withdraw-absent'] button[type=submit]").await;
    browser.says("因这次上交而注销的登记：5").await;
    assert_eq!(in_force().await, 35);
    browser.click("form[action$='/take-back'] button[type=submit]").await;
    browser.says("已恢复原状").await;
    assert_eq!(in_force().await, 40);

    // What a later file of changes has a row for is offered no more.
    let offered = async || {
        browser.go(&page).await;
        browser.all("input[name='registrations:list'][type=checkbox]").await.len()
    };
    assert_eq!(offered().await, 20);
    set_cell(&mut rows[25], "收费说明", "免费");
    choose(&world, &browser, &home, &rows[25..26], "changes").await;
    browser.follow("[data-take-in]").await;
    world.settled().await;
    assert_eq!(offered().await, 19);
    browser.close().await;
}

#[tokio::test]
async fn a_steward_refuses_accepts_and_undoes_with_pages_alone() {
    let world = World::up_with_overlaps(60).await;
    let home = world.address("directory").to_owned();
    let password = world.add_account("wang", "steward", None).await;
    let browser = Browser::without_scripts().await;
    sign_in(&browser, &home, "wang", &password, "/steward").await;
    browser.follow(".queue li a").await;
    browser.fill("#refuse-reason", "两个不同的站点").await;
    browser.follow("form[action$='/refuse'] button[type=submit]").await;
    browser.says("待核归并").await;
    browser.follow(".queue li a").await;
    let pair = browser.address().await;
    browser.follow("form[action$='/accept'] button[type=submit]").await;
    browser.go(&pair).await;
    browser.follow("[data-undo-preview] a").await;
    browser.says("撤销后会恢复成下面两张资源卡").await;
    browser.picture("plain-preview").await;
    browser.go(&pair).await;
    browser.fill("#undo-reason", "看错了").await;
    browser.click("input[type=checkbox][name='keepApart:flag']").await;
    browser.follow("form[action$='/undo'] button[type=submit]").await;
    browser.says("已撤销").await;
    let id = pair.rsplit('/').next().unwrap();
    let merge = world
        .steward()
        .await
        .ask("query ($id: ID!) { merge(id: $id) { status undo { keepApart } } }", json!({ "id": id }))
        .await;
    assert_eq!(merge["merge"]["undo"]["keepApart"], false, "the box was emptied: {merge}");
    browser.close().await;
}
