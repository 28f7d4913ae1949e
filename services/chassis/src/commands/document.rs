//! The OpenAPI description of commands.

use crate::http::KEY_LENGTH;
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ArrayBuilder, ComponentsBuilder, ContentBuilder, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem,
    Ref, RefOr, Required, Response, ResponseBuilder, Schema, Type,
};

/// The scheme under which tokens are presented.
const BEARER: &str = "bearer";

/// The name of the schema of problems.
pub const PROBLEM: &str = "Problem";

/// The description of a service's commands, being written.
pub struct Document {
    tag: &'static str,
    title: String,
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Document {
    /// An empty one. The tag is the service's name.
    pub fn new(tag: &'static str, title: impl Into<String>) -> Document {
        let mut document = Document { tag, title: title.into(), paths: Paths::new(), schemas: Vec::new() };
        document.schemas.push((PROBLEM.to_owned(), problem()));
        document
    }

    /// An operation for whoever has a token.
    pub fn operation(&self, verb: &str, summary: &str) -> OperationBuilder {
        OperationBuilder::new()
            .tag(self.tag)
            .operation_id(Some(format!("{}-{verb}", self.tag)))
            .summary(Some(summary))
            .security(SecurityRequirement::new(BEARER, Vec::<String>::new()))
    }

    /// Adds an operation at a path.
    pub fn add(&mut self, path: &str, method: HttpMethod, operation: Operation) {
        match self.paths.paths.get_mut(path) {
            Some(item) => item.merge_operations(PathItem::new(method, operation)),
            None => {
                self.paths.paths.insert(path.to_owned(), PathItem::new(method, operation));
            }
        }
    }

    /// Adds a type and what it refers to; the reference to it.
    pub fn know<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name().into_owned();
        if !self.schemas.iter().any(|(known, _)| *known == name) {
            self.schemas.push((name.clone(), T::schema()));
            T::schemas(&mut self.schemas);
        }
        RefOr::Ref(Ref::from_schema_name(name))
    }

    /// Adds a schema under a name of its own; the reference to it.
    pub fn know_as(&mut self, name: String, schema: RefOr<Schema>) -> RefOr<Schema> {
        self.schemas.push((name.clone(), schema));
        RefOr::Ref(Ref::from_schema_name(name))
    }

    /// The whole.
    pub fn finish(self) -> OpenApi {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let mut components = ComponentsBuilder::new().security_scheme(BEARER, SecurityScheme::Http(token));
        for (name, schema) in self.schemas {
            components = components.schema(name, schema);
        }
        OpenApiBuilder::new()
            .info(InfoBuilder::new().title(self.title).version(env!("CARGO_PKG_VERSION")).build())
            .paths(self.paths)
            .components(Some(components.build()))
            .build()
    }
}

/// A body in JSON that must be there.
pub fn json_body(schema: RefOr<Schema>) -> RequestBody {
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

/// An answer in JSON.
pub fn answered(description: &str, schema: RefOr<Schema>) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}

/// The header of the idempotency key.
pub fn key() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(format!("^[!-~]{{1,{KEY_LENGTH}}}$")));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some("每项操作一个，重试时沿用 New for each act, the same when it is retried"))
        .schema(Some(schema.build()))
        .build()
}

/// Adds the answers that are problems (RFC 9457), by status and meaning.
pub fn with_problems(operation: OperationBuilder, meanings: &[(&str, &str)]) -> Operation {
    let mut operation = operation;
    for (status, meaning) in meanings {
        let problem = RefOr::Ref(Ref::from_schema_name(PROBLEM));
        let content = ContentBuilder::new().schema(Some(problem)).build();
        let problem = ResponseBuilder::new().description(*meaning).content("application/problem+json", content).build();
        operation = operation.response(*status, problem);
    }
    operation.build()
}

fn problem() -> RefOr<Schema> {
    let of = |kind: Type| ObjectBuilder::new().schema_type(kind).build();
    let errors = ArrayBuilder::new().items(of(Type::Object)).description(Some("Each fault, with its place")).build();
    let mut problem =
        ObjectBuilder::new().description(Some("RFC 9457; the words are in the language of Accept-Language"));
    for (name, kind) in [
        ("type", Type::String),
        ("title", Type::String),
        ("status", Type::Integer),
        ("detail", Type::String),
        ("instance", Type::String),
        ("code", Type::String),
    ] {
        problem = problem.property(name, of(kind));
    }
    let required = ["type", "title", "status", "code"];
    let problem = required.into_iter().fold(problem.property("errors", errors), ObjectBuilder::required);
    problem.build().into()
}
