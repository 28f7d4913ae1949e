//! The OpenAPI description of an office's registrations.

use super::answer::{Doubted, Warning};
use super::{Done, Seen};
use chassis::commands::{self, answered, json_body, key, with_problems};
use schema::Office;
use serde::Serialize;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{KnownFormat, ObjectBuilder, OpenApi, RefOr, Required, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

pub(super) struct Document {
    whole: commands::Document,
    done: RefOr<Schema>,
}

impl Document {
    pub(super) fn new(office: Office) -> Self {
        let mut whole = commands::Document::new(office.path(), format!("{} {}", office.name_zh(), office.name_en()));
        let done = whole.know::<Done>();
        whole.know::<Warning>();
        whole.know::<Doubted>();
        Document { whole, done }
    }

    /// Registering, seeing and revising with a form.
    pub(super) fn registering<F: ToSchema + Serialize>(&mut self, path: &str, one: &str) {
        let form = self.whole.know::<F>();
        let seen = self.seen::<F>();
        let register = self
            .whole
            .operation("register", "登记 Register")
            .description(Some(
                "Registers from a form. The id derives from the Idempotency-Key: a repetition finds the first registration.",
            ))
            .parameter(key())
            .request_body(Some(json_body(form.clone())))
            .response("201", answered("登记完成 Registered; Location names the registration", self.done.clone()));
        let see = self
            .whole
            .operation("see", "查看 See as it stands")
            .parameter(id())
            .response("200", answered("登记信息 The registration", seen));
        let revise = self
            .whole
            .operation("revise", "变更 Say it anew, whole")
            .parameter(id())
            .parameter(key())
            .request_body(Some(json_body(form)))
            .response("200", answered("变更完成 Revised, or unchanged", self.done.clone()));
        self.whole.add(
            path,
            HttpMethod::Post,
            problems(register, &["400", "401", "403", "409", "413", "415", "422", "503"]),
        );
        self.whole.add(one, HttpMethod::Get, problems(see, &["401", "403", "404", "503"]));
        self.whole.add(
            one,
            HttpMethod::Put,
            problems(revise, &["400", "401", "403", "404", "409", "413", "415", "422", "503"]),
        );
    }

    /// A command of the office.
    pub(super) fn command<B: ToSchema>(&mut self, path: &str, verb: &str, summary: &str) {
        let wanted = self.whole.know::<B>();
        let operation = self
            .whole
            .operation(verb, summary)
            .parameter(id())
            .parameter(key())
            .request_body(Some(json_body(wanted)))
            .response("200", answered("办理完成 Done", self.done.clone()));
        let statuses = ["400", "401", "403", "404", "409", "413", "415", "422", "503"];
        self.whole.add(path, HttpMethod::Post, problems(operation, &statuses));
    }

    pub(super) fn finish(self) -> OpenApi {
        self.whole.finish()
    }

    /// A registration as it stands, with this form in it.
    fn seen<F: ToSchema + Serialize>(&mut self) -> RefOr<Schema> {
        let name = format!("Seen{}", F::name());
        self.whole.know_as(name, <Seen<F> as PartialSchema>::schema())
    }
}

fn id() -> Parameter {
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("登记编号 The id of the registration"))
        .schema(Some(id.build()))
        .build()
}

/// Adds the answers that are problems.
fn problems(operation: OperationBuilder, statuses: &[&str]) -> Operation {
    let meanings = statuses.iter().map(|status| {
        let meaning = match *status {
            "400" => "请求有误 A header is missing or the body is no JSON",
            "401" => "未登录 No token, or one that is not valid",
            "403" => "无权操作 Another office, role or area",
            "404" => "没有这条登记 No such registration",
            "409" => "与现状冲突 The rules forbid it as the registration stands",
            "413" => "内容太大 The body is too large",
            "415" => "内容不是JSON The body is not said to be JSON",
            "422" => "不符合规定 A value cannot be so, or the key was used for something else",
            _ => "暂时不可用 The log is away, or no divisions are known",
        };
        (*status, meaning)
    });
    with_problems(operation, &meanings.collect::<Vec<_>>())
}
