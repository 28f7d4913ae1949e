//! What a question sees of the directory.

use crate::errors::Fault;
use crate::scalars;
use async_graphql::{Context, Result};
use directory::projection::View;
use directory::read_model::ReadModel;
use directory::scopes::Reads;
use schema::{Position, Scope};
use std::sync::Arc;

/// The header by which a field says that the answer is of the past. It does not leave the process.
pub(crate) const OF_THE_PAST: &str = "x-huiju-of-the-past";

/// The read model of a request.
pub(crate) fn read_model<'a>(ctx: &Context<'a>) -> Result<&'a Arc<ReadModel>> {
    ctx.data::<Arc<ReadModel>>()
}

/// What a question sees, by its `asOf`, `asOfPosition` and `atLeast`, and by what it reads.
pub(crate) async fn view(
    ctx: &Context<'_>,
    as_of: Option<scalars::Time>,
    as_of_position: Option<scalars::Position>,
    at_least: Option<scalars::Position>,
    reads: Reads,
) -> Result<View> {
    mark_the_past(ctx, as_of.is_some() || as_of_position.is_some());
    let seen = see(read_model(ctx)?, as_of, as_of_position, at_least, reads).await;
    seen.map_err(|fault| fault.of(ctx))
}

/// Has the answer say that it is of the past, if it is: here, where a field can say something of the whole of it; see
/// `Asked::complete`.
pub(crate) fn mark_the_past(ctx: &Context<'_>, is_of_the_past: bool) {
    if is_of_the_past {
        ctx.insert_http_header(OF_THE_PAST, "1");
    }
}

/// What a question sees of a read model.
pub(crate) async fn see(
    read_model: &ReadModel,
    as_of: Option<scalars::Time>,
    as_of_position: Option<scalars::Position>,
    at_least: Option<scalars::Position>,
    reads: Reads,
) -> Result<View, Fault> {
    let (as_of_position, at_least) = (position(read_model, as_of_position)?, position(read_model, at_least)?);
    let view = match (as_of, as_of_position) {
        (Some(_), Some(_)) => return Err(Fault::AsOfTwice),
        (Some(time), None) => read_model.view_at(time.0, at_least, reads).await,
        (None, position) => read_model.view(position, at_least, reads).await,
    };
    view.map_err(Fault::from)
}

/// The position of a token.
pub(crate) fn position(read_model: &ReadModel, token: Option<scalars::Position>) -> Result<Option<Position>, Fault> {
    token.map(|token| Position::from_token(&token.0, read_model.log)).transpose().map_err(Fault::BadPosition)
}

/// The token of a position.
pub(crate) fn token(ctx: &Context<'_>, position: Position) -> Result<scalars::Position> {
    Ok(scalars::Position(position.token(read_model(ctx)?.log)))
}

/// Whether something is of a scope that is held: what a list shows that is held to no division. The levels above are only
/// read.
pub(crate) fn is_held(view: &View, scope: Scope) -> bool {
    view.snapshot.held.holds(scope)
}
