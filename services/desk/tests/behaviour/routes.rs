//! The routes of a desk.

use crate::county::County;
use crate::office::{HEADER, county, merchant, merchants};
use chassis::auth::Role;
use schema::Office;
use serde_json::{Value, json};
use tower::ServiceExt as _;

struct Got {
    status: u16,
    location: Option<String>,
    text: String,
    body: Value,
}

async fn request(
    county: &County,
    method: &str,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: String,
) -> Got {
    let mut request = axum::http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let (parts, body) =
        county.router().oneshot(request.body(axum::body::Body::from(body)).unwrap()).await.unwrap().into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let location = parts.headers.get("location").map(|value| value.to_str().unwrap().to_owned());
    Got { status: parts.status.as_u16(), location, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

#[tokio::test]
async fn the_routes_take_a_file_and_give_its_report() {
    let (county, _) = county().await;
    let imports = "/api/commerce/imports";
    let clerk = county.clerk();
    let text = |rows: &[String]| format!("{HEADER}\n{}\n", rows.join("\n"));
    let upload = |rows: &[String]| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"商户.csv\"\r\n\r\n{}\r\n--x--\r\n",
            text(rows)
        )
    };
    let multipart = [("content-type", "multipart/form-data; boundary=x")];
    let check =
        request(&county, "POST", &format!("{imports}?check=true"), Some(&clerk), &multipart, upload(&merchants(3)))
            .await;
    assert_eq!(
        (check.status, &check.body["check"], &check.body["counts"]["registered"]),
        (200, &json!(true), &json!(3))
    );
    let done = request(&county, "POST", imports, Some(&clerk), &multipart, upload(&merchants(3))).await;
    assert_eq!(
        (done.status, &done.body["file"], &done.body["complete"]),
        (201, &json!("商户.csv"), &json!(true)),
        "{}",
        done.body
    );
    let location = done.location.clone().unwrap();
    let again =
        request(&county, "POST", &format!("{imports}?file=x.csv"), Some(&clerk), &[], text(&merchants(3))).await;
    assert_eq!((again.status, &again.body["repeated"], &again.body["id"]), (200, &json!(true), &done.body["id"]));
    let seen = request(&county, "GET", &location, Some(&clerk), &[], String::new()).await;
    assert_eq!((seen.status, &seen.body), (200, &done.body));
    let table = request(&county, "GET", &format!("{location}.csv"), Some(&clerk), &[], String::new()).await;
    assert_eq!(table.status, 200);
    assert!(table.text.starts_with('\u{FEFF}'));
    let recent = request(&county, "GET", imports, Some(&clerk), &[], String::new()).await;
    assert_eq!(recent.body[0]["id"], done.body["id"]);
    // Progress, line by line.
    let lines = [("accept", "application/x-ndjson"), ("content-type", "text/csv")];
    let streamed =
        request(&county, "POST", &format!("{imports}?file=y.csv"), Some(&clerk), &lines, text(&merchants(2))).await;
    let lines: Vec<Value> = streamed.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, before) = lines.split_last().unwrap();
    assert!(before.iter().all(|line| line["of"] == 2) && last["counts"]["absent"] == 1);
    let withdraw = format!("{imports}/{}/withdraw-absent", last["id"].as_str().unwrap());
    let no_key = request(&county, "POST", &withdraw, Some(&clerk), &[], String::new()).await;
    assert_eq!((no_key.status, &no_key.body["code"]), (400, &json!("idempotency-key-missing")));
    let json = |key| [("idempotency-key", key), ("content-type", "application/json")];
    let nothing =
        request(&county, "POST", &withdraw, Some(&clerk), &json("w-0"), r#"{"registrations":[]}"#.into()).await;
    assert_eq!((nothing.status, &nothing.body["code"]), (422, &json!("nothing-chosen")));
    let chosen = json!({ "registrations": last["absent"] }).to_string();
    let withdrawn = request(&county, "POST", &withdraw, Some(&clerk), &json("w-1"), chosen).await;
    assert_eq!((withdrawn.status, withdrawn.body["withdrawn"].as_array().unwrap().len()), (200, 1));
    let take_back = withdraw.replace("withdraw-absent", "take-back");
    let back = request(&county, "POST", &take_back, Some(&clerk), &json("t-1"), "{}".into()).await;
    assert_eq!((back.status, &back.body["withdrawn"], &back.body["taken_back"]), (200, &json!([]), &last["absent"]));
    // Rows of changes leave nothing out, whether the address or the form says that they are that.
    for (address, form) in [("&extent=changes", "whole"), ("", "changes")] {
        let part = format!("--x\r\nContent-Disposition: form-data; name=\"extent\"\r\n\r\n{form}\r\n");
        let address = format!("{imports}?check=true{address}");
        let body = format!("{part}{}", upload(&merchants(1)));
        let check = request(&county, "POST", &address, Some(&clerk), &multipart, body).await;
        assert_eq!(
            (&check.body["extent"], &check.body["counts"]["absent"]),
            (&json!("changes"), &json!(0)),
            "{}",
            check.text
        );
    }
    let neither = format!("{imports}?extent=some&file=y.csv");
    assert_eq!(request(&county, "POST", &neither, Some(&clerk), &[], text(&merchants(1))).await.status, 400);
}

#[tokio::test]
async fn the_routes_refuse_strangers_and_files_of_something_else() {
    let (county, _) = county().await;
    let imports = "/api/commerce/imports?file=x.csv";
    let other = county.token(Role::Clerk, Some(Office::Clinic), None);
    let body = || format!("{HEADER}\n{}\n", merchant(1));
    assert_eq!(request(&county, "POST", imports, None, &[], body()).await.status, 401);
    assert_eq!(request(&county, "POST", imports, Some(&other), &[], body()).await.status, 403);
    let clerk = county.clerk();
    let refused = request(&county, "POST", imports, Some(&clerk), &[], "甲,乙\n1,2\n".into()).await;
    assert_eq!(
        (refused.status, &refused.body["code"], &refused.body["errors"][0]["code"]),
        (422, &json!("file-refused"), &json!("HEADER_NOT_FOUND"))
    );
    let lines = [("accept", "application/x-ndjson")];
    let refused = request(&county, "POST", imports, Some(&clerk), &lines, "甲,乙\n1,2\n".into()).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("file-refused")),
        "also where progress is asked for"
    );
    let nothing = request(&county, "GET", "/api/commerce/imports/no-such", Some(&clerk), &[], String::new()).await;
    assert_eq!(nothing.status, 404);
}

#[tokio::test]
async fn a_clerk_reads_what_was_handed_in_about_their_own_area() {
    let (county, _) = county().await;
    let imports = "/api/commerce/imports";
    let of_the_city = county.clerk();
    let of = |area| county.token(Role::Clerk, Some(Office::Commerce), Some(area));
    // All clerks are called the same here; the file is another's.
    let by_another = {
        let area = Some("130306".parse().unwrap());
        let ask = desk::Ask { area, ..desk::Ask::by("clerk-9") };
        let desk = desk::Desk::new(&county.service, crate::office::description());
        desk.run(&crate::office::file(&[merchant(1)]), &ask, &mut |_| ()).await.unwrap()
    };
    let path = format!("{imports}/{}", by_another.id);
    for (who, token, status, count) in [
        ("of the city", &of_the_city, 200, 1),
        ("of the county", &of("130306"), 200, 1),
        ("of a town in it", &of("130306100"), 403, 0),
        ("of another county", &of("130302"), 403, 0),
    ] {
        let report = request(&county, "GET", &path, Some(token), &[], String::new()).await;
        assert_eq!(report.status, status, "{who}: {}", report.text);
        let csv = request(&county, "GET", &format!("{path}.csv"), Some(token), &[], String::new()).await;
        assert_eq!(csv.status, status, "{who}");
        let recent = request(&county, "GET", imports, Some(token), &[], String::new()).await;
        assert_eq!(recent.body.as_array().unwrap().len(), count, "{who}");
    }
}
