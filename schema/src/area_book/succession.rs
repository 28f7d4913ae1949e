//! What became of a code: a pure function of the lists and the dated changes.
//!
//! A code may have had several holders one after another. Each change that led away from it ended the one that had it
//! then. A question about a code "as it stands now" means whoever has it now or, where nobody has, whoever had it last; a
//! question about the code of a day means whoever had it on that day. From there the changes are followed in order of
//! date. Of changes of one date, one follows another only where it starts from the name that the other led to, so that two
//! divisions which changed codes with each other are told apart; and no change is followed twice, so that nothing goes
//! round for ever.
//!
//! A change of a division carries what lies in it: the digits below it stay. They are believed only if the new code is
//! known; a town that went elsewhere is then not taken for one of the county's successor.

use super::AreaView;
use super::view::same_name;
use crate::area::{AreaCode, AreaLevel};
use crate::area_name::core_of;
use crate::areas::{AreaChangeKind, AreaChanged};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// What became of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// It stands.
    Itself,
    /// It is this one today.
    One(AreaCode),
    /// It went over into these; which of them is meant cannot be told from the code. In code order.
    Several(Vec<AreaCode>),
    /// It ended, and nothing is known to have come after it.
    Nothing,
    /// The division in which it lay went over into these, and nothing says where in them it lies.
    Within(Vec<AreaCode>),
    /// No list and no change knows it.
    Unknown,
}

/// What became of a code, and by which changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession<'b> {
    /// What became of it.
    pub became: Became,
    /// The changes that led there, in the order in which they were followed.
    pub changes: Vec<&'b AreaChanged>,
}

/// A change that led away from a code, or from a division in which it lay.
#[derive(Clone, Copy, Debug)]
struct Step<'b> {
    change: &'b AreaChanged,
    /// Where it led to; nothing where that is not known.
    to: Option<AreaCode>,
    /// Whether it is of a division above.
    inherited: bool,
}

/// The changes of one day that led away from a code.
#[derive(Clone, Debug)]
struct Leaving<'b> {
    day: NaiveDate,
    steps: Vec<Step<'b>>,
}

impl Leaving<'_> {
    /// Whether the code may have gone on.
    fn is_of_parts(&self) -> bool {
        self.steps.iter().all(|step| step.change.is_of_a_part())
    }
}

/// Since when, and as what, something is followed under a code.
#[derive(Clone, Copy)]
enum Since<'b> {
    Now,
    Day(NaiveDate),
    Step(Step<'b>),
}

/// Which change it is, by where it is kept, and where it leads to.
type StepKey = (usize, Option<AreaCode>);

#[derive(Default)]
struct Trace<'b> {
    codes: BTreeSet<AreaCode>,
    /// Divisions that went over while it is not known where in them the code lay.
    lost_in: BTreeSet<AreaCode>,
    changes: Vec<&'b AreaChanged>,
}

impl<'b> AreaView<'b> {
    /// What became of a code: of the division that had it on a day or, without one, of the one that has it or had it last.
    pub fn succession(self, code: AreaCode, on: Option<NaiveDate>) -> Succession<'b> {
        let trace = self.follow(code, on.map_or(Since::Now, Since::Day));
        let codes: Vec<AreaCode> = trace.codes.iter().copied().collect();
        let became = match codes.as_slice() {
            [only] if *only == code && trace.changes.is_empty() => Became::Itself,
            [only] if trace.lost_in.is_empty() => Became::One(*only),
            [_, ..] => Became::Several(codes),
            [] if !trace.lost_in.is_empty() => {
                // Only what those divisions are known to have become: no further question from here.
                let within = trace.lost_in.iter().flat_map(|above| self.follow(*above, Since::Now).codes);
                let within: BTreeSet<AreaCode> = within.collect();
                if within.is_empty() { Became::Nothing } else { Became::Within(within.into_iter().collect()) }
            }
            [] if trace.changes.is_empty() && self.last_name(code).is_none() => Became::Unknown,
            [] => Became::Nothing,
        };
        Succession { became, changes: trace.changes }
    }

    /// Under which codes that what stands on `code` is found today: itself, or all that it went over into; where it is
    /// known only in which division it lies, that. Never empty.
    pub fn carried(self, code: AreaCode, on: Option<NaiveDate>) -> Vec<AreaCode> {
        match self.became(code, on) {
            Became::One(new) => vec![new],
            Became::Several(codes) => codes,
            Became::Within(codes) if codes.len() == 1 => codes,
            Became::Itself | Became::Nothing | Became::Within(_) | Became::Unknown => vec![code],
        }
    }

    /// The one code of today for `code`. Of several, the one that a text names; the old code where none does.
    pub fn settled(self, code: AreaCode, on: Option<NaiveDate>, texts: &[&str]) -> AreaCode {
        match self.became(code, on) {
            Became::One(new) => new,
            Became::Several(codes) | Became::Within(codes) => match codes.as_slice() {
                [only] => *only,
                codes => self.one_named_in(codes, code, texts).unwrap_or(code),
            },
            Became::Itself | Became::Nothing | Became::Unknown => code,
        }
    }

    /// What became of a code, without the changes that led there.
    pub fn became(self, code: AreaCode, on: Option<NaiveDate>) -> Became {
        if self.never_changed(code) {
            return match (self.shown(code), self.last_name(code)) {
                (Some(_), _) => Became::Itself,
                // A list had it once, and no change says why it no longer does.
                (None, Some(_)) => Became::Nothing,
                (None, None) => Became::Unknown,
            };
        }
        self.succession(code, on).became
    }

    /// Whether the division of this code ended, with the code.
    pub(super) fn has_ended(self, code: AreaCode) -> bool {
        !self.never_changed(code) && !self.stands(code, &self.leavings(code))
    }

    /// Almost every code: no change ever led away from it or from what it lies in.
    fn never_changed(self, code: AreaCode) -> bool {
        code.with_ancestors().all(|above| self.from(above).next().is_none())
    }

    /// The changes that led away from a code, by day.
    fn leavings(self, code: AreaCode) -> Vec<Leaving<'b>> {
        let mut steps: Vec<Step<'b>> = self.own_steps(code).collect();
        for above in code.with_ancestors().skip(1) {
            for step in self.steps_above(code, above) {
                let is_overruled =
                    |own: &Step<'_>| own.change.on.day() == step.change.on.day() && !own.change.is_of_a_part();
                if !steps.iter().any(is_overruled) {
                    steps.push(step);
                }
            }
        }
        steps.extend(self.gone_changes_inside(code, &steps).collect::<Vec<_>>());
        steps.sort_by_key(|step| (step.change.on.day(), step.to, step.change.old_code, step.change.kind));
        let mut by_day: Vec<Leaving<'b>> = Vec::new();
        for step in steps {
            let day = step.change.on.day();
            match by_day.last_mut().filter(|last| last.day == day) {
                Some(last) => last.steps.push(step),
                None => by_day.push(Leaving { day, steps: vec![step] }),
            }
        }
        self.that_ended_somebody(code, by_day)
    }

    /// Without what ended nobody: parts that went away from a division which kept its code, and changes of a division
    /// above at a time when nobody had the code.
    fn that_ended_somebody(self, code: AreaCode, by_day: Vec<Leaving<'b>>) -> Vec<Leaving<'b>> {
        let mut leavings: Vec<Leaving<'b>> = Vec::with_capacity(by_day.len());
        for (place, leaving) in by_day.iter().enumerate() {
            let is_inherited = leaving.steps.iter().all(|step| step.inherited);
            let nobody = leavings.last().is_some_and(|before| !self.is_taken(code, before, Some(leaving.day)));
            // Whoever leaves next had the code until then.
            let tells = |later: &&Leaving<'b>| later.steps.iter().any(|step| !step.inherited || step.to.is_some());
            let goes_on = leaving.is_of_parts()
                && match by_day.iter().skip(place + 1).find(tells) {
                    Some(next) => !self.is_given_away(code, leaving, Some(next)),
                    None => self.listed(code).is_some() && !self.is_given_away(code, leaving, None),
                };
            let ended_nobody = goes_on || (is_inherited && nobody);
            if !ended_nobody {
                leavings.push(leaving.clone());
            }
        }
        leavings
    }

    fn own_steps(self, code: AreaCode) -> impl Iterator<Item = Step<'b>> {
        self.from(code).filter(move |change| change.new_code != Some(code)).map(|change| Step {
            change,
            to: change.new_code,
            inherited: false,
        })
    }

    /// The steps of a division above, as they carry what lies in it.
    fn steps_above(self, code: AreaCode, above: AreaCode) -> impl Iterator<Item = Step<'b>> {
        self.own_steps(above).filter(|step| !step.change.is_of_a_part()).filter_map(move |step| {
            let to = step.to.and_then(|into| self.carried_along(code, above, into, step.change));
            // While the new division has no list of its own, what the old one's list has stands; and so does what is
            // listed in one that was joined to another, until a list says where in that it is.
            let is_whole = step.to.is_none_or(|into| keeps_digits(step.change) && self.has_list_below(into));
            (to.is_some() || is_whole || self.listed(code).is_none()).then_some(Step {
                change: step.change,
                to,
                inherited: true,
            })
        })
    }

    /// Where in `into` the division is that lay in `above`: under the same digits, if those are kept and known there under
    /// no other name; else the only one of its name.
    fn carried_along(self, code: AreaCode, above: AreaCode, into: AreaCode, change: &AreaChanged) -> Option<AreaCode> {
        if keeps_digits(change) && into.level() == above.level() {
            let to = code.moved(above, into);
            if self.is_met(to, &self.names_until(code, change.on.day()), change.on.day(), 0) {
                return Some(to);
            }
        }
        // The name that a list had is that of whoever lay there only if nobody else ever had the code.
        let had_one_holder = self.into(code).next().is_none() && self.from(code).next().is_none();
        let name = self.ever_listed(code).filter(|_| had_one_holder)?;
        let mut same = self.listed_in(into, code.level()).filter(|area| same_name(&area.name, name, area.level));
        match (same.next(), same.next()) {
            (Some(only), None) => Some(only.code),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }

    /// What is its own in every name of whoever had a code when a day came; of all who ever had it where it cannot be told
    /// who that was.
    fn names_until(self, code: AreaCode, day: NaiveDate) -> BTreeSet<&'b str> {
        let until = |change: &&AreaChanged| change.on.day() <= day;
        let Some(came) = self.into(code).filter(until).map(|into| into.on.day()).max() else {
            return self.all_names(code);
        };
        let others = self.arrivals(code).filter(until).any(|into| into.on.day() > came);
        if others {
            return self.all_names(code);
        }
        let given = self.into(code).filter(|into| into.on.day() == came).filter_map(|into| into.new_name.as_deref());
        let left = self.from(code).filter(|from| from.on.day() > came).min_by_key(|from| from.on.day());
        let left = left.and_then(|from| from.old_name.as_deref());
        let names: BTreeSet<&str> = given.chain(left).map(|name| core_of(name, code.level())).collect();
        if names.is_empty() { self.all_names(code) } else { names }
    }

    /// Whether a list or a change knows a code, or one that it was carried on to with a division above, under one of some
    /// names; under any where none is known.
    fn is_met(self, code: AreaCode, names: &BTreeSet<&str>, since: NaiveDate, carried: u8) -> bool {
        /// More often no county was given another code.
        const MOST: u8 = 12;
        let carried_on = || {
            code.with_ancestors().skip(1).any(|above| {
                let later = self.own_steps(above).filter(|step| step.change.on.day() >= since);
                let mut whole = later.filter(|step| keeps_digits(step.change) && !step.change.is_of_a_part());
                whole.any(|step| {
                    let into = step.to.filter(|into| into.level() == above.level());
                    let day = step.change.on.day();
                    into.is_some_and(|into| self.is_met(code.moved(above, into), names, day, carried + 1))
                })
            })
        };
        if self.knows(code) {
            let known = self.all_names(code);
            return names.is_empty() || known.is_empty() || known.intersection(names).next().is_some();
        }
        carried < MOST && carried_on()
    }

    /// What lay in a division and went elsewhere on the day on which the division ended.
    fn gone_changes_inside(self, code: AreaCode, steps: &[Step<'b>]) -> impl Iterator<Item = Step<'b>> {
        let ends: Vec<(NaiveDate, Option<AreaCode>)> = steps
            .iter()
            .filter(|step| code.level() < AreaLevel::Town && !step.change.is_of_a_part() && !step.inherited)
            .map(|step| (step.change.on.day(), step.to))
            .collect();
        let inside = if ends.is_empty() { None } else { Some(self.changes_inside(code)) };
        inside.into_iter().flatten().filter(|change| change.kind == AreaChangeKind::Transferred).filter_map(
            move |change| {
                let to = change.new_code?;
                let on_that_day: Vec<_> = ends.iter().filter(|(day, _)| *day == change.on.day()).collect();
                let stays = on_that_day.iter().any(|(_, end)| end.is_some_and(|end| end.contains(to)));
                (!on_that_day.is_empty() && !stays).then_some(Step { change, to: Some(to), inherited: false })
            },
        )
    }

    /// Whether somebody has the code after everything that led away from it.
    fn stands(self, code: AreaCode, leavings: &[Leaving<'b>]) -> bool {
        let Some(last) = leavings.last() else { return self.shown(code).is_some() };
        if self.is_taken(code, last, None) {
            return self.shown(code).is_some();
        }
        let Some(listed) = self.listed(code) else { return false };
        let is_it = |step: &Step<'_>| match (&step.change.old_name, step.inherited) {
            (Some(name), false) => same_name(&listed.name, name, listed.level),
            (None, _) | (_, true) => true,
        };
        !last.steps.iter().any(|step| step.change.on.is_after(self.scheme().edition()) || is_it(step))
    }

    /// The changes that led to a code, or to a division above with all that lies in it.
    fn arrivals(self, code: AreaCode) -> impl Iterator<Item = &'b AreaChanged> {
        let own = self.into(code).filter(move |into| into.old_code != Some(code));
        let above = code.with_ancestors().skip(1).flat_map(move |above| {
            self.into(above).filter(move |into| {
                let carries = keeps_digits(into) && !into.is_of_a_part();
                carries && into.old_code.is_some_and(|old| old != above && old.level() == above.level())
            })
        });
        own.chain(above)
    }

    /// Whether a code that was left was taken by somebody afterwards, up to a day if there is one.
    fn is_taken(self, code: AreaCode, left: &Leaving<'b>, until: Option<NaiveDate>) -> bool {
        self.arrivals(code).any(|into| {
            let on = into.on.day();
            let at_once = on == left.day && !left.steps.iter().all(|step| leads_on(into, step));
            (on > left.day || at_once) && until.is_none_or(|until| on <= until)
        })
    }

    /// Whether somebody else was given a code after parts of who had it went away. Whoever was joined to the one that has
    /// it does not count: that one goes by the name that it had, or by one that it was given since.
    fn is_given_away(self, code: AreaCode, left: &Leaving<'b>, before: Option<&Leaving<'b>>) -> bool {
        let renamed = self.into(code).filter(|into| into.old_code == Some(code));
        let had = left.steps.iter().filter_map(|step| step.change.old_name.as_deref());
        let names: BTreeSet<&str> = renamed.filter_map(|into| into.new_name.as_deref()).chain(had).collect();
        let is_joined = |into: &AreaChanged| {
            let is_known = |name: &String| names.iter().any(|known| same_name(known, name, code.level()));
            into.kind == AreaChangeKind::MergedInto && into.new_name.as_ref().is_none_or(is_known)
        };
        self.arrivals(code).filter(|into| !is_joined(into)).any(|into| {
            let on = into.on.day();
            // On the day of the next end: by whoever was ended that day.
            let at_once = |before: &Leaving<'_>| before.steps.iter().any(|step| leads_on(into, step));
            on > left.day && before.is_none_or(|before| on < before.day || (on == before.day && at_once(before)))
        })
    }

    /// Follows a code to all that it went over into.
    fn follow(self, code: AreaCode, since: Since<'b>) -> Trace<'b> {
        let mut trace = Trace::default();
        let mut followed: BTreeSet<StepKey> = BTreeSet::new();
        let mut came_round: BTreeSet<AreaCode> = BTreeSet::new();
        // Each step that was followed, and the one before it.
        let mut trail: Vec<(StepKey, Option<usize>)> = Vec::new();
        let mut open = vec![(code, since, None)];
        while let Some((code, since, behind)) = open.pop() {
            let leavings = self.leavings(code);
            let Some(leaving) = self.next(code, since, &leavings) else {
                trace.codes.extend(self.get(code).map(|_| code));
                continue;
            };
            for step in leaving.steps.iter().rev() {
                let which = (std::ptr::from_ref(step.change).addr(), step.to);
                if !followed.insert(which) {
                    let on_the_way = std::iter::successors(behind, |at| trail.get(*at).and_then(|(_, before)| *before));
                    if on_the_way.into_iter().any(|at| trail.get(at).is_some_and(|(known, _)| *known == which)) {
                        came_round.insert(code);
                    }
                    continue;
                }
                trail.push((which, behind));
                if !trace.changes.last().is_some_and(|last| std::ptr::eq(*last, step.change)) {
                    trace.changes.push(step.change);
                }
                match step.to {
                    Some(to) => open.push((to, Since::Step(*step), trail.len().checked_sub(1))),
                    None if step.inherited => trace.lost_in.extend(step.change.old_code),
                    None => {}
                }
            }
        }
        if trace.codes.is_empty() && trace.lost_in.is_empty() {
            // Changes of one day that lead round in a circle: whichever they lead back to.
            trace.codes = came_round;
        }
        trace
    }

    /// What ended whoever is meant under a code; nothing if they still have it.
    fn next<'l>(self, code: AreaCode, since: Since<'b>, leavings: &'l [Leaving<'b>]) -> Option<&'l Leaving<'b>> {
        match since {
            Since::Now if self.stands(code, leavings) => None,
            Since::Now => leavings.last(),
            Since::Day(day) => {
                let ended = leavings.partition_point(|leaving| leaving.day <= day);
                let before = ended.checked_sub(1).and_then(|last| leavings.get(last));
                let after = leavings.get(ended);
                match before {
                    // Nobody had it on that day: whoever had it last before is meant.
                    Some(before) if !self.is_had(code, before, day, after) => Some(before),
                    Some(_) | None => after,
                }
            }
            Since::Step(step) => {
                let day = step.change.on.day();
                leavings.iter().find(|leaving| {
                    leaving.day > day
                        || (leaving.day == day && leaving.steps.iter().any(|next| leads_on(step.change, next)))
                })
            }
        }
    }

    /// Whether somebody had a code on a day after one end of it; `after` is the next end.
    fn is_had(self, code: AreaCode, before: &Leaving<'b>, day: NaiveDate, after: Option<&Leaving<'b>>) -> bool {
        self.is_taken(code, before, Some(day)) || {
            // By somebody of whom only a list tells.
            after.is_none() && !self.is_taken(code, before, None) && self.stands(code, std::slice::from_ref(before))
        }
    }
}

/// Whether what lies in a division keeps its digits when the division changes.
fn keeps_digits(change: &AreaChanged) -> bool {
    match change.kind {
        AreaChangeKind::Renamed
        | AreaChangeKind::Recoded
        | AreaChangeKind::CountyToDistrict
        | AreaChangeKind::CountyToCity
        | AreaChangeKind::TownshipToTown
        | AreaChangeKind::TownToSubdistrict
        | AreaChangeKind::VillageToCommunity
        | AreaChangeKind::Transferred => true,
        AreaChangeKind::MergedInto
        | AreaChangeKind::Split
        | AreaChangeKind::Established
        | AreaChangeKind::Abolished => false,
    }
}

/// Whether of two changes of one date the second may start from where the first led to.
fn leads_on(first: &AreaChanged, second: &Step<'_>) -> bool {
    match (&first.new_name, &second.change.old_name, first.new_code) {
        (Some(led_to), Some(starts_from), Some(code)) if !second.inherited => {
            same_name(led_to, starts_from, code.level())
        }
        _ => true,
    }
}
