//! The divisions that a row names, and what hangs on them.

use crate::office::{county, description, file, merchant, merchants, run};
use desk::{Ask, Desk, HandInError, Report};
use serde_json::Value;

#[tokio::test]
async fn a_village_is_the_same_by_its_code_and_by_its_name() {
    let (_county, desk) = county().await;
    let first = run(&desk, &merchants(4)).await;
    let named: Vec<String> = merchants(4)
        .iter()
        .map(|row| row.replace("130306100209", "抚宁镇大李官营村").replace("130306100248", "抚宁县抚宁镇陈各庄村委会"))
        .collect();
    let second = run(&desk, &named).await;
    assert_eq!((second.counts.unchanged, second.counts.warned, second.counts.absent), (4, 0, 0));
    let registrations = |report: &Report| report.rows.iter().map(|row| row.registration).collect::<Vec<_>>();
    assert_eq!(registrations(&second), registrations(&first));
}

#[tokio::test]
async fn a_name_that_several_villages_have_is_refused_with_their_codes_unless_one_is_the_clerks() {
    let (_county, desk) = county().await;
    let rows = [merchant(3).replace("130322100229", "下庄村")];
    let report = run(&desk, &rows).await;
    let finding = &report.rows[0].findings[0];
    assert_eq!((finding.column.as_str(), finding.code.as_str()), ("所在地代码", "AREA_NAME_AMBIGUOUS"));
    assert!(
        finding.remedy_zh.contains("代码") && finding.remedy_zh.contains("下庄村委会（13"),
        "{}",
        finding.remedy_zh
    );
    let town = finding.remedy_zh.split("下庄村委会（").nth(1).unwrap()[..9].parse().unwrap();
    let clerk = Ask { area: Some(town), ..Ask::by("clerk-2") };
    let rows = [rows[0].replace("0335-3000003", "0335-3000099")];
    let report = desk.run(&file(&rows), &clerk, &mut |_| ()).await.unwrap();
    assert_eq!(report.rows[0].findings[0].code, "AREA_BY_NAME");
    assert_eq!(report.counts.registered, 1);
}

#[tokio::test]
async fn a_local_number_is_completed_as_the_city_of_its_row_dials() {
    let (county, desk) = county().await;
    let report = run(&desk, &[merchant(1).replace("0335-3000001", "3000001")]).await;
    let stream = format!("commerce-{}", report.rows[0].registration.unwrap());
    let event = county.service.log.read_stream(&stream).await.unwrap().remove(0);
    let data: Value = serde_json::from_slice(&event.data).unwrap();
    assert!(data.to_string().contains("+863353000001"), "{data}");
}

#[tokio::test]
async fn nothing_is_taken_in_before_the_divisions_are_known() {
    let server = log_server::Server::start(log_server::Options::in_memory()).await.unwrap();
    let (county, _) = county().await;
    let mut service = county.service.clone();
    service.log = chassis::log::Log::connect(&server.url()).await.unwrap();
    let desk = Desk::new(&service, description());
    let refused = desk.run(&file(&merchants(1)), &Ask::by("clerk-1"), &mut |_| ()).await;
    assert!(matches!(refused, Err(HandInError::NoAreas)));
}
