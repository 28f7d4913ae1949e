//! How far the centres are, scope by scope.

use imbl::{OrdMap, OrdSet, Vector};
use schema::answering::Answering;
use schema::selection::reads_areas;
use schema::{Position, Scope};
use serde::{Deserialize, Serialize};

/// How far the centre of each scope is, and what it has yet to act on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    scopes: OrdMap<Scope, OfScope>,
    /// The scopes whose centre has yet to act on something, those first whose centre is least far.
    behind: OrdSet<(Position, Scope)>,
    /// The furthest that any centre is.
    furthest: Position,
    /// Up to where all of them had acted, at some time: that stays so.
    through: Position,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct OfScope {
    /// Up to where the centre has acted, as its greatest checkpoint says.
    through: Position,
    /// What it has yet to act on, in order.
    unanswered: Vector<Position>,
}

impl Progress {
    /// An event at a position asks something of centres. News of divisions asks only those of scopes in which something
    /// stands: others have nothing that it could change.
    pub(super) fn ask(&mut self, answering: Answering, position: Position) {
        match answering {
            Answering::Of(scope) => self.ask_of(scope, position),
            Answering::ReadersOf(unit) => {
                let readers: Vec<Scope> =
                    self.scopes.keys().copied().filter(|scope| reads_areas(*scope, unit)).collect();
                for scope in readers {
                    self.ask_of(scope, position);
                }
            }
        }
    }

    fn ask_of(&mut self, scope: Scope, position: Position) {
        let of_scope = self.scopes.entry(scope).or_default();
        of_scope.unanswered.push_back(position);
        self.behind.insert((of_scope.through, scope));
    }

    /// A centre says how far it is. The server may still tell of what it said before: the greatest counts.
    pub(super) fn reached(&mut self, scope: Scope, through: Position) {
        let of_scope = self.scopes.entry(scope).or_default();
        let before = of_scope.through;
        of_scope.through = before.max(through);
        while of_scope.unanswered.front().is_some_and(|first| *first <= of_scope.through) {
            of_scope.unanswered.pop_front();
        }
        self.behind.remove(&(before, scope));
        if !of_scope.unanswered.is_empty() {
            self.behind.insert((of_scope.through, scope));
        }
        self.furthest = self.furthest.max(of_scope.through);
        let all = self.behind.get_min().map_or(self.furthest, |(least, _)| *least);
        self.through = self.through.max(all);
    }

    /// Whether the centres of these scopes have acted on everything up to a position.
    pub fn has_settled(&self, position: Position, reads: impl Fn(Scope) -> bool) -> bool {
        let is_behind = |scope: &Scope| {
            let of_scope = self.scopes.get(scope);
            of_scope.and_then(|of_scope| of_scope.unanswered.front()).is_some_and(|first| *first <= position)
        };
        !self.behind.iter().any(|(_, scope)| reads(*scope) && is_behind(scope))
    }

    /// Up to where the centres have acted in every scope.
    pub fn through(&self) -> Position {
        self.through
    }
}
