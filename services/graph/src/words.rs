//! Small object types that several others use.

use super::enums::{Holiday, LicenceStanding, OnlyOn};
use super::prepared;
use super::scalars::Date;
use async_graphql::SimpleObject;
use chrono::NaiveDate;
use schema::hours::Hours;
use schema::licence::Licence;

/// What something costs.
#[derive(SimpleObject, prepared::Fields)]
pub struct Cost {
    /// Whether it costs nothing.
    pub is_free: bool,
    /// The price in fen, a hundredth of a yuan; 0 where it is free.
    pub fen: i32,
    /// What it is paid for, e.g. 次, 餐, 小时; null where nobody said.
    pub unit: Option<&'static str>,
}

/// What words about fees say that it costs; none where that is not clear.
pub fn cost(fees: &str) -> Option<Cost> {
    let intake::cell::cost::Cost { fen, unit } = intake::cell::cost::cost(fees)?;
    Some(Cost { is_free: fen == 0, fen: i32::try_from(fen).ok()?, unit })
}

/// A recurring time of opening, in the county's time (UTC+8).
#[derive(SimpleObject, prepared::Fields)]
pub struct Schedule {
    /// The recurrence rule of RFC 5545, without its start.
    pub rrule: String,
    /// The first day on which it counts; it has always counted when there is none.
    pub dtstart: Option<Date>,
    /// When it opens, `HH:MM`.
    pub opens_at: String,
    /// For how long, in minutes; may reach past midnight.
    pub duration_minutes: i32,
    /// Days on which it does not count.
    pub except: Vec<Date>,
    /// Days on which it opens beside those of the rule.
    pub also: Vec<Date>,
    /// Which of the rule's days count by the calendar of holidays; all of them when null.
    pub only: Option<OnlyOn>,
    /// The holidays on whose days off it does not count.
    pub closed_on: Vec<Holiday>,
    /// The days of the lunar month on which alone it counts, 1 being 初一; any when empty.
    pub lunar_days: Vec<i32>,
}

/// The schedules of some hours.
pub fn schedules(schedules: &[schema::Schedule]) -> Vec<Schedule> {
    let schedule = |schedule: &schema::Schedule| Schedule {
        rrule: schedule.rrule.clone(),
        dtstart: schedule.dtstart.map(Date),
        opens_at: schedule.opens_at.format("%H:%M").to_string(),
        duration_minutes: i32::try_from(schedule.duration_minutes).unwrap_or(i32::MAX),
        except: schedule.except.iter().copied().map(Date).collect(),
        also: schedule.also.iter().copied().map(Date).collect(),
        only: schedule.only.map(Into::into),
        closed_on: schedule.closed_on.iter().copied().map(Into::into).collect(),
        lunar_days: schedule.lunar_days.iter().copied().map(i32::from).collect(),
    };
    schedules.iter().map(schedule).collect()
}

/// The office's own words for the hours; none when it wrote nothing.
pub fn hours_text(hours: &Hours) -> Option<String> {
    Some(hours.text.clone()).filter(|text| !text.is_empty())
}

/// The licence under which a service is given.
#[derive(SimpleObject)]
pub struct ResourceLicence {
    /// What is known of it today.
    pub standing: LicenceStanding,
    /// Its number, if said.
    pub number: Option<String>,
    /// The last day on which it holds, if said.
    pub expires: Option<Date>,
}

impl ResourceLicence {
    /// What is known of a licence on a day.
    pub fn on(licence: &Licence, day: NaiveDate) -> ResourceLicence {
        match licence {
            Licence::NotRequired => {
                ResourceLicence { standing: LicenceStanding::NotRequired, number: None, expires: None }
            }
            Licence::Unknown { number } => {
                ResourceLicence { standing: LicenceStanding::Unknown, number: number.clone(), expires: None }
            }
            Licence::Until { number, expires } => ResourceLicence {
                standing: if licence.has_lapsed(day) { LicenceStanding::Lapsed } else { LicenceStanding::InForce },
                number: number.clone(),
                expires: Some(Date(*expires)),
            },
        }
    }
}

/// A count, as GraphQL counts.
pub fn int(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}
