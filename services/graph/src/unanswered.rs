//! Questions that found nothing: which are counted, and what is told of them.

use super::asking::Asking;
use super::people::number;
use super::question::Question;
use async_graphql::{Object, SimpleObject};
use chassis::auth::Role;
use directory::projection::AsOf;
use schema::questions;

/// Goes with a request that nobody asks for themselves or for somebody: of a program that walks through pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByRobot;

/// A number of questions, in steps of five.
#[derive(Clone, Copy, Debug)]
pub struct Asked(questions::Asked);

/// A number of questions, in steps of five for each community and category, so that what is learnt from one day to the next is
/// that something was asked and never how little.
#[Object(name = "AskedCount")]
impl Asked {
    /// At least so many.
    async fn at_least(&self) -> i32 {
        number(self.0.at_least())
    }

    /// At most so many.
    async fn at_most(&self) -> i32 {
        number(self.0.at_most())
    }

    /// As it is shown: `<5`, `10-14`.
    async fn shown(&self) -> String {
        self.0.shown()
    }
}

/// Questions that found nothing.
#[derive(SimpleObject, Clone, Debug)]
pub struct UnansweredQuestions {
    /// The category that they asked for; null where they asked for whatever there is.
    pub category: Option<String>,
    /// How many.
    pub count: Asked,
}

impl UnansweredQuestions {
    pub(super) fn of(category: Option<&str>, count: questions::Asked) -> UnansweredQuestions {
        UnansweredQuestions { category: category.map(str::to_owned), count: Asked(count) }
    }
}

/// Notes that a question found nothing, if that is somebody's need: asked of the present, for its first page, by whoever may ask
/// for themselves or for a caller, and not narrowed by anything but a category. What they said of themselves is not kept.
pub(super) fn note(asking: &Asking<'_>, question: &Question, as_of: AsOf, is_first_page: bool) {
    let looks_for_gaps = match asking.caller.map(|caller| caller.role) {
        Some(Role::Planner | Role::Steward | Role::Admin) => true,
        Some(Role::Clerk | Role::Operator | Role::Partner) | None => false,
    };
    if !asking.is_robot
        && !looks_for_gaps
        && as_of == AsOf::Latest
        && is_first_page
        && question.filter.is_of_category_alone()
    {
        let category = question.filter.category.as_deref();
        let read_model = asking.read_model;
        read_model.unanswered.count(&read_model.clock, question.community.code, category);
    }
}
