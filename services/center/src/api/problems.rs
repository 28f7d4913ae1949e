//! What stewards are told when something is not done.

use crate::decisions::{Pair, Refusal, Status};
use crate::scope::StewardError;
use axum::http::StatusCode;
use chassis::http::Problem;
use schema::erasures::RetractionReason;
use schema::resource::{Field, RetractableField};
use schema::scope::Scope;
use schema::selection::ScopeSelection;
use serde_json::json;
use uuid::Uuid;

/// The scope has not acted yet on all that stood when the process started.
pub(super) fn not_ready() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready")
        .zh("服务中心正在读取已有登记，请稍后再试。")
        .en("The centre is still reading what stands; try again in a moment.")
        .header("retry-after", "2")
}

/// Another process holds the scope: a proxy, or whoever asks, is to ask there.
pub(super) fn out_of_scope(scope: Scope, held: &ScopeSelection) -> Problem {
    let held = held.names();
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "OUT_OF_SCOPE")
        .title("不在本服务辖区", "Out of scope")
        .zh(format!("辖区 {scope} 不由本服务办理；本服务办理的辖区：{}。请向办理该辖区的服务提出。", held.join("、")))
        .en(format!("Scope {scope} is not held here; held are: {}. Ask the service that holds it.", held.join(", ")))
        .with("scope", scope.to_string())
        .with("held", held)
}

/// It is no scope's code.
pub(super) fn no_scope(text: &str) -> Problem {
    Problem::not_found(format!("“{text}”不是辖区代码。"), format!("{text:?} is not the code of a scope."))
}

/// There is no such registration.
pub(super) fn no_registration(id: Uuid) -> Problem {
    Problem::not_found(format!("没有编号为{id}的登记。"), format!("There is no registration {id}."))
        .error(json!({ "path": "registrations", "registration": id.to_string() }))
}

/// Of this field nothing can be retracted, or it is no field.
pub(super) fn not_retractable(field: &str) -> Problem {
    let fields = RetractableField::ALL.map(RetractableField::field);
    let (zh, codes) = (fields.map(Field::name_zh).join("、"), fields.map(Field::code).join(", "));
    Problem::unprocessable(
        "field-not-retractable",
        format!("“{field}”不能撤下。可以撤下的有：{zh}；其他内容请由登记单位变更。"),
        format!("{field:?} cannot be retracted; these can: {codes}. Whatever else is wrong, its office revises."),
    )
    .error(json!({ "path": "field" }))
    .with("fields", fields.map(Field::code))
}

/// A retraction for no reason that there is.
pub(super) fn no_such_reason(reason: &str) -> Problem {
    let reasons = || RetractionReason::ALL.iter().zip(RetractionReason::WORDS).filter(|(reason, _)| reason.is_given());
    let zh: Vec<String> = reasons().map(|(_, (code, zh, _))| format!("{code}（{zh}）")).collect();
    let en: Vec<&str> = reasons().map(|(_, (code, ..))| *code).collect();
    Problem::unprocessable(
        "reason-unknown",
        format!("没有“{reason}”这种撤下理由，请选用：{}。", zh.join("、")),
        format!("There is no reason {reason:?}; give one of {}.", en.join(", ")),
    )
    .error(json!({ "path": "reason" }))
    .with("reasons", en)
}

/// The registration never said anything of the field.
pub(super) fn nothing_to_retract(field: RetractableField) -> Problem {
    let field = field.field();
    Problem::unprocessable(
        "nothing-to-retract",
        format!("这条登记从未填写过“{}”，没有可以撤下的内容。", field.name_zh()),
        format!("The registration never said anything of the field {field}; there is nothing to retract."),
    )
    .error(json!({ "path": "field" }))
}

/// Two registrations of different scopes, or of another than was asked for.
pub(super) fn another_scope(asked: Option<Scope>, [one, other]: Pair) -> Problem {
    let (one, other) = (one.scope(), other.scope());
    let problem = match asked.filter(|_| one == other) {
        Some(asked) => Problem::unprocessable(
            "another-county",
            format!("两条登记属于辖区 {one}，不属于 {asked}。"),
            format!("The two registrations are of the scope {one}, not of {asked}."),
        ),
        None => Problem::unprocessable(
            "another-county",
            format!("两条登记不在同一个县区（{one}、{other}），不能归并。"),
            format!("The two registrations are of different counties ({one}, {other}); a merge never spans counties."),
        ),
    };
    problem.with("scopes", json!([one.to_string(), other.to_string()]))
}

impl From<StewardError> for Problem {
    fn from(error: StewardError) -> Problem {
        match error {
            StewardError::Command(error) => error.into(),
            StewardError::Unreadable { scope, reason } => {
                tracing::error!(%scope, reason, "a steward's command was refused");
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "decisions-stopped")
                    .zh(format!(
                        "辖区 {scope} 的记录中有本程序不能识别的内容（{reason}），归并已暂停办理，请联系管理员升级程序。"
                    ))
                    .en(format!(
                        "The log holds something of {scope} that this program cannot read ({reason}), so nothing is decided \
                         there for now. Tell the administrator to upgrade it."
                    ))
                    .with("scope", scope.to_string())
                    .with("unreadable", reason)
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let conflict = |code: &'static str| Problem::new(StatusCode::CONFLICT, code);
        match refusal {
            Refusal::Itself => Problem::unprocessable(
                "same-registration",
                "请选择两条不同的登记。",
                "Name two different registrations.",
            ),
            Refusal::Unknown(id) => {
                Problem::not_found(format!("没有编号为{id}的归并。"), format!("There is no merge {id}."))
            }
            Refusal::AlreadyTogether => conflict("already-together")
                .zh("这两条登记已经在同一张资源卡中，无需再归并；如要分开，请撤销相应的归并。")
                .en("The two registrations are one already. To part them, undo the merge between them."),
            Refusal::KeptApart([one, other]) => conflict("kept-apart")
                .zh("此前已决定这两边不归并，今后不再归并。")
                .en("It was decided before that these two stay apart.")
                .with("keptApart", json!([one.to_string(), other.to_string()])),
            Refusal::NotProposed { status, .. } => conflict("not-proposed")
                .zh(format!("这条提示已经处理过：{}。", status_zh(status)))
                .en(format!("This proposal is not open any more: it is {}.", status_en(status)))
                .with("status", status_name(status)),
            Refusal::NotInForce { status, .. } => conflict("not-in-force")
                .zh(format!("这项归并不在生效状态：{}。", status_zh(status)))
                .en(format!("This merge is not in force: it is {}.", status_en(status)))
                .with("status", status_name(status)),
        }
    }
}

fn status_zh(status: Status) -> &'static str {
    match status {
        Status::Proposed => "待核归并",
        Status::InForce => "已归并",
        Status::Refused => "不归并",
        Status::Undone => "已撤销归并",
    }
}

fn status_en(status: Status) -> &'static str {
    match status {
        Status::Proposed => "proposed",
        Status::InForce => "in force",
        Status::Refused => "refused",
        Status::Undone => "undone",
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Proposed => "PROPOSED",
        Status::InForce => "IN_FORCE",
        Status::Refused => "REFUSED",
        Status::Undone => "UNDONE",
    }
}
