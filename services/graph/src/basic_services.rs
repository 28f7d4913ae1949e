//! 基本养老服务清单: what is owed to elders in a division, and where what fulfils it reaches.

use super::enums::{BasicServiceKind, Condition, CountedGroup};
use super::people::PeopleReached;
use super::scalars::Date;
use async_graphql::SimpleObject;
use schema::basic_services;

/// A list of what is owed to elders.
#[derive(SimpleObject, Clone, Debug)]
pub struct BasicServiceList {
    /// The six digits of whoever settled it: `000000` the nation, `130000` a province, `130300` a city, `130306` a county.
    pub scope: String,
    /// What it is called.
    pub name: String,
    /// Who issued it.
    pub issued_by: String,
    /// The document that has it.
    pub document: String,
    /// The day on which it was issued; null where that is not known.
    pub issued_on: Option<Date>,
    /// The first day on which it counts.
    pub in_force_from: Date,
    /// What of it could not be confirmed; null where nothing is open.
    pub unconfirmed: Option<String>,
}

impl BasicServiceList {
    pub(super) fn of(scope: schema::Scope, list: &basic_services::BasicServiceList) -> BasicServiceList {
        BasicServiceList {
            scope: scope.to_string(),
            name: list.name.clone(),
            issued_by: list.issued_by.clone(),
            document: list.document.clone(),
            issued_on: list.issued_on.map(Date),
            in_force_from: Date(list.in_force_from),
            unconfirmed: list.unconfirmed.clone(),
        }
    }
}

/// To whom something is owed.
#[derive(SimpleObject, Clone, Debug)]
pub struct OwedTo {
    /// In the words of the list.
    pub words: String,
    /// From which age on; null where the list has none.
    pub minimum_age: Option<i32>,
    /// Circumstances that must all hold, as far as they are known here.
    pub conditions: Vec<Condition>,
    /// The group that is counted and is just those to whom it is owed; null where no count says how many those are.
    pub counted: Option<CountedGroup>,
}

impl OwedTo {
    pub(super) fn of(owed: &basic_services::OwedTo) -> OwedTo {
        OwedTo {
            words: owed.words.clone(),
            minimum_age: owed.minimum_age.map(i32::from),
            conditions: owed.conditions.iter().map(|condition| (*condition).into()).collect(),
            counted: owed.counted().map(Into::into),
        }
    }
}

/// How many communities are reached, and through what. Each counts once, by the nearest.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct CommunitiesReached {
    /// 本村有: something stands there, or is registered for it by name.
    pub own: i32,
    /// 只有镇上的: nothing of their own, but something serves the whole of their town.
    pub town: i32,
    /// 只有县里的: nothing of their own or of their town, but something serves the whole of their county, or more.
    pub wider: i32,
    /// 没有: nothing serves them.
    pub none: i32,
}

/// An item of the list, and where what fulfils it reaches.
#[derive(SimpleObject, Clone, Debug)]
pub struct BasicServiceCoverage {
    /// By which narrower lists name it again.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What sort of service it is.
    pub kind: BasicServiceKind,
    /// What the sort is called, in Chinese.
    pub kind_name: &'static str,
    /// What it consists of; null where the list does not say.
    pub content: Option<String>,
    /// To whom it is owed.
    pub owed_to: OwedTo,
    /// The list that has it: of the county, or the nearest above it that names it.
    pub list: BasicServiceList,
    /// What of the item could not be confirmed; null where nothing is open.
    pub unconfirmed: Option<String>,
    /// The categories of the directory any of which fulfils it; empty where the directory holds nothing of the sort (a pension).
    pub fulfilled_by: Vec<String>,
    /// How many communities it reaches, and through what; null where no category fulfils it.
    pub communities: Option<CommunitiesReached>,
    /// How many of those to whom it is owed live where; null where no category fulfils it, or no count says who they are.
    pub people: Option<PeopleReached>,
}
