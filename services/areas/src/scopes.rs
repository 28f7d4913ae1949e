//! Which scope a county belongs to: its own digits when it is first listed, and for ever after; a county that is re-coded
//! keeps the scope that it joined under.

use crate::file::Content;
use crate::writing::{ATTEMPTS, ImportError, append};
use chassis::clock::county_midnight;
use chassis::command::Command;
use chassis::decide;
use chassis::log::{Expected, Log, LogError};
use schema::areas::{AreaChangeKind, AreaChanged};
use schema::scopes::{DivisionScoped, ScopeBook, ScopesEvent};
use schema::{AreaLevel, Position, Scheme, Scope, Stream};

/// Records which scopes the counties of a file belong to, and gives the scopes of all. Without an act, what is lacking
/// counts and is not recorded.
pub(crate) async fn settle(
    log: &Log,
    content: &Content,
    scheme: Scheme,
    act: Option<&Command>,
) -> Result<(ScopeBook, Option<Position>), ImportError> {
    let stream = Stream::Scopes.to_string();
    let mut attempt = 0;
    loop {
        let recorded = log.read_stream(&stream).await?;
        let mut book = ScopeBook::default();
        for event in &recorded {
            book.apply(&event.decode()?);
        }
        let lacking = lacking(&mut book, content, scheme);
        let Some(act) = act.filter(|_| !lacking.is_empty()) else { return Ok((book, None)) };
        let expected = recorded.last().map_or(Expected::NoStream, |event| Expected::Revision(event.revision));
        let key = format!("{stream}:{}", recorded.len());
        let of_event = |(index, scoped): (usize, &DivisionScoped)| {
            let event = ScopesEvent::DivisionScoped(scoped.clone());
            let command = act.part(format!("{key}:{index}"), &event, county_midnight(scoped.since))?;
            decide::new_events(&stream, &command, std::slice::from_ref(&event))
        };
        let events = lacking.iter().enumerate().map(of_event).collect::<Result<Vec<_>, _>>().map_err(LogError::from)?;
        match append(log, &stream, expected, events.into_iter().flatten().collect()).await {
            Ok(position) => return Ok((book, position)),
            Err(LogError::WrongExpectedRevision { .. }) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What a file says of scopes that is not known yet; applied to the book as well.
fn lacking(book: &mut ScopeBook, content: &Content, scheme: Scheme) -> Vec<DivisionScoped> {
    let mut lacking = Vec::new();
    if scheme != Scheme::default() {
        return lacking;
    }
    let mut scoped = |book: &mut ScopeBook, scoped: DivisionScoped| {
        book.apply(&ScopesEvent::DivisionScoped(scoped.clone()));
        lacking.push(scoped);
    };
    match content {
        Content::Names(_) => {}
        Content::List(units) => {
            let areas = units.values().flatten();
            for county in areas.filter(|area| area.level == AreaLevel::County).map(|area| area.code) {
                if !book.knows(county) {
                    let scope = Scope::of_digits(county);
                    scoped(book, DivisionScoped { division: county, scope, since: scheme.edition() });
                }
            }
        }
        Content::Changes(changes) => {
            let mut in_order: Vec<&AreaChanged> = changes.iter().filter(|change| is_of_a_county(change)).collect();
            in_order.sort_by_key(|change| change.on.day());
            for change in in_order {
                let (Some(old), Some(new)) = (change.old_code, change.new_code) else { continue };
                // What happened before the county joined is nothing to its scope.
                if book.knows(old) && book.scope_of(new) != book.scope_of(old) {
                    let since = change.on.day().max(scheme.edition());
                    scoped(book, DivisionScoped { division: new, scope: book.scope_of(old), since });
                }
            }
        }
    }
    lacking
}

/// Whether a county as a whole went on under another code.
fn is_of_a_county(change: &AreaChanged) -> bool {
    let is_county = |code: Option<schema::AreaCode>| code.is_some_and(|code| code.level() == AreaLevel::County);
    match change.kind {
        AreaChangeKind::Renamed
        | AreaChangeKind::Recoded
        | AreaChangeKind::CountyToDistrict
        | AreaChangeKind::CountyToCity
        | AreaChangeKind::Transferred => {
            change.old_code != change.new_code && is_county(change.old_code) && is_county(change.new_code)
        }
        AreaChangeKind::TownshipToTown
        | AreaChangeKind::TownToSubdistrict
        | AreaChangeKind::VillageToCommunity
        | AreaChangeKind::MergedInto
        | AreaChangeKind::Split
        | AreaChangeKind::Established
        | AreaChangeKind::Abolished => false,
    }
}
