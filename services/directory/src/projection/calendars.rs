//! Which days are off, as declared for each scope and year, and whether something is open by it.

use super::{Dated, Shown, Stamp, View};
use chrono::{DateTime, Utc};
use schema::calendar::{CalendarEvent, HolidaysDeclared};
use schema::scopes::ScopeBook;
use schema::{AreaCode, AsOf, Position, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was declared of a year, each in the order in which it was.
type Declared = BTreeMap<(Scope, i32), Vec<Dated<HolidaysDeclared>>>;

/// The calendars of every scope.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calendars {
    declared: Arc<Declared>,
    /// Where something was said of a scope that cannot be read: of which year, nobody knows.
    unread: Arc<BTreeMap<Scope, Vec<Position>>>,
}

impl Calendars {
    pub(super) fn fold(&mut self, scope: Scope, event: CalendarEvent, stamp: Stamp) {
        let CalendarEvent::HolidaysDeclared(declared) = event;
        let of_year = Arc::make_mut(&mut self.declared).entry((scope, declared.year)).or_default();
        of_year.push(stamp.dated(declared));
    }

    /// Notes that something was said of a scope that cannot be read.
    pub(super) fn doubt(&mut self, scope: Scope, stamp: Stamp) {
        Arc::make_mut(&mut self.unread).entry(scope).or_default().push(stamp.position);
    }

    /// What the narrowest scope that declares a year says of it, of those in which a division lies. None where none does, and
    /// where the last that was said cannot be read.
    pub fn of_year(&self, area: AreaCode, year: i32, scopes: &ScopeBook, as_of: AsOf) -> Option<&HolidaysDeclared> {
        let own = scopes.scope_of(area);
        for scope in std::iter::once(own).chain(own.above()) {
            let declared = self.declared.get(&(scope, year)).map(Vec::as_slice).unwrap_or_default();
            let last = declared.iter().rev().find(|dated| as_of.sees(dated.from));
            let unread = self.unread.get(&scope).into_iter().flatten().rev().find(|at| as_of.sees(**at));
            match (last, unread) {
                (last, Some(unread)) if last.is_none_or(|last| last.from < *unread) => return None,
                (Some(last), _) => return Some(&last.value),
                (None, _) => {}
            }
        }
        None
    }
}

impl View {
    /// Whether what is shown is open at a moment, by its hours and by the calendar of where it is; none when that is not known.
    pub fn is_open(&self, shown: &Shown, at: DateTime<Utc>) -> Option<bool> {
        let snapshot = &self.snapshot;
        let area = shown.resource.area;
        shown.opening.is_open(at, |year| snapshot.calendars.of_year(area, year, &snapshot.scopes, self.as_of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use schema::calendar::{DayOff, Holiday};

    fn stamp(commit: u64) -> Stamp {
        Stamp { position: Position { commit, prepare: commit }, recorded_at: DateTime::default() }
    }

    fn declared(off: &str) -> CalendarEvent {
        let day: NaiveDate = off.parse().unwrap();
        CalendarEvent::HolidaysDeclared(HolidaysDeclared {
            year: 2026,
            days_off: vec![DayOff { day, of: vec![Holiday::National] }],
            working_days: Vec::new(),
            lunar_months: Vec::new(),
            document: "文".to_owned(),
        })
    }

    #[test]
    fn the_narrowest_scope_counts_the_last_word_counts_and_what_cannot_be_read_is_unknown() {
        let (nation, county): (Scope, Scope) = (Scope::NATION, "130306".parse().unwrap());
        let mut calendars = Calendars::default();
        calendars.fold(nation, declared("2026-10-01"), stamp(10));
        calendars.fold(nation, declared("2026-10-02"), stamp(20));
        calendars.fold(county, declared("2026-10-03"), stamp(30));
        calendars.doubt(county, stamp(40));
        calendars.fold(county, declared("2026-10-05"), stamp(50));
        let book = ScopeBook::default();
        let in_county: AreaCode = "130306100209".parse().unwrap();
        let elsewhere: AreaCode = "130322101233".parse().unwrap();
        let through = |at: u64| AsOf::Through(Position { commit: at, prepare: at });
        for (area, at, off) in [
            (in_county, AsOf::BeforeAll, None),
            (in_county, through(10), Some("2026-10-01")),
            (in_county, through(20), Some("2026-10-02")),
            (in_county, through(30), Some("2026-10-03")),
            (in_county, through(40), None),
            (in_county, AsOf::Latest, Some("2026-10-05")),
            (elsewhere, AsOf::Latest, Some("2026-10-02")),
        ] {
            let found = calendars.of_year(area, 2026, &book, at).map(|year| year.days_off[0].day.to_string());
            assert_eq!(found.as_deref(), off, "{area} {at:?}");
        }
        assert_eq!(calendars.of_year(in_county, 2027, &book, AsOf::Latest), None, "a year of which nothing was said");
    }
}
