//! Opening hours to RFC 5545 rules.
//!
//! Days (`周一至周五`, `周一、三、五`, `星期六日`, `每天`, `工作日`, `周末`, `每月第一个周六`, `每月最后一个周五`, `每月1日、15日`) with
//! one or more spans of time (`8:00-12:00,14:00-17:30`, `上午8点半至11点半`, `下午2点-5点`, `8时至17时`, `0830-1130`), several of
//! these one after the other; round the clock (`全天24小时`). The text is always kept.
//!
//! What decides in doubtful cases is that **what was not said is unknown, never open**:
//!
//! - Words that could limit what is said and are not understood (`夏季`, `农历逢三`, `电话预约`, `隔周`, `待定`) leave the hours
//!   unknown: a doubt, no rules. So do times without days, and days without times.
//! - `节假日休息` behind hours that are understood: the rules stand, with a doubt, because holidays are not in them.
//!   `（周一休息）` takes that day out of the rules.
//! - A span that ends before it begins goes past midnight when it begins at 17:00 or later, or says `次日`
//!   (`22:00-6:00`). Otherwise (`8:00-5:30`) afternoon may be meant, and it is doubted.
//! - A time that no clock shows (`25:00`, `8:75`) refuses the row.

mod words;

use super::normalise;
use crate::read::{Read, Trouble};
use chrono::NaiveTime;
use schema::finding::{CellFinding, HoursDoubt};
use schema::limits::quoted;
use schema::{Hours, Schedule};
use words::{Days, Half, Word};

const DAY: u32 = 24 * 60;

/// Opening hours. Blank only when nothing at all was written; `/` is a doubt, because somebody wrote it.
pub fn hours(written: &str) -> Read<Hours> {
    let text = normalise(written);
    if text.is_empty() {
        return Read::blank();
    }
    let kept = |schedules| Hours { text: written.trim().to_owned(), schedules };
    match understand(&text) {
        Ok((schedules, holidays)) => Read {
            value: Some(kept(schedules)),
            troubles: if holidays { vec![holidays_unknown()] } else { Vec::new() },
        },
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

fn holidays_unknown() -> Trouble {
    Trouble::doubt(CellFinding::HoursHolidays)
}

/// One stretch of days and the spans on them.
#[derive(Default)]
struct Clause {
    days: Option<Days>,
    spans: Vec<(u32, u32)>,
}

fn understand(text: &str) -> Result<(Vec<Schedule>, bool), Failure> {
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
    /// Weekdays on which it is closed.
    closed: u8,
    /// A holiday was named and not yet what holds on it.
    holiday: bool,
    holidays_differ: bool,
    except: bool,
}

impl Reader {
    /// Takes in one word, and as many of those after it as belong to it; returns the rest.
    fn take<'w>(&mut self, word: &Word, after: &'w [Word]) -> Result<&'w [Word], Failure> {
        match word {
            Word::Days(days) => self.days(days)?,
            Word::Half(half) => self.half = Some(*half),
            Word::AllDay => self.span(0, DAY),
            Word::Time { minutes, bare } => return self.times(*minutes, *bare, after),
            Word::Holidays if self.except => (self.except, self.holidays_differ) = (false, true),
            Word::Holidays => self.holiday = true,
            Word::Closed => self.closed()?,
            Word::Except => self.except = true,
            Word::AlwaysOpen => {
                self.holiday = false;
                if self.clauses.is_empty() {
                    self.clauses.push(Clause { days: Some(Days::every_day()), spans: Vec::new() });
                }
            }
            Word::Break => {}
            Word::Dash | Word::NextDay | Word::Unknown | Word::Impossible(_) => {
                return Err(Failure::Unknown(HoursDoubt::Words));
            }
        }
        Ok(after)
    }

    fn days(&mut self, days: &Days) -> Result<(), Failure> {
        self.half = None;
        if let (true, Days::Weekly(mask)) = (self.except, days) {
            // 除周日外.
            self.closed |= mask;
            self.except = false;
            return Ok(());
        }
        match self.clauses.last_mut() {
            Some(Clause { days: Some(known), spans }) if spans.is_empty() => {
                *known = known.clone().and(days).ok_or(Failure::Unknown(HoursDoubt::Words))?;
            }
            _ => self.clauses.push(Clause { days: Some(days.clone()), spans: Vec::new() }),
        }
        Ok(())
    }

    fn span(&mut self, opens: u32, minutes: u32) {
        if self.clauses.is_empty() {
            let days = (minutes == DAY).then(Days::every_day);
            self.clauses.push(Clause { days, spans: Vec::new() });
        }
        if let Some(clause) = self.clauses.last_mut()
            && !clause.spans.contains(&(opens, minutes))
        {
            clause.spans.push((opens, minutes));
        }
    }

    /// `begin - end`, with what may stand between them.
    fn times<'w>(&mut self, begin: u32, bare: bool, after: &'w [Word]) -> Result<&'w [Word], Failure> {
        let first_half = self.half;
        let mut rest = match after.split_first() {
            Some((Word::Dash, rest)) => rest,
            _ => return Err(Failure::Unknown(HoursDoubt::Words)),
        };
        let (mut next_day, mut second_half) = (false, None);
        loop {
            match rest.split_first() {
                Some((Word::NextDay, more)) => (next_day, rest) = (true, more),
                Some((Word::Half(half), more)) => (second_half, rest) = (Some(*half), more),
                Some((Word::Time { minutes: end, bare: end_bare }, more)) => {
                    // `8-17` is hours, `1-3` behind something else could be anything: one side must look like a time,
                    // or a half of the day must be named.
                    if bare && *end_bare && first_half.is_none() && second_half.is_none() && *end <= 12 * 60 {
                        return Err(Failure::Unknown(HoursDoubt::Words));
                    }
                    self.range(begin, first_half, *end, second_half, next_day)?;
                    return Ok(more);
                }
                _ => return Err(Failure::Unknown(HoursDoubt::Words)),
            }
        }
    }

    fn range(
        &mut self,
        begin: u32,
        first: Option<Half>,
        end: u32,
        second: Option<Half>,
        next_day: bool,
    ) -> Result<(), Failure> {
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

    /// `休息`: on the days just named, or on holidays.
    fn closed(&mut self) -> Result<(), Failure> {
        if self.holiday {
            (self.holiday, self.except, self.holidays_differ) = (false, false, true);
            // `周日及节假日休息` closes the day as well.
            if !self.clauses.last().is_some_and(|clause| clause.spans.is_empty()) {
                return Ok(());
            }
        }
        match self.clauses.pop() {
            Some(Clause { days: Some(Days::Weekly(mask)), spans }) if spans.is_empty() => {
                self.closed |= mask;
                self.except = false;
                Ok(())
            }
            _ => Err(Failure::Unknown(HoursDoubt::Words)),
        }
    }

    fn finish(mut self) -> Result<(Vec<Schedule>, bool), Failure> {
        if self.holiday || self.except {
            return Err(Failure::Unknown(HoursDoubt::Words));
        }
        // Days behind their times: 8:00-17:30（周一至周五）.
        if let [Clause { days: first @ None, .. }, Clause { days, spans }] = self.clauses.as_mut_slice()
            && spans.is_empty()
        {
            *first = days.take();
            self.clauses.pop();
        }
        if self.clauses.is_empty() {
            return Err(Failure::Unknown(HoursDoubt::Words));
        }
        let mut schedules = Vec::new();
        for clause in self.clauses {
            let Some(days) = clause.days else { return Err(Failure::Unknown(HoursDoubt::NoDays)) };
            if clause.spans.is_empty() {
                return Err(Failure::Unknown(HoursDoubt::NoTimes));
            }
            let Some(rrule) = days.without(self.closed).rrule() else { continue };
            for (opens, duration_minutes) in clause.spans {
                let opens_at = NaiveTime::from_num_seconds_from_midnight_opt(opens * 60, 0).unwrap_or_default();
                let schedule =
                    Schedule { rrule: rrule.clone(), dtstart: None, opens_at, duration_minutes, except: Vec::new() };
                if !schedules.contains(&schedule) {
                    schedules.push(schedule);
                }
            }
        }
        if schedules.is_empty() {
            Err(Failure::Unknown(HoursDoubt::Words))
        } else {
            Ok((schedules, self.holidays_differ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `RULE hh:mm+minutes; ...`
    fn shown(written: &str) -> String {
        let read = hours(written);
        assert!(read.troubles.is_empty(), "{written}: {:?}", read.troubles);
        show(&read.value.unwrap())
    }

    fn show(hours: &Hours) -> String {
        let one = |s: &Schedule| format!("{} {}+{}", s.rrule, s.opens_at.format("%H:%M"), s.duration_minutes);
        hours.schedules.iter().map(one).collect::<Vec<_>>().join("; ").replace("FREQ=", "")
    }

    const WEEKDAYS: &str = "WEEKLY;BYDAY=MO,TU,WE,TH,FR";

    #[test]
    fn the_hours_of_the_counties_lists() {
        for (written, expected) in [
            ("全天24小时", "DAILY 00:00+1440".to_owned()),
            ("周一至周五 8:00-12:00,14:00-17:30", format!("{WEEKDAYS} 08:00+240; {WEEKDAYS} 14:00+210")),
            ("周一至周五 8:30-17:30", format!("{WEEKDAYS} 08:30+540")),
            ("周一至周日 08:00-20:00", "DAILY 08:00+720".to_owned()),
            ("每天 7:00-19:00", "DAILY 07:00+720".to_owned()),
            ("每天8:00-21:00", "DAILY 08:00+780".to_owned()),
            ("每天 10:30-12:30 17:00-18:30", "DAILY 10:30+120; DAILY 17:00+90".to_owned()),
            ("周六、周日 14:00-17:00", "WEEKLY;BYDAY=SA,SU 14:00+180".to_owned()),
            ("周六 9:00-11:30", "WEEKLY;BYDAY=SA 09:00+150".to_owned()),
            ("周一、三、五 9:00-11:30", "WEEKLY;BYDAY=MO,WE,FR 09:00+150".to_owned()),
            ("每月第一个周六 9:00-11:00", "MONTHLY;BYDAY=1SA 09:00+120".to_owned()),
        ] {
            assert_eq!(shown(written), expected, "{written}");
            assert_eq!(hours(written).value.unwrap().text, written);
        }
    }

    #[test]
    fn days_in_other_words() {
        for (written, days) in [
            ("星期一到星期五 8:00-9:00", WEEKDAYS),
            ("礼拜一至五8:00-9:00", WEEKDAYS),
            ("周一—周五 8:00-9:00", WEEKDAYS),
            ("周一～周五 8:00-9:00", WEEKDAYS),
            ("周1-5 8:00-9:00", WEEKDAYS),
            ("周1至周5 8:00-9:00", WEEKDAYS),
            ("工作日 8:00-9:00", WEEKDAYS),
            ("每周一至周五 8:00-9:00", WEEKDAYS),
            ("每周一到周五，8:00-9:00", WEEKDAYS),
            ("营业时间：周一至周五 8:00-9:00", WEEKDAYS),
            ("周一至周五（8:00-9:00）", WEEKDAYS),
            ("8:00-9:00（周一至周五）", WEEKDAYS),
            ("周末 8:00-9:00", "WEEKLY;BYDAY=SA,SU"),
            ("双休日8:00-9:00", "WEEKLY;BYDAY=SA,SU"),
            ("周六日 8:00-9:00", "WEEKLY;BYDAY=SA,SU"),
            ("星期六、星期天 8:00-9:00", "WEEKLY;BYDAY=SA,SU"),
            ("周一三五 8:00-9:00", "WEEKLY;BYDAY=MO,WE,FR"),
            ("法定工作日 8:00-9:00", WEEKDAYS),
            ("8:00-9:00 周一至周五", WEEKDAYS),
            ("8:00-9:00（工作日）", WEEKDAYS),
            ("周一至周日8:00-9:00，周末休息", WEEKDAYS),
            ("周一,周三,周五 8:00-9:00", "WEEKLY;BYDAY=MO,WE,FR"),
            ("周2、4、6 8:00-9:00", "WEEKLY;BYDAY=TU,TH,SA"),
            ("每周三 8:00-9:00", "WEEKLY;BYDAY=WE"),
            ("逢周三 8:00-9:00", "WEEKLY;BYDAY=WE"),
            ("周五至周一 8:00-9:00", "WEEKLY;BYDAY=MO,FR,SA,SU"),
            ("周一至周三、周五 8:00-9:00", "WEEKLY;BYDAY=MO,TU,WE,FR"),
            ("每日 8:00-9:00", "DAILY"),
            ("天天8:00-9:00", "DAILY"),
            ("全年无休 8:00-9:00", "DAILY"),
            ("每天8:00-9:00（周一休息）", "WEEKLY;BYDAY=TU,WE,TH,FR,SA,SU"),
            ("除周日外每天8:00-9:00", "WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA"),
            ("每天8:00-9:00，除周日外", "WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA"),
            ("每月第一、三个周六 8:00-9:00", "MONTHLY;BYDAY=1SA,3SA"),
            ("每月第1个星期六 8:00-9:00", "MONTHLY;BYDAY=1SA"),
            ("每月首个周六 8:00-9:00", "MONTHLY;BYDAY=1SA"),
            ("每月的最后一个周五 8:00-9:00", "MONTHLY;BYDAY=-1FR"),
            ("每月15日 8:00-9:00", "MONTHLY;BYMONTHDAY=15"),
            ("每月1号、15号 8:00-9:00", "MONTHLY;BYMONTHDAY=1,15"),
            ("每月5、15、25日 8:00-9:00", "MONTHLY;BYMONTHDAY=5,15,25"),
        ] {
            assert_eq!(shown(written), format!("{days} 08:00+60"), "{written}");
        }
    }

    #[test]
    fn times_in_other_words() {
        for (written, times) in [
            ("每天 8：00—17：30", "08:00+570"),
            ("每天 8:00--17:30", "08:00+570"),
            ("每天 8:00至17:30", "08:00+570"),
            ("每天8点-17点半", "08:00+570"),
            ("每天 8∶00〜17∶30", "08:00+570"),
            ("每天 8:00−17:30", "08:00+570"),
            ("每天8:00一17:30", "08:00+570"),
            ("每天8：00－17：30", "08:00+570"),
            ("每天08:00:00-17:30:00", "08:00+570"),
            ("全年365天 8:00-17:30", "08:00+570"),
            ("每天8点至17点30分", "08:00+570"),
            ("每天8时-17时30分", "08:00+570"),
            ("每天八点到下午五点半", "08:00+570"),
            ("每天上午8点到下午5点半", "08:00+570"),
            ("每天早8点到晚7点", "08:00+660"),
            ("每天早上8:00-晚上19:00", "08:00+660"),
            ("每天0800-1730", "08:00+570"),
            ("每天 8.00-17.30", "08:00+570"),
            ("每天 8-17点", "08:00+540"),
            ("每天 8-17", "08:00+540"),
            ("每天下午2点-5点", "14:00+180"),
            ("每天下午2:00-5:00", "14:00+180"),
            ("每天14:00-17:00", "14:00+180"),
            ("每天中午11点半至1点", "11:30+90"),
            ("每天晚上7点-9点", "19:00+120"),
            ("每天 22:00-6:00", "22:00+480"),
            ("每天 20:00-次日8:00", "20:00+720"),
            ("每天 8:00-次日8:00", "08:00+1440"),
            ("每天 0:00-24:00", "00:00+1440"),
            ("每天 22:00-24:00", "22:00+120"),
        ] {
            assert_eq!(shown(written), format!("DAILY {times}"), "{written}");
        }
    }

    #[test]
    fn several_clauses() {
        for (written, expected) in [
            ("周一至周五 8:00-17:00；周六 9:00-11:00", format!("{WEEKDAYS} 08:00+540; WEEKLY;BYDAY=SA 09:00+120")),
            ("周一至周五8:00-17:00,周六、日9:00-11:00", format!("{WEEKDAYS} 08:00+540; WEEKLY;BYDAY=SA,SU 09:00+120")),
            ("周一至周五上午8:00-12:00，下午14:00-17:30", format!("{WEEKDAYS} 08:00+240; {WEEKDAYS} 14:00+210")),
            ("周一至周五：上午8点-12点，下午2点-5点半", format!("{WEEKDAYS} 08:00+240; {WEEKDAYS} 14:00+210")),
            ("午餐：每天10:30-12:30 晚餐：17:00-18:30", "DAILY 10:30+120; DAILY 17:00+90".to_owned()),
            ("24小时", "DAILY 00:00+1440".to_owned()),
            ("全天 24 小时", "DAILY 00:00+1440".to_owned()),
            ("7×24小时", "DAILY 00:00+1440".to_owned()),
            ("7*24小时", "DAILY 00:00+1440".to_owned()),
            ("24h", "DAILY 00:00+1440".to_owned()),
            ("24小时营业，全年无休", "DAILY 00:00+1440".to_owned()),
            ("全天候", "DAILY 00:00+1440".to_owned()),
            ("每天24小时", "DAILY 00:00+1440".to_owned()),
            ("周末24小时", "WEEKLY;BYDAY=SA,SU 00:00+1440".to_owned()),
            ("每天8:00-18:00，节假日照常营业", "DAILY 08:00+600".to_owned()),
            ("周三下午2:00-4:00", "WEEKLY;BYDAY=WE 14:00+120".to_owned()),
        ] {
            assert_eq!(shown(written), expected, "{written}");
        }
    }

    #[test]
    fn what_was_not_said_is_unknown_and_the_words_are_kept() {
        for written in [
            "/",
            "-",
            "待定",
            "节假日休息",
            "电话预约",
            "不定时",
            "无",
            "逢农历三、八",
            "夏季 8:00-18:00 冬季 9:00-17:00",
            "隔周六 9:00-11:00",
            "8:00-17:30",
            "周一至周五",
            "9:00开始",
            "周一至周五 8:00-17:00 周三下午学习",
            "每天 8:00-5:30",
            "每天 12:00-2:00",
            "有活动时开放",
            "单周周六 9:00-11:00",
            "每月上旬",
            "周一至周五8:00",
            "寒暑假每天 8:00-17:00",
            "13833507493",
            "电话预约 0335 334 0586",
            "年服务2500人次",
            "随时",
            "逢单周三",
            "农历初一、十五",
            "每月第一周周六 9:00-11:00",
            "晚上7点半",
            "每周",
            "至",
            "周",
            "每月",
            "每月第一个",
            "每天 1-3",
            "每天 8:00-12:00 周六",
            "第一个周六 9:00-11:00",
            "农忙除外 每天8:00-17:00",
            "2026年起每天8:00-17:00",
        ] {
            let read = hours(written);
            assert!(!read.is_error(), "{written}: {read:?}");
            assert_eq!(
                read.troubles.iter().map(|trouble| trouble.code.code()).collect::<Vec<_>>(),
                ["HOURS_UNKNOWN"],
                "{written}: {read:?}"
            );
            let value = read.value.unwrap();
            assert_eq!((value.text.as_str(), value.is_known()), (written, false), "{written}");
        }
        assert_eq!(hours(" 　"), Read::blank());
    }

    #[test]
    fn holidays_are_doubted_and_the_rest_stands() {
        for written in [
            "除节假日外，每天8:00-18:00",
            "周一至周五 8:00-17:00（节假日休息）",
            "周一至周五 8:00-17:00，法定节假日除外",
            "每天8:00-18:00 国家法定节假日不开放",
        ] {
            let read = hours(written);
            assert_eq!(
                read.troubles.iter().map(|trouble| trouble.code.code()).collect::<Vec<_>>(),
                ["HOURS_HOLIDAYS"],
                "{written}"
            );
            assert!(read.value.unwrap().is_known(), "{written}");
        }
    }

    #[test]
    fn a_time_that_no_clock_shows_refuses_the_row() {
        for written in [
            "每天25:00-8:00",
            "周一至周五 8:75-12:00",
            "每天 8:00-24:30",
            "每天８：００－２６：００",
            "每天 8点-25点",
            "每天 24:00-8:00",
        ] {
            assert!(hours(written).is_error(), "{written}: {:?}", hours(written));
        }
    }
}
