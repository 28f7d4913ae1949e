//! The demonstration: real divisions of Qinhuangdao, invented providers, accounts whose passwords everybody knows.

use crate::table::{self, List};
use crate::{Failure, hand_in};
use accounts::Issuer;
use chassis::log::Recorded;
use chassis::service::Service;
use indicatif::{ProgressBar, ProgressStyle};
use schema::hand_in::HandInEvent;
use schema::selection::ScopeSelection;
use schema::{Office, Position, Scope, Stream};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

const AREAS: &[(&str, &[u8])] = &[
    ("130300.csv", include_bytes!("../../../schema/areas/130300.csv")),
    ("130300-changes.csv", include_bytes!("../../../schema/areas/130300-changes.csv")),
];

const BASIC_SERVICES: (&str, &[u8]) =
    ("000000-basic-services-2023.json", include_bytes!("../../../schema/policy/000000-basic-services-2023.json"));
const CALENDARS: &[(&str, &[u8])] = &[
    ("2025.csv", include_bytes!("../../../schema/calendar/2025.csv")),
    ("2026.csv", include_bytes!("../../../schema/calendar/2026.csv")),
];

/// What is said once everything runs.
pub(crate) struct Welcome {
    sign_in: Vec<String>,
    is_demo: bool,
}

impl Welcome {
    /// Makes the accounts of a first start and remembers what to say of them.
    pub(crate) fn prepare(issuer: &Issuer, is_demo: bool) -> Result<Self, Failure> {
        let mut sign_in = Vec::new();
        if let Some(first) = issuer.first_admin()? {
            sign_in.push(format!(
                "{}  {}   （管理员，只显示这一次 admin, shown only this once）",
                first.name, first.password
            ));
        }
        if !is_demo && issuer.retire_demo_accounts()? > 0 {
            println!("演示账号已停用 the accounts of the demonstration were disabled");
        }
        if is_demo {
            for account in issuer.ensure_demo_accounts()? {
                sign_in.push(format!("{}  {}   （{}）", account.name, account.password, account.title));
            }
        }
        Ok(Welcome { sign_in, is_demo })
    }

    /// Says where to look.
    pub(crate) fn print(&self, address: SocketAddr, log: &str) {
        println!();
        println!("汇聚已就绪 Huiju is ready");
        println!("  网页 pages      http://{address}/");
        println!("  查询台 GraphQL  http://{address}/graphql");
        println!("  日志 log        {log}");
        if !self.sign_in.is_empty() {
            println!("  登录 sign in    http://{address}/sign-in");
            for line in &self.sign_in {
                println!("                  {line}");
            }
        }
        if self.is_demo {
            println!("  演示数据：区划真实，服务提供者均为虚构 demo data: real divisions, invented providers");
            println!();
            println!(
                "  大李官营村一位78岁独居老人可以用哪些服务？ What can a person of 78 who lives alone use in Daliguanying?"
            );
            println!("  {}", main_question(address));
        }
        println!();
        println!("  按 Ctrl-C 停止 Ctrl-C stops");
    }
}

/// A `curl` of the main question that can be pasted as it is.
fn main_question(address: SocketAddr) -> String {
    let query = "{ availableServices(community: \\\"130306100209\\\", person: { age: 78, conditions: [LIVES_ALONE] }, orderBy: NEAREST, first: 20) \
                 { totalCount nodes { name category phone } edges { verdict isOpen } } }";
    format!("curl -s http://{address}/graphql -H 'content-type: application/json' -d '{{\"query\":\"{query}\"}}'")
}

/// Loads divisions and hand-ins by the same path as a clerk's, and waits until the centre has acted on all of
/// it in these scopes.
///
/// An office that has completed a hand-in of this list keeps what it has: a clerk may have handed in a newer edition
/// since, which the demonstration must not take back.
pub(crate) async fn load(service: &Service, scopes: &ScopeSelection) -> Result<(), Failure> {
    for (name, bytes) in AREAS {
        areas::import(service, bytes, name).await?;
    }
    for (name, bytes) in CALENDARS {
        calendar::import(service, bytes, name).await?;
    }
    // The nation's own list, unless somebody has settled anything for the nation since.
    if service.log.read_stream(&Stream::Policy(Scope::NATION).to_string()).await?.is_empty() {
        let (name, bytes) = BASIC_SERVICES;
        planning::adopt(service, bytes, name, "service:demo", None, false).await?;
    }
    let before = handed_in(service).await?;
    let mut loaded = Position::default();
    for list in table::lists() {
        let (office, (name, _)) = (list.office, list.demo);
        if let Some(position) = before.get(&office) {
            println!("{} {name}：已有登记，不再载入 has handed in before, not loaded again", office.name_zh());
            loaded = loaded.max(*position);
            continue;
        }
        let report = hand_in_list(service, list).await?;
        println!("{}", hand_in::summary(&report));
        if let Some(token) = &report.position {
            loaded = loaded.max(Position::from_token(token, service.log.id())?);
        }
    }
    Ok(center::wait_through(&service.log, loaded, scopes).await?)
}

/// The offices that have completed a hand-in of their main list, and where the latest of each was completed.
async fn handed_in(service: &Service) -> Result<BTreeMap<Office, Position>, Failure> {
    let mut open: HashMap<String, Office> = HashMap::new();
    let mut completed = BTreeMap::new();
    let mut problem = None;
    let imports = ["import-".to_owned()];
    let each = |event: Recorded| match event.decode::<HandInEvent>() {
        Ok(HandInEvent::HandInReceived(received)) if received.list == desk::File::MAIN => {
            open.insert(event.stream, received.office);
        }
        Ok(HandInEvent::HandInCompleted(_)) => {
            if let Some(office) = open.get(&event.stream) {
                completed.insert(*office, event.position);
            }
        }
        Ok(
            HandInEvent::HandInReceived(_)
            | HandInEvent::RowsSettled(_)
            | HandInEvent::AbsentFound(_)
            | HandInEvent::AbsentWithdrawn(_)
            | HandInEvent::WithdrawalTakenBack(_),
        ) => {}
        Err(error) => problem = Some(error),
    };
    service.log.catch_up(&imports, None, each).await?;
    match problem {
        Some(problem) => Err(problem.into()),
        None => Ok(completed),
    }
}

/// One list, with a bar that shows how far it is.
async fn hand_in_list(service: &Service, list: &List) -> Result<desk::Report, Failure> {
    let (name, bytes) = list.demo;
    let bar = ProgressBar::new(0).with_style(bar_style()).with_message(format!("{name:<24}"));
    let mut on_progress = |progress: desk::Progress| {
        bar.set_length(progress.of.into());
        bar.set_position(progress.settled.into());
    };
    let report = (list.import)(service, bytes, name, &mut on_progress).await;
    bar.finish_and_clear();
    Ok(report?)
}

fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {per_sec}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
