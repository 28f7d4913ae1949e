//! What a row says nothing of stays as it stands.

use crate::county::County;
use crate::office::{Merchants, county, fates, file, run};
use desk::{Ask, Report};
use schema::commerce::{CommerceEvent, Merchant};
use schema::hand_in::RowFate;
use schema::{Office, Stream};

/// The list's columns: 商户名称,编号,业态,所在地代码,经营者,电话,营业时间,登记日期
const WHOLE: &str = "甲便民店,N1,助购,130306100209,王一,0335-3000001,每天 8:00-20:00,2024-01-01";

fn row(keeper: &str, phone: &str, hours: &str) -> String {
    format!("甲便民店,N1,助购,130306100209,{keeper},{phone},{hours},2024-01-01")
}

async fn stands(county: &County, report: &Report) -> Merchant {
    let id = report.rows[0].registration.unwrap();
    let stream = Stream::Registration(Office::Commerce, id).to_string();
    let events = county.service.log.read_stream(&stream).await.unwrap();
    let last = events
        .iter()
        .rev()
        .find_map(|event| CommerceEvent::registration(&event.decode::<CommerceEvent>().unwrap()).cloned());
    last.unwrap()
}

/// Hands a row in, after a check that says the same of it.
async fn handed_in(desk: &Merchants, row: &str) -> Report {
    let rows = [row.to_owned()];
    let checked = desk.check(&file(&rows), &Ask::by("clerk-1")).await.unwrap();
    let report = run(desk, &rows).await;
    let said = |report: &Report| {
        let findings = report.rows[0].findings.iter().map(|finding| (finding.column.clone(), finding.code.clone()));
        (fates(report), findings.collect::<Vec<_>>())
    };
    assert_eq!(said(&checked), said(&report), "{row}");
    report
}

fn codes(report: &Report) -> Vec<(&str, &str)> {
    let findings = report.rows[0].findings.iter();
    findings.map(|finding| (finding.column.as_str(), finding.code.as_str())).collect()
}

#[tokio::test]
async fn what_is_not_understood_wipes_nothing_and_the_report_says_what_stays() {
    let (county, desk) = county().await;
    handed_in(&desk, WHOLE).await;
    let report = handed_in(&desk, &row("王一", "0335-300000", "看情况")).await;
    let merchant = stands(&county, &report).await;
    assert_eq!(merchant.phones, ["+863353000001".parse().unwrap()]);
    assert_eq!((merchant.hours.text.as_str(), merchant.hours.schedules.len()), ("每天 8:00-20:00", 1));
    assert_eq!(fates(&report), [RowFate::Revised], "what is in doubt about it is news");
    let doubted: Vec<&str> = merchant.doubts.iter().map(|doubt| doubt.column.as_str()).collect();
    assert_eq!(doubted, ["电话", "营业时间"], "and what was written stands beside it");
    let kept: Vec<&str> =
        codes(&report).into_iter().filter(|(_, code)| *code == "EARLIER_KEPT").map(|(column, _)| column).collect();
    assert_eq!(kept, ["电话", "营业时间"]);
}

#[tokio::test]
async fn what_was_doubted_stays_so_until_something_is_said_of_it() {
    let (county, desk) = county().await;
    let doubted = |merchant: &Merchant| merchant.doubts.iter().map(|doubt| doubt.column.clone()).collect::<Vec<_>>();
    for begins in ["看情况", "每天 8:00-20:00"] {
        handed_in(&desk, &row("王一", "0335-3000001", begins)).await;
        handed_in(&desk, &row("王一", "0335-300000", "电话预约")).await;
        // As a list under other headings has it.
        let bytes =
            "商户名称,编号,业态,所在地代码,电话1,营业时间（必填）\n甲便民店,N1,助购,130306100209,0335-300000,看情况\n";
        let other = desk::File { bytes: bytes.as_bytes().to_vec().into(), ..file(&[]) };
        let before = stands(&county, &desk.run(&other, &Ask::by("clerk-1"), &mut |_| ()).await.unwrap()).await;
        assert_eq!(doubted(&before), ["电话1", "营业时间(必填)"]);
        let silent = handed_in(&desk, &row("王一", "", "")).await;
        assert_eq!((fates(&silent), codes(&silent)), (vec![RowFate::Unchanged], vec![]), "{begins}");
        assert_eq!(stands(&county, &silent).await, before, "{begins}");
        // What is said of one leaves the other; what takes it back leaves neither.
        let one = stands(&county, &handed_in(&desk, &row("王一", "0335-3000002", "")).await).await;
        assert_eq!((doubted(&one), &one.hours), (vec!["营业时间(必填)".to_owned()], &before.hours), "{begins}");
        let none = stands(&county, &handed_in(&desk, &row("王一", "", "删除")).await).await;
        assert_eq!((doubted(&none), none.hours.text.as_str(), none.phones.len()), (vec![], "", 1), "{begins}");
    }
}

#[tokio::test]
async fn an_empty_cell_and_a_column_that_the_file_lacks_keep_what_stands() {
    let (county, desk) = county().await;
    let before = handed_in(&desk, WHOLE).await;
    let whole = stands(&county, &before).await;
    for said in ["甲便民店,N1,助购,130306100209,,,,", "甲便民店,N1,助购,130306100209,无,/,,—"] {
        let report = handed_in(&desk, said).await;
        assert_eq!((fates(&report), codes(&report)), (vec![RowFate::Unchanged], vec![]), "{said}");
        assert_eq!(stands(&county, &report).await, whole, "{said}");
    }
    let short = desk::File {
        bytes: "商户名称,编号,业态,所在地代码\n甲便民店,N1,助购,130306100209\n".as_bytes().to_vec().into(),
        ..file(&[])
    };
    let report = desk.run(&short, &Ask::by("clerk-1"), &mut |_| ()).await.unwrap();
    assert_eq!(fates(&report), [RowFate::Unchanged]);
    assert_eq!(stands(&county, &report).await, whole);
}

#[tokio::test]
async fn a_cell_that_says_so_takes_back_what_stands() {
    let (county, desk) = county().await;
    handed_in(&desk, WHOLE).await;
    let report = handed_in(&desk, &row("删除", "删除", "清空")).await;
    assert_eq!((fates(&report), codes(&report)), (vec![RowFate::Revised], vec![]));
    let merchant = stands(&county, &report).await;
    assert!(merchant.phones.is_empty() && merchant.contact.is_none(), "{merchant:?}");
    assert!(merchant.hours.text.is_empty() && merchant.hours.schedules.is_empty(), "{merchant:?}");
    // What was taken back does not come again with the next silence.
    let report = handed_in(&desk, &row("", "", "")).await;
    assert_eq!(fates(&report), [RowFate::Unchanged]);
    assert!(stands(&county, &report).await.phones.is_empty());
}

#[tokio::test]
async fn a_new_registration_has_nothing_to_keep_and_one_that_returns_keeps_what_it_had() {
    let (county, desk) = county().await;
    let report = handed_in(&desk, "甲便民店,N1,助购,130306100209,,,看情况,").await;
    assert!(codes(&report).iter().all(|(_, code)| *code != "EARLIER_KEPT"), "{:?}", codes(&report));
    handed_in(&desk, WHOLE).await;
    let other = handed_in(&desk, "乙便民店,N2,助购,130306100209,,,,").await;
    let all = desk::Withdrawal::counted(&other.absent);
    desk.withdraw_absent(other.id, &all, &Ask::by("clerk-1")).await.unwrap();
    let back = handed_in(&desk, "甲便民店,N1,助购,130306100209,,,,").await;
    assert_eq!(fates(&back), [RowFate::Registered]);
    assert_eq!(stands(&county, &back).await.phones.len(), 1);
}
