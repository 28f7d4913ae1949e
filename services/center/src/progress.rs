//! Waiting for centres, of this process or others.

use chassis::log::{Log, LogError, Recorded};
use schema::Position;
use schema::answering::{Answering, Content, center_answers, center_inputs};
use schema::decisions::DecisionEvent;
use schema::erasures::ErasureEvent;
use schema::position::LogId;
use schema::progress::ProgressEvent;
use schema::scope::Scope;
use schema::selection::{ScopeSelection, reads_areas};
use schema::streams::{Category, Processor, Stream};
use std::collections::BTreeMap;
use std::time::Duration;

/// The pause between two looks at the checkpoints.
const WAIT: Duration = Duration::from_millis(50);

/// Waits until centres have acted on everything up to a position in these scopes, whichever processes they run in. Their
/// own decisions and publications are acted on by being there: only what they answer to is waited for.
///
/// # Errors
/// When the log cannot be read.
pub async fn wait_through(log: &Log, position: Position, scopes: &ScopeSelection) -> Result<(), LogError> {
    let mut of_scope = center_inputs();
    of_scope.push(Category::Checkpoint);
    let prefixes = scopes.prefixes(&of_scope, &[Category::Areas]);
    let mut progress = Progress { log: log.id(), upto: position, scopes: BTreeMap::new() };
    let mut after = None;
    loop {
        after = log.catch_up(&prefixes, after, |event| progress.apply(&event)).await?;
        if progress.has_settled(scopes) {
            return Ok(());
        }
        tokio::time::sleep(WAIT).await;
    }
}

/// What centres have to act on up to a position, and how far they are.
struct Progress {
    log: LogId,
    upto: Position,
    scopes: BTreeMap<Scope, OfScope>,
}

#[derive(Default)]
struct OfScope {
    /// The last event up to the position that its centre answers to.
    asked: Position,
    through: Position,
}

impl Progress {
    /// What cannot be read asks nothing here: the centre sets it aside, and says so.
    fn apply(&mut self, event: &Recorded) {
        let Ok(stream) = event.stream.parse::<Stream>() else { return };
        if let Stream::Checkpoint(scope, Processor::Center) = stream
            && let Ok(ProgressEvent::ProgressReached(reached)) = event.decode()
        {
            let of_scope = self.scopes.entry(scope).or_default();
            of_scope.through = of_scope.through.max(reached.through.in_log(self.log).unwrap_or_default());
            return;
        }
        if event.position > self.upto {
            return;
        }
        let decision: Option<DecisionEvent> = event.decode().ok();
        let erasure: Option<ErasureEvent> = event.decode().ok();
        let told = decision.as_ref().map(Content::Decision).or(erasure.as_ref().map(Content::Erasure));
        match center_answers(stream, told) {
            None => {}
            Some(Answering::Of(scope)) => self.scopes.entry(scope).or_default().asked = event.position,
            Some(Answering::ReadersOf(unit)) => {
                for (_, of_scope) in self.scopes.iter_mut().filter(|(scope, _)| reads_areas(**scope, unit)) {
                    of_scope.asked = event.position;
                }
            }
        }
    }

    fn has_settled(&self, scopes: &ScopeSelection) -> bool {
        let mut held = self.scopes.iter().filter(|(scope, _)| scopes.holds(**scope));
        held.all(|(_, of_scope)| of_scope.through >= of_scope.asked)
    }
}
