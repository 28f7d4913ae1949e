//! The OpenAPI description of an office's registrations.

use super::answer::{Doubted, Warning};
use super::{Done, Seen};
use schema::Office;
use serde::Serialize;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, KnownFormat, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, Ref,
    RefOr, Required, ResponseBuilder, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

/// The scheme under which tokens are presented.
const BEARER: &str = "bearer";

pub(super) struct Document {
    office: Office,
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Document {
    pub(super) fn new(office: Office) -> Self {
        let mut document = Document { office, paths: Paths::new(), schemas: Vec::new() };
        document.know::<Done>();
        document.know::<Warning>();
        document.know::<Doubted>();
        document
    }

    /// Registering, seeing and revising with a form.
    pub(super) fn registering<F: ToSchema + Serialize>(&mut self, path: &str, one: &str) {
        let form = self.know::<F>();
        let seen = self.seen::<F>();
        let register = self
            .operation("register", "登记 Register")
            .description(Some(
                "Registers from a form. The id derives from the Idempotency-Key: a repetition finds the first registration.",
            ))
            .parameter(key())
            .request_body(Some(body(form.clone())))
            .response("201", answered("登记完成 Registered; Location names the registration", reference::<Done>()));
        let see = self
            .operation("see", "查看 See as it stands")
            .parameter(id())
            .response("200", answered("登记信息 The registration", seen));
        let revise = self
            .operation("revise", "变更 Say it anew, whole")
            .parameter(id())
            .parameter(key())
            .request_body(Some(body(form)))
            .response("200", answered("变更完成 Revised, or unchanged", reference::<Done>()));
        self.add(path, HttpMethod::Post, problems(register, &["400", "401", "403", "409", "413", "415", "422", "503"]));
        self.add(one, HttpMethod::Get, problems(see, &["401", "403", "404", "503"]));
        self.add(
            one,
            HttpMethod::Put,
            problems(revise, &["400", "401", "403", "404", "409", "413", "415", "422", "503"]),
        );
    }

    /// A command of the office.
    pub(super) fn command<B: ToSchema>(&mut self, path: &str, verb: &str, summary: &str) {
        let wanted = self.know::<B>();
        let operation = self
            .operation(verb, summary)
            .parameter(id())
            .parameter(key())
            .request_body(Some(body(wanted)))
            .response("200", answered("办理完成 Done", reference::<Done>()));
        let statuses = ["400", "401", "403", "404", "409", "413", "415", "422", "503"];
        self.add(path, HttpMethod::Post, problems(operation, &statuses));
    }

    pub(super) fn finish(self) -> OpenApi {
        let title = format!("{} {}", self.office.name_zh(), self.office.name_en());
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let mut components = ComponentsBuilder::new().security_scheme(BEARER, SecurityScheme::Http(token));
        for (name, schema) in self.schemas {
            components = components.schema(name, schema);
        }
        OpenApiBuilder::new()
            .info(InfoBuilder::new().title(title).version(env!("CARGO_PKG_VERSION")).build())
            .paths(self.paths)
            .components(Some(components.build()))
            .build()
    }

    fn operation(&self, verb: &str, summary: &str) -> OperationBuilder {
        OperationBuilder::new()
            .tag(self.office.path())
            .operation_id(Some(format!("{}-{verb}", self.office.path())))
            .summary(Some(summary))
            .security(SecurityRequirement::new(BEARER, Vec::<String>::new()))
    }

    fn add(&mut self, path: &str, method: HttpMethod, operation: Operation) {
        match self.paths.paths.get_mut(path) {
            Some(item) => item.merge_operations(PathItem::new(method, operation)),
            None => {
                self.paths.paths.insert(path.to_owned(), PathItem::new(method, operation));
            }
        }
    }

    /// Takes in a type and what it refers to.
    fn know<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name().into_owned();
        if !self.schemas.iter().any(|(known, _)| *known == name) {
            self.schemas.push((name, T::schema()));
            T::schemas(&mut self.schemas);
        }
        reference::<T>()
    }

    /// A registration as it stands, with this form in it.
    fn seen<F: ToSchema + Serialize>(&mut self) -> RefOr<Schema> {
        let name = format!("Seen{}", F::name());
        self.schemas.push((name.clone(), <Seen<F> as PartialSchema>::schema()));
        RefOr::Ref(Ref::from_schema_name(name))
    }
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

fn body(schema: RefOr<Schema>) -> utoipa::openapi::request_body::RequestBody {
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn answered(description: &str, schema: RefOr<Schema>) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}

fn id() -> Parameter {
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    required("id", ParameterIn::Path, "登记编号 The id of the registration", id)
}

fn key() -> Parameter {
    let key = ObjectBuilder::new().schema_type(Type::String).pattern(Some(crate::http::document::KEY_PATTERN));
    let description = "每项操作一个，重试时沿用 New for each act, the same when it is retried";
    required("Idempotency-Key", ParameterIn::Header, description, key)
}

fn required(name: &str, place: ParameterIn, description: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema.build()))
        .build()
}

/// Adds the answers that are problems (RFC 9457).
fn problems(operation: OperationBuilder, statuses: &[&str]) -> Operation {
    let meaning = |status: &str| match status {
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
    let mut operation = operation;
    for status in statuses {
        let problem = RefOr::Ref(Ref::from_schema_name(crate::http::document::PROBLEM));
        let content = ContentBuilder::new().schema(Some(problem)).build();
        let problem =
            ResponseBuilder::new().description(meaning(status)).content("application/problem+json", content).build();
        operation = operation.response(*status, problem);
    }
    operation.build()
}
