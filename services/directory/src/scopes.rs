//! What an answer reads, and whether this directory holds it.

use crate::projection::Snapshot;
use schema::area_book::Became;
use schema::selection::ScopeSelection;
use schema::{AreaCode, AsOf, Scheme, Scope};

/// What an answer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Divisions alone, of which no centre makes anything.
    Divisions,
    /// One division.
    Division(AreaCode),
    /// Something that stands in one scope, by its id.
    One(Scope),
    /// What serves a place: its scope, and the levels above.
    At(AreaCode),
    /// What stands in a division: every scope in it, and the levels above.
    Within(AreaCode),
    /// All that there is.
    Everything,
}

/// Another directory holds the scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfScope {
    /// The scope.
    pub scope: Scope,
    /// What is held here.
    pub held: Vec<String>,
}

impl Reads {
    /// What something by its id reads; all that there is, when the id is none.
    pub fn of(scope: Option<Scope>) -> Reads {
        scope.map_or(Reads::Everything, Reads::One)
    }

    /// What a list reads: of a division, if it is held to one.
    pub fn list(within: Option<AreaCode>) -> Reads {
        within.map_or(Reads::Everything, Reads::Within)
    }

    /// Refuses what another directory holds: half an answer is none. What stands in the levels above is read here as
    /// well, and can be asked for by its id.
    ///
    /// # Errors
    /// When another holds it.
    pub fn check(self, snapshot: &Snapshot, held: &ScopeSelection) -> Result<(), OutOfScope> {
        let out_of = |scope| Err(OutOfScope { scope, held: held.names() });
        match self {
            Reads::One(scope) if !held.reads(scope) => out_of(scope),
            Reads::At(place) => {
                held_elsewhere(scopes_of(snapshot, place), |scope| held.holds(scope)).map_or(Ok(()), out_of)
            }
            Reads::Within(division) => {
                held_elsewhere(scopes_of(snapshot, division), |scope| held.holds_all_of(scope)).map_or(Ok(()), out_of)
            }
            Reads::Division(code) if !held.reads_areas_of(Scope::of_digits(code)) => out_of(Scope::of_digits(code)),
            Reads::One(_) | Reads::Division(_) | Reads::Divisions | Reads::Everything => Ok(()),
        }
    }

    /// Whether the centre of a scope must have acted for the answer to be whole. Of a scope that is not followed here,
    /// nothing is known to wait for.
    pub fn reads(self, snapshot: &Snapshot, scope: Scope) -> bool {
        let is_above = |of: Scope| of.above().any(|above| above == scope);
        match self {
            Reads::Divisions | Reads::Division(_) => false,
            Reads::One(one) => one == scope,
            Reads::At(place) => scopes_of(snapshot, place).into_iter().any(|at| scope == at || is_above(at)),
            Reads::Within(division) => scopes_of(snapshot, division)
                .into_iter()
                .any(|top| scope == top || is_above(top) || scope.above().any(|above| above == top)),
            Reads::Everything => true,
        }
    }
}

/// The scopes of what a code means today: of a division that ended, those of what came after it, under whatever county
/// that stands now.
fn scopes_of(snapshot: &Snapshot, code: AreaCode) -> Vec<Scope> {
    let scope_of = |code: AreaCode| snapshot.scopes.scope_of(code);
    match snapshot.areas.at(Scheme::default(), AsOf::Latest).became(code, None) {
        Became::One(new) => vec![scope_of(new)],
        Became::Several(codes) | Became::Within(codes) => codes.into_iter().map(scope_of).collect(),
        Became::Itself | Became::Nothing | Became::Unknown => vec![scope_of(code)],
    }
}

/// The first of some scopes, if none of them is held here.
fn held_elsewhere(scopes: Vec<Scope>, held: impl Fn(Scope) -> bool) -> Option<Scope> {
    if scopes.iter().any(|scope| held(*scope)) { None } else { scopes.first().copied() }
}
