//! A list that says less than before takes nothing back, whatever the office; a cell that says 删除 does.

use schema::Office;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use stories::api::Api;
use stories::files;
use stories::world::World;

type Row = Vec<(String, String)>;

/// The columns without which a row is refused, by office.
fn needed(office: Office) -> &'static [&'static str] {
    match office {
        Office::Clinic => &["机构名称", "服务类别", "所在村居代码"],
        Office::WomensFederation => &["站点名称", "服务项目", "村社代码"],
        Office::YouthLeague => &["队伍名称", "服务内容", "所在地代码", "领队"],
        Office::Commerce => &["商户名称", "业态", "所在地代码"],
    }
}

/// The same rows with another text in every column that may be empty.
fn with(rows: &[Row], office: Office, text: &str) -> Vec<Row> {
    let in_cell = |(name, cell): &(String, String)| {
        let kept = needed(office).contains(&name.as_str());
        (name.clone(), if kept { cell.clone() } else { text.to_owned() })
    };
    rows.iter().map(|row| row.iter().map(in_cell).collect()).collect()
}

async fn hand_in(world: &World, clerk: &Api, office: Office, rows: &[Row], what: &str) -> Value {
    let path = world.folder().join(format!("{office}-{what}.csv"));
    files::write_table(&path, rows);
    let to = format!("/api/{office}/imports?extent=whole");
    clerk.hand_in(&to, &format!("{office}-{what}"), "名单.csv", std::fs::read(path).unwrap()).await.success().body
}

/// What the form of each registration of a report says, its members that say nothing left out.
async fn forms(clerk: &Api, office: Office, report: &Value) -> Vec<Map<String, Value>> {
    let mut forms = Vec::new();
    for row in report["rows"].as_array().unwrap() {
        let path = format!("/api/{office}/registrations/{}", row["registration"].as_str().unwrap());
        let mut form = clerk.get(&path).await.success().body["registration"].as_object().unwrap().clone();
        form.retain(|_, said| !said.is_null() && *said != json!([]) && *said != json!(""));
        forms.push(form);
    }
    forms
}

#[tokio::test]
async fn a_list_that_says_less_takes_nothing_back_and_a_cell_that_says_so_does() {
    let world = World::up().await;
    world.load_areas().await;
    for office in Office::ALL {
        let clerk = world.clerk(office).await;
        // Rows in which nothing is doubted: those say what they say.
        let some: Vec<Row> = files::rows(office).into_iter().take(60).collect();
        let header: BTreeSet<&str> = some[0].iter().map(|(name, _)| name.as_str()).collect();
        assert!(needed(office).iter().all(|name| header.contains(name)), "{office}: {header:?}");
        let checked = hand_in(&world, &clerk, office, &some, "all").await;
        let clear = checked["rows"].as_array().unwrap().iter().filter(|row| {
            let unambiguous = |other: &&Value| other["registration"] == row["registration"];
            row["findings"] == json!([]) && checked["rows"].as_array().unwrap().iter().filter(unambiguous).count() == 1
        });
        let rows: Vec<Row> = clear
            .map(|row| some[usize::try_from(row["row"].as_u64().unwrap()).unwrap() - 1].clone())
            .take(12)
            .collect();
        assert!(rows.len() >= 8, "{office}: {} rows", rows.len());

        let first = hand_in(&world, &clerk, office, &rows, "first").await;
        let before = forms(&clerk, office, &first).await;
        assert!(before.iter().any(|form| form.len() > needed(office).len() + 3), "{office} says something: {before:?}");
        let silent = hand_in(&world, &clerk, office, &with(&rows, office, ""), "silent").await;
        assert_eq!(silent["counts"]["unchanged"], rows.len(), "{office}: {}", silent["counts"]);
        assert_eq!(forms(&clerk, office, &silent).await, before, "{office}");
        let cleared = hand_in(&world, &clerk, office, &with(&rows, office, "删除"), "cleared").await;
        assert_eq!(cleared["counts"]["refused"], 0, "{office}: {}", cleared["rows"]);
        for (form, before) in forms(&clerk, office, &cleared).await.iter().zip(&before) {
            let left: Vec<&String> = form.keys().collect();
            assert!(left.len() <= needed(office).len() + 1, "{office}: {left:?} of {before:?}");
        }
    }
}
