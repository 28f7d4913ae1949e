//! Opening hours to RFC 5545 rules.
//!
//! Days (`周一至周五`, `周一、三、五`, `星期六日`, `每天`, `工作日`, `周末`, `每月第一个周六`, `每月最后一个周五`, `每月1日、15日`) with
//! one or more spans of time (`8:00-12:00,14:00-17:30`, `上午8点半至11点半`, `下午2点-5点`, `8时至17时`, `0830-1130`), several of
//! these one after the other; round the clock (`全天24小时`). The text is always kept.
//!
//! What decides in doubtful cases is that **what was not said is unknown, never open**:
//!
//! - Words that could limit what is said and are not understood (`夏季`, `农历逢三`, `除夕`, `电话预约`, `隔周`, `待定`) leave the hours
//!   unknown: a doubt, no rules. So do times without days, and days without times.
//! - Only 24小时 is round the clock. `全天` is as long as it is open, and says no time.
//! - A span on a clock face of twelve hours (`8:30-12:00，1:30-5:00`) is in the afternoon when the one before it ended later.
//!   Alone (`1:30-4:30`) nobody can tell, and it is doubted.
//! - `工作日`, `节假日 9:00-12:00`, `节假日休息`, `春节、国庆节除外`, `农历初一、十五` go by the calendar of holidays that stands in the
//!   log: which days these are, no rule can say, and where no calendar of the year is known it is unknown. What is said of
//!   节假日 holds then instead of what is said of the weekdays. `（周一休息）` takes that day out of the rules, `（周三下午休息）` what is open on it from noon on.
//! - Days that are said twice with times that overlap: some of the days of before (`每天8:00-20:00，周六9:00-12:00`) have the
//!   later times alone; anything else is doubted. So is a day that a bracket names with times that do not overlap.
//! - A span that ends before it begins goes past midnight when it begins at 17:00 or later, or says `次日`
//!   (`22:00-6:00`). Otherwise (`8:00-5:30`) afternoon may be meant, and it is doubted.
//! - A time that no clock shows (`25:00`, `8:75`) refuses the row.

mod clauses;
mod days;
mod scan;
mod words;

use super::{is_circled, normalise};
use crate::read::{Read, Trouble};
use clauses::Clause;
use days::Days;
use schema::finding::{CellFinding, HoursDoubt};
use schema::limits::quoted;
use schema::{Hours, Schedule};
use words::{ALL_HOLIDAYS, Half, Word};

const DAY: u32 = 24 * 60;

/// Opening hours. Blank only when nothing at all was written; `/` is a doubt, because somebody wrote it.
pub fn hours(written: &str) -> Read<Hours> {
    let text = normalise(written);
    if text.is_empty() {
        return Read::blank();
    }
    let kept = |schedules| Hours { text: written.trim().to_owned(), schedules };
    // `周一至周五、①8:00-12:00`: the first of a list, which may hold for some only, or Monday.
    let understood = match written.contains(is_circled) {
        true => Err(Failure::Unknown(HoursDoubt::Words)),
        false => understand(&text),
    };
    match understood {
        Ok(schedules) => Read::value(kept(schedules)),
        Err(Failure::Impossible(time)) => {
            Read::trouble(Trouble::error(CellFinding::HoursImpossible { time: quoted(&time) }))
        }
        Err(Failure::Unknown(why)) => Read { value: Some(kept(Vec::new())), troubles: vec![unknown(why)] },
    }
}

/// Why no rules came of it.
enum Failure {
    Impossible(String),
    Unknown(HoursDoubt),
}

fn unknown(why: HoursDoubt) -> Trouble {
    Trouble::doubt(CellFinding::HoursUnknown { why })
}

fn understand(text: &str) -> Result<Vec<Schedule>, Failure> {
    let words = words::read(text);
    if let Some(time) = words.iter().find_map(|word| match word {
        Word::Impossible(time) => Some(time.clone()),
        _ => None,
    }) {
        return Err(Failure::Impossible(time));
    }
    if words.iter().any(|word| matches!(word, Word::Unknown)) {
        return Err(Failure::Unknown(HoursDoubt::Words));
    }
    let mut reader = Reader::default();
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        rest = reader.take(word, after)?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    clauses: Vec<Clause>,
    half: Option<Half>,
    /// The half of the day was named right before what comes now.
    is_half_fresh: bool,
    /// Weekdays on which it is closed.
    closed: u8,
    /// Weekdays of which a half is closed.
    half_closed: Vec<(u8, Half)>,
    /// Weekdays behind 除: closed, unless a half of them is named.
    excepted: Option<u8>,
    /// Holidays that were named and not yet what holds on them, a bit each.
    holidays: u8,
    /// Holidays on which it is closed.
    closed_on: u8,
    except: bool,
    /// What was just named is excepted, and so is what is listed with it, up to 外.
    listing_exceptions: bool,
    /// What follows is said of some of the days before.
    among: bool,
}

impl Reader {
    /// Takes in one word, and as many of those after it as belong to it; returns the rest.
    fn take<'w>(&mut self, word: &Word, after: &'w [Word]) -> Result<&'w [Word], Failure> {
        if let Some(days) = self.excepted.take() {
            if let Word::Half(half) = word {
                // 除周三下午外.
                self.half_closed.push((days, *half));
                return Ok(after);
            }
            self.closed |= days;
        }
        if self.holidays != 0 && matches!(word, Word::AllDay | Word::WholeDay | Word::Time { .. }) {
            self.on_holidays()?;
        }
        self.listing_exceptions &= matches!(word, Word::Break | Word::Days(_) | Word::Holidays(_));
        match word {
            Word::Days(days) => self.days(days)?,
            Word::Half(half) => (self.half, self.is_half_fresh) = (Some(*half), true),
            Word::AllDay => self.span(0, DAY),
            Word::WholeDay => self.whole_day(),
            Word::Time { minutes, bare, led } => return self.times(*minutes, *bare, *led, after),
            Word::Holidays(named) if self.except || self.listing_exceptions => {
                (self.except, self.listing_exceptions) = (false, true);
                self.closed_on |= named;
            }
            Word::Holidays(named) => self.holidays |= named,
            Word::Closed => self.closed()?,
            Word::Except => self.except = true,
            Word::AlwaysOpen => {
                self.holidays = 0;
                if self.clauses.is_empty() {
                    self.clauses.push(Clause::on(Days::every_day()));
                }
            }
            Word::Among => self.among = true,
            Word::Break | Word::Outside => {}
            Word::Dash | Word::NextDay | Word::Unknown | Word::Impossible(_) => {
                return Err(Failure::Unknown(HoursDoubt::Words));
            }
        }
        Ok(after)
    }

    fn days(&mut self, days: &Days) -> Result<(), Failure> {
        let half = self.half.take().filter(|_| self.is_half_fresh);
        self.is_half_fresh = false;
        if let (true, Days::Weekly(mask)) = (self.except || self.listing_exceptions, days) {
            // 除周日外, 除节假日和周日外.
            self.excepted = Some(*mask);
            (self.except, self.listing_exceptions) = (false, true);
            return Ok(());
        }
        let among = std::mem::take(&mut self.among);
        match self.clauses.last_mut() {
            Some(Clause { days: Some(known), spans, also, whole_day: false, .. }) if spans.is_empty() => {
                if half.is_some() {
                    // 周六下午、周日休息: the half is not said of both.
                    return Err(Failure::Unknown(HoursDoubt::Words));
                }
                match known.clone().and(days) {
                    Some(both) => *known = both,
                    // 工作日及周六.
                    None if matches!(
                        (&*known, days),
                        (Days::Weekly(_), Days::Working(_)) | (Days::Working(_), Days::Weekly(_))
                    ) =>
                    {
                        also.push(days.clone());
                    }
                    None => return Err(Failure::Unknown(HoursDoubt::Words)),
                }
            }
            _ => self.clauses.push(Clause { among, ..Clause::on(days.clone()) }),
        }
        Ok(())
    }

    /// Times follow the holidays that were named: it is open on them.
    fn on_holidays(&mut self) -> Result<(), Failure> {
        // Of one of them alone: 春节 9:00-12:00 says nothing of the others.
        if std::mem::take(&mut self.holidays) != ALL_HOLIDAYS {
            return Err(Failure::Unknown(HoursDoubt::Words));
        }
        match self.clauses.last_mut() {
            Some(Clause { days: Some(_), spans, also, whole_day: false, .. }) if spans.is_empty() => {
                also.push(Days::Off);
            }
            _ => self.clauses.push(Clause::on(Days::Off)),
        }
        Ok(())
    }

    fn span(&mut self, opens: u32, minutes: u32) {
        self.among = false;
        if self.clauses.is_empty() {
            self.clauses.push(Clause::default());
        }
        if let Some(clause) = self.clauses.last_mut() {
            if clause.days.is_none() && clause.spans.is_empty() && minutes == DAY {
                clause.days = Some(Days::every_day());
            }
            if !clause.spans.contains(&(opens, minutes)) {
                clause.spans.push((opens, minutes));
            }
        }
    }

    /// 全天 says no time. Times right behind it do.
    fn whole_day(&mut self) {
        match self.clauses.last_mut() {
            Some(clause) => clause.whole_day = true,
            None => self.clauses.push(Clause { whole_day: true, ..Clause::default() }),
        }
    }

    /// `begin - end`, with what may stand between them.
    fn times<'w>(&mut self, begin: u32, bare: bool, led: bool, after: &'w [Word]) -> Result<&'w [Word], Failure> {
        let first = self.half;
        let mut rest = match after.split_first() {
            Some((Word::Dash, rest)) => rest,
            _ => return Err(Failure::Unknown(HoursDoubt::Words)),
        };
        let (mut next_day, mut second) = (false, None);
        loop {
            match rest.split_first() {
                Some((Word::NextDay, more)) => (next_day, rest) = (true, more),
                Some((Word::Half(half), more)) => (second, rest) = (Some(*half), more),
                Some((Word::Time { minutes: end, bare: end_bare, .. }, more)) => {
                    // `8-17` is hours, `1-3` behind something else could be anything: one side must look like a time,
                    // or a half of the day must be named.
                    if bare && *end_bare && first.is_none() && second.is_none() && *end <= 12 * 60 {
                        return Err(Failure::Unknown(HoursDoubt::Words));
                    }
                    self.range(&Range { begin, led, first, end: *end, second, next_day })?;
                    self.is_half_fresh = false;
                    return Ok(more);
                }
                _ => return Err(Failure::Unknown(HoursDoubt::Words)),
            }
        }
    }

    fn range(&mut self, range: &Range) -> Result<(), Failure> {
        let Range { begin, led, first, end, second, next_day } = *range;
        let said = (first.is_some() && self.is_half_fresh) || second.is_some() || next_day;
        if let Some((opens, minutes)) = self.afternoon(begin, end, led, said)? {
            self.half = None;
            self.span(opens, minutes);
            return Ok(());
        }
        let opens = first.map_or(begin, |half| half.of_day(begin));
        let mut closes = second.map_or(end, |half| half.of_day(end));
        if second.is_none() && closes <= opens {
            // 下午2点-5点: the second time is in the same half, or the afternoon follows the forenoon.
            let same = first.map_or(closes, |half| half.of_day(end));
            closes = if same > opens { same } else { closes };
        }
        if opens >= DAY {
            return Err(Failure::Impossible("24:00".to_owned()));
        }
        if next_day {
            closes += DAY;
        } else if closes <= opens {
            if opens < 17 * 60 {
                return Err(Failure::Unknown(HoursDoubt::EndsBeforeItBegins));
            }
            closes += DAY;
        }
        let minutes = closes - opens;
        if minutes > DAY {
            return Err(Failure::Unknown(HoursDoubt::EndsBeforeItBegins));
        }
        if second.is_some() {
            self.half = second;
        }
        self.span(opens, minutes);
        Ok(())
    }

    /// A span on a clock face of twelve hours, in the afternoon; none when the times are as they are written. `said`
    /// when a half of the day stands right at it.
    fn afternoon(&self, begin: u32, end: u32, led: bool, said: bool) -> Result<Option<(u32, u32)>, Failure> {
        let in_doubt = || Failure::Unknown(HoursDoubt::HalfOfDay);
        let noon = 12 * 60;
        // From one o'clock to eight; whoever writes 0:30 counts to 24.
        if said || !(60..8 * 60).contains(&begin) || self.half.is_some_and(|half| half.of_day(begin) > begin) {
            return Ok(None);
        }
        let spans = self.clauses.last().map(|clause| clause.spans.as_slice()).unwrap_or_default();
        match spans.iter().map(|(opens, minutes)| opens + minutes).max().filter(|before| begin < *before) {
            Some(before) => {
                let opens = begin + noon;
                let closes = if end < noon { end + noon } else { end };
                let fits = !led && opens >= before && closes > opens && closes <= DAY && end != noon;
                if fits { Ok(Some((opens, closes - opens))) } else { Err(in_doubt()) }
            }
            None if begin < 5 * 60 || (begin < 6 * 60 && !led) => Err(in_doubt()),
            None => Ok(None),
        }
    }

    /// `休息`: on the days just named, or on holidays.
    fn closed(&mut self) -> Result<(), Failure> {
        let half = self.half.take().filter(|_| self.is_half_fresh);
        self.is_half_fresh = false;
        if self.holidays != 0 {
            self.closed_on |= std::mem::take(&mut self.holidays);
            self.except = false;
            // `周日及节假日休息` closes the day as well.
            if !self.clauses.last().is_some_and(|clause| clause.spans.is_empty()) {
                return Ok(());
            }
        }
        match (self.clauses.pop(), half) {
            (Some(Clause { days: Some(Days::Weekly(mask)), spans, .. }), None) if spans.is_empty() => {
                self.closed |= mask;
                self.except = false;
                Ok(())
            }
            (Some(Clause { days: Some(Days::Weekly(mask)), spans, .. }), Some(half)) if spans.is_empty() => {
                self.half_closed.push((mask, half));
                self.except = false;
                Ok(())
            }
            _ => Err(Failure::Unknown(HoursDoubt::Words)),
        }
    }

    fn finish(mut self) -> Result<Vec<Schedule>, Failure> {
        self.closed |= self.excepted.take().unwrap_or_default();
        if self.holidays != 0 || self.except {
            return Err(Failure::Unknown(HoursDoubt::Words));
        }
        // Days behind their times: 8:00-17:30（周一至周五）.
        if let [Clause { days: first @ None, whole_day: false, .. }, Clause { days, spans, whole_day: false, .. }] =
            self.clauses.as_mut_slice()
            && spans.is_empty()
        {
            *first = days.take();
            self.clauses.pop();
        }
        clauses::schedules(self.clauses, self.closed, &self.half_closed, self.closed_on)
    }
}

/// Two times, and what was said about them.
struct Range {
    begin: u32,
    led: bool,
    first: Option<Half>,
    end: u32,
    second: Option<Half>,
    next_day: bool,
}

#[cfg(test)]
mod tests;
