//! Questions that found nothing, counted in this process and told to the log from time to time.
//!
//! The one thing that the read side writes: nobody else knows what was asked. It goes into the log and into no file beside it, so
//! that several directories add up, a new one shows what the old ones counted, and the past can be asked about. What is kept
//! says where, for which category and on which day, and nothing of who asked.

use crate::read_model::ReadModel;
use chassis::clock::{Clock, county_date};
use chassis::command::Command;
use chassis::decide;
use chassis::log::{Expected, Log, LogError, NewEvent};
use chrono::NaiveDate;
use schema::limits;
use schema::questions::{QuestionsEvent, QuestionsUnanswered, Unanswered};
use schema::{AreaCode, Category, EncodeError, Scope, Stream};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often what was counted is told. Whoever stops a process has the rest told; what a process that breaks off had counted
/// since is lost.
const EVERY: Duration = Duration::from_secs(15 * 60);

/// So many different questions are counted between two tellings. A sweep over a whole nation is not somebody's need.
const MOST: usize = 50_000;

type About = (NaiveDate, AreaCode, Option<String>);

/// What was counted and not told yet.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<About, u32>>);

impl Tally {
    /// A question about a division found nothing. A category that is in no catalogue is not kept: it may be anything that
    /// somebody wrote.
    pub fn count(&self, clock: &Clock, area: AreaCode, category: Option<&str>) {
        let is_known = category.is_none_or(|category| Category::KNOWN.contains(&category));
        if !is_known {
            return;
        }
        let about = (county_date(clock.now()), area, category.map(str::to_owned));
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() < MOST || counts.contains_key(&about) {
            let count = counts.entry(about).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// What was counted since this was last asked.
    pub fn take(&self) -> Vec<Unanswered> {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let unanswered = |((on, area, category), count)| Unanswered { on, area, category, count };
        counts.into_iter().map(unanswered).collect()
    }
}

/// Tells the log until the process ends, and then once more.
pub async fn run(log: Log, clock: Clock, read_model: Arc<ReadModel>, shutdown: CancellationToken) {
    let process = match chassis::keys::draw_id() {
        Ok(process) => process,
        Err(error) => {
            tracing::error!(%error, "questions that find nothing are not counted: no id can be drawn for this process");
            return;
        }
    };
    let mut teller = Teller { process, told: 0, waiting: Vec::new() };
    loop {
        let is_last = tokio::select! {
            () = tokio::time::sleep(EVERY) => false,
            () = shutdown.cancelled() => true,
        };
        if let Err(error) = teller.tell(&log, &clock, &read_model).await {
            tracing::warn!(%error, "questions that found nothing were not told; they are told the next time");
        }
        if is_last {
            return;
        }
    }
}

/// Who tells, and what the log has not taken yet.
#[derive(Debug)]
struct Teller {
    /// Another for each process: what two processes counted is never taken for one and the same.
    process: Uuid,
    told: u64,
    waiting: Vec<(String, NewEvent)>,
}

impl Teller {
    async fn tell(&mut self, log: &Log, clock: &Clock, read_model: &ReadModel) -> Result<(), LogError> {
        let Some(snapshot) = read_model.latest() else { return Ok(()) };
        let counted = read_model.unanswered.take();
        let events = self.events(counted, clock, |area| snapshot.scopes.scope_of(area))?;
        self.waiting.extend(events);
        while let Some((stream, event)) = self.waiting.first() {
            // An event that the log took although it did not say so has the same id the next time, and counts once.
            log.append(stream, Expected::Any, vec![event.clone()]).await?;
            self.waiting.remove(0);
        }
        Ok(())
    }

    fn events(
        &mut self,
        counted: Vec<Unanswered>,
        clock: &Clock,
        scope_of: impl Fn(AreaCode) -> Scope,
    ) -> Result<Vec<(String, NewEvent)>, EncodeError> {
        let mut by_scope: BTreeMap<Scope, Vec<Unanswered>> = BTreeMap::new();
        for unanswered in counted {
            by_scope.entry(scope_of(unanswered.area)).or_default().push(unanswered);
        }
        let mut events = Vec::new();
        for (scope, counted) in by_scope {
            let stream = Stream::Questions(scope).to_string();
            for questions in limits::parts(counted)? {
                let event = QuestionsEvent::QuestionsUnanswered(QuestionsUnanswered { questions });
                let key = format!("{}:{}", self.process, self.told);
                self.told += 1;
                let command = Command::of("service:directory", key, &event, clock.now())?;
                let new = decide::new_events(&stream, &command, std::slice::from_ref(&event))?;
                events.extend(new.into_iter().map(|event| (stream.clone(), event)));
            }
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tale::{code, start};

    #[test]
    fn what_was_counted_is_told_once_by_day_place_and_known_category() {
        let (tally, clock) = (Tally::default(), Clock::fixed(start()));
        let (here, there) = (code("130306100209"), code("130322100201"));
        for _ in 0..3 {
            tally.count(&clock, here, Some("助浴"));
        }
        tally.count(&clock, here, Some("我母亲的助浴"));
        tally.count(&clock, there, None);
        clock.advance(chrono::TimeDelta::days(1));
        tally.count(&clock, here, Some("助浴"));
        let mut teller = Teller { process: Uuid::nil(), told: 0, waiting: Vec::new() };
        let events =
            teller.events(tally.take(), &clock, |area| Scope::of_digits(area.at_level(schema::AreaLevel::County)));
        let events = events.unwrap();
        let told: Vec<(&str, &serde_json::Value)> =
            events.iter().map(|(stream, event)| (stream.as_str(), &event.data["questions"])).collect();
        let of_here = serde_json::json!([
            { "on": "2026-03-02", "area": "130306100209", "category": "助浴", "count": 3 },
            { "on": "2026-03-03", "area": "130306100209", "category": "助浴", "count": 1 },
        ]);
        let of_there = serde_json::json!([{ "on": "2026-03-02", "area": "130322100201", "count": 1 }]);
        assert_eq!(told, [("questions-130306", &of_here), ("questions-130322", &of_there)]);
        assert!(tally.take().is_empty(), "and not again");
        assert_ne!(events[0].1.id, events[1].1.id);
    }

    #[test]
    fn a_sweep_is_counted_up_to_a_limit() {
        let (tally, clock) = (Tally::default(), Clock::fixed(start()));
        for number in 0..MOST + 10 {
            let area = format!("13{:04}{:06}", 100 + number / 900_000, 100_000 + number);
            tally.count(&clock, code(&area), None);
        }
        assert_eq!(tally.take().len(), MOST);
    }
}
