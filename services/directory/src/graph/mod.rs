//! The GraphQL schema: what the outside asks of the directory. Read only; what changes something goes to the services'
//! own HTTP interfaces.

mod area;
mod available;
mod changes;
mod counters;
mod enums;
mod errors;
mod hand_in;
mod limits;
mod merge;
mod paging;
mod place;
mod query;
mod registration;
mod resource;
mod scalars;
mod subscription;
mod words;

pub use errors::{Fault, OUT_OF_SCOPE, finish, lang, refusal};
pub use query::Query;
pub use subscription::{LastEventId, Subscription};

use crate::projection::View;
use crate::scopes::Reads;
use crate::source::Source;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Context, EmptyMutation, Request, Result, Schema};
use chassis::auth::{Caller, Role};
use chassis::sealed::KeyStore;
use schema::{Office, Position, Scope};
use std::sync::Arc;

/// The schema with its data.
pub type GraphSchema = Schema<Query, EmptyMutation, Subscription>;

/// How many fields a question may ask for, counting each as often as its list is long.
const COMPLEXITY: usize = 100_000;

/// The schema over a source, with what opens personal values.
pub fn schema(source: Arc<Source>, keys: Arc<KeyStore>) -> GraphSchema {
    Schema::build(Query, EmptyMutation, Subscription).data(source).data(keys).limit_complexity(COMPLEXITY).finish()
}

/// The document of a request, parsed once, if it is not too large to be looked at further. None when it cannot be parsed,
/// which is for the schema to say.
///
/// # Errors
/// When it is too large.
pub fn read(request: &mut Request) -> Result<Option<&ExecutableDocument>, Fault> {
    limits::check_text(&request.query).map_err(Fault::TooComplex)?;
    let Ok(document) = request.parsed_query() else { return Ok(None) };
    limits::check_document(document).map_err(Fault::TooComplex)?;
    Ok(Some(document))
}

/// The schema in the schema definition language, as it is committed.
pub fn sdl() -> String {
    let schema = Schema::build(Query, EmptyMutation, Subscription).finish();
    let sdl = schema.sdl();
    let mut text: String = sdl.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// The source of a request.
fn source<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Source>> {
    ctx.data::<Arc<Source>>()
}

/// What a question sees, by its `asOf`, `asOfPosition` and `atLeast`, and by what it reads.
async fn view(
    ctx: &Context<'_>,
    as_of: Option<scalars::Time>,
    as_of_position: Option<scalars::Position>,
    at_least: Option<scalars::Position>,
    reads: Reads,
) -> Result<View> {
    let source = source(ctx)?;
    let position = |token: Option<scalars::Position>| -> Result<Option<Position>> {
        token
            .map(|token| Position::from_token(&token.0, source.log))
            .transpose()
            .map_err(|problem| Fault::BadPosition(problem).of(ctx))
    };
    let (as_of_position, at_least) = (position(as_of_position)?, position(at_least)?);
    let view = match (as_of, as_of_position) {
        (Some(_), Some(_)) => return Err(Fault::AsOfTwice.of(ctx)),
        (Some(time), None) => source.view_at(time.0, at_least, reads).await,
        (None, position) => source.view(position, at_least, reads).await,
    };
    view.map_err(|no_view| Fault::from(no_view).of(ctx))
}

/// The token of a position.
fn token(ctx: &Context<'_>, position: Position) -> Result<scalars::Position> {
    Ok(scalars::Position(position.token(source(ctx)?.log)))
}

/// Whether something is of a scope that is held: what a list shows that is held to no division. The levels above are only
/// read.
fn is_held(view: &View, scope: Scope) -> bool {
    view.snapshot.held.holds(scope)
}

/// Who asks; nobody when they have not signed in.
fn caller<'a>(ctx: &Context<'a>) -> Option<&'a Caller> {
    ctx.data_opt::<Caller>()
}

/// Whether a steward asks.
fn is_steward(ctx: &Context<'_>) -> bool {
    caller(ctx).is_some_and(|caller| caller.role == Role::Steward)
}

/// What somebody may see of what stands behind the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// Everything: stewards, planners, partner departments, admins.
    All,
    /// What one office handed in, and what the centre made of it: its clerks.
    Office(Office),
    /// Nothing: everybody else, and the public.
    None,
}

impl Sight {
    fn of(caller: Option<&Caller>) -> Sight {
        match caller.map(|caller| (caller.role, caller.office)) {
            Some((Role::Steward | Role::Planner | Role::Partner | Role::Admin, _)) => Sight::All,
            Some((Role::Clerk, Some(office))) => Sight::Office(office),
            Some((Role::Clerk | Role::Operator, _)) | None => Sight::None,
        }
    }

    /// Whether it reaches one office.
    fn reaches(self, office: Office) -> bool {
        match self {
            Sight::All => true,
            Sight::Office(own) => own == office,
            Sight::None => false,
        }
    }
}

/// What the caller may see.
fn sight(ctx: &Context<'_>) -> Sight {
    Sight::of(caller(ctx))
}

/// The office to which a list is to be held, for a caller who asks for `asked`: a clerk sees their own office alone.
fn office_in_sight(ctx: &Context<'_>, asked: Option<Office>) -> Result<Option<Office>> {
    match (sight(ctx), asked) {
        (Sight::All, asked) => Ok(asked),
        (Sight::Office(own), None) => Ok(Some(own)),
        (Sight::Office(own), Some(asked)) if own == asked => Ok(Some(own)),
        (Sight::Office(_), Some(_)) => Err(Fault::Forbidden.of(ctx)),
        (Sight::None, _) => Err(refused(ctx)),
    }
}

/// Refused: to be told to sign in, or that the role is the wrong one.
fn refused(ctx: &Context<'_>) -> async_graphql::Error {
    if caller(ctx).is_none() { Fault::Unauthenticated.of(ctx) } else { Fault::Forbidden.of(ctx) }
}

#[cfg(test)]
mod tests;
