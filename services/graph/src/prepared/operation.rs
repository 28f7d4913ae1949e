//! One operation, prepared.

use super::{Answer, Selected, Selection, key, list};
use crate::asking::Asking;
use crate::available::{Arguments, AvailableServiceConnection, Wants};
use crate::completion::Types;
use crate::enums::ServiceOrder;
use crate::execution::COMPLEXITY;
use crate::kept::Validity;
use crate::paging::page_cost;
use crate::variables;
use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection as Item, SelectionSet,
};
use async_graphql::{InputType, Name, Value, Variables};
use chassis::clock::{county_date, county_midnight};
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

/// The one field of `Query` that is prepared.
const ROOT: &str = "availableServices";
/// Its argument that is an object.
const PERSON: (&str, &str) = ("person", "PersonInput");

/// An operation whose answers are written without the executor.
pub(crate) struct Operation {
    definition: OperationDefinition,
    roots: Vec<Root>,
}

/// An answer.
pub(crate) struct Written {
    /// It in JSON.
    pub(crate) text: Vec<u8>,
    /// For how long it is what would be answered; none where that is not known.
    pub(crate) validity: Option<Validity>,
}

/// What of the time an answer tells that was not given one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tells {
    /// Its day.
    Day,
    /// Whether something is open.
    Minute,
    /// It itself, or how far the directory had got.
    Moment,
}

/// A field of `Query` that is asked for.
struct Root {
    key: Box<[u8]>,
    field: Field,
    selection: Selection<AvailableServiceConnection>,
    wants: Wants,
    /// How many fields are asked of each service, at most.
    fields: usize,
    /// Whether it is asked at which time it was judged.
    tells_time: bool,
    /// Whether it is asked how far the directory had got.
    tells_position: bool,
    /// Whether it may be asked what is open.
    tells_hours: bool,
}

impl Operation {
    /// One of a document that fits the schema; none where the executor must answer it.
    pub(crate) fn of(document: &ExecutableDocument, name: Option<&str>) -> Option<Operation> {
        let definition = variables::operation(document, name)?;
        if definition.ty != OperationType::Query || !definition.directives.is_empty() {
            return None;
        }
        let roots = Selected::of(document, &definition.selection_set.node).fields("Query")?;
        let roots = roots.into_iter().map(|asked| {
            if asked.field.name.node != ROOT || !asked.field.directives.is_empty() {
                return None;
            }
            let of_answer = asked.selected.fields(<AvailableServiceConnection as super::Fields>::TYPE)?;
            let asks = |name: &str| of_answer.iter().any(|field| field.field.name.node == name);
            Some(Root {
                key: key(asked.key),
                wants: Wants {
                    services: asks("nodes") || asks("edges"),
                    facets: asks("facets"),
                    count: asks("totalCount"),
                },
                fields: asked.selected.sets.iter().map(|set| count(document, set)).sum(),
                tells_time: asks("at"),
                tells_position: asks("position"),
                tells_hours: asks("edges") || asks("facets"),
                selection: AvailableServiceConnection::prepare(&asked.selected)?,
                field: asked.field.clone(),
            })
        });
        Some(Operation { roots: roots.collect::<Option<_>>()?, definition: definition.clone() })
    }

    /// The answer, in JSON; none where the executor must say what is wrong with the question, or that it must wait.
    pub(crate) async fn answer(&self, asking: &Asking<'_>, given: &Variables, types: &Types) -> Option<Written> {
        variables::check(&self.definition, given).ok()?;
        let mut answers = Vec::with_capacity(self.roots.len());
        let (mut cost, mut is_of_the_past) = (0_usize, false);
        let (mut tells, mut now, mut can_be_kept) = (None, None, true);
        for root in &self.roots {
            let arguments = self.arguments(root, given, types)?;
            cost = cost.saturating_add(page_cost(arguments.first, arguments.last, root.fields));
            is_of_the_past |= arguments.is_of_the_past();
            if cost > COMPLEXITY || !arguments.can_be_answered_now(asking.read_model) {
                return None;
            }
            let of_now = root.tells(&arguments);
            let answer = arguments.answer(asking, root.wants).await.ok()?;
            // Those that find nothing are counted each time.
            can_be_kept &= answer.in_vain().is_none();
            if of_now.is_some() {
                (tells, now) = (tells.max(of_now), now.or(Some(answer.judged_at())));
            }
            answers.push((root, answer));
        }
        let validity = (can_be_kept && !is_of_the_past).then(|| validity(&answers, tells.zip(now))).flatten();
        let mut out = Vec::with_capacity(8 * 1024);
        out.extend_from_slice(b"{\"data\":");
        list(answers, (b'{', b'}'), &mut out, |(root, answer), out| {
            out.extend_from_slice(&root.key);
            answer.write(&root.selection, out);
        });
        if is_of_the_past {
            // As `Asked::complete` says it.
            out.extend_from_slice(b",\"extensions\":{\"asOf\":{\"clientCache\":\"BYPASS\"}}");
        }
        out.push(b'}');
        Some(Written { text: out, validity })
    }

    /// The arguments of a field; none where one is not what it must be.
    fn arguments(&self, root: &Root, given: &Variables, types: &Types) -> Option<Arguments> {
        let value = |name: &str| -> Option<Option<Value>> {
            let Some(value) = root.field.get_argument(name) else { return Some(None) };
            let value = value.node.clone().into_const_with(|name| self.variable(&name, given).ok_or(())).ok()?;
            Some(Some(value))
        };
        let (name, of) = PERSON;
        if value(name)?.is_some_and(|person| !types.has_known_fields_alone(of, &person)) {
            return None;
        }
        fn read<T: InputType>(value: Option<Value>) -> Option<T> {
            T::parse(value).ok()
        }
        Some(Arguments {
            community: read(value("community")?)?,
            audience: read(value("audience")?)?,
            person: read(value("person")?)?,
            at: read(value("at")?)?,
            scheme: read(value("scheme")?)?,
            include_no: read(value("includeNo")?)?,
            category: read(value("category")?)?,
            office: read(value("office")?)?,
            is_open: read(value("isOpen")?)?,
            home_visits: read(value("homeVisits")?)?,
            order_by: read(value("orderBy")?)?,
            first: read(value("first")?)?,
            after: read(value("after")?)?,
            last: read(value("last")?)?,
            before: read(value("before")?)?,
            as_of: read(value("asOf")?)?,
            as_of_position: read(value("asOfPosition")?)?,
            at_least: read(value("atLeast")?)?,
        })
    }

    fn variable(&self, name: &Name, given: &Variables) -> Option<Value> {
        let declared = self.definition.variable_definitions.iter().find(|of| of.node.name.node == *name)?;
        given.get(name).or_else(|| declared.node.default_value()).cloned()
    }
}

impl Root {
    fn tells(&self, arguments: &Arguments) -> Option<Tells> {
        if self.tells_position || self.tells_time && arguments.at.is_none() {
            return Some(Tells::Moment);
        }
        let by_hours = arguments.is_open.is_some() || arguments.order_by == Some(ServiceOrder::Nearest);
        let tells = if self.tells_hours || by_hours { Tells::Minute } else { Tells::Day };
        arguments.at.is_none().then_some(tells)
    }
}

/// For how long answers are what would be answered: those that tell something of the time, from the first time that they were
/// judged at.
fn validity(
    answers: &[(&Root, AvailableServiceConnection)],
    tells: Option<(Tells, DateTime<Utc>)>,
) -> Option<Validity> {
    // Each looked at the directory for itself: the earliest counts.
    let position = answers.iter().map(|(_, answer)| answer.position_seen()).min()?;
    let until = match tells {
        None => None,
        Some((Tells::Day, now)) => Some(county_midnight(county_date(now).succ_opt()?)),
        // Hours begin and end with minutes.
        Some((Tells::Minute, now)) => Some(now.duration_trunc(TimeDelta::minutes(1)).ok()? + TimeDelta::minutes(1)),
        Some((Tells::Moment, _)) => return None,
    };
    let places = answers.iter().map(|(_, answer)| answer.place()).collect();
    Some(Validity { position, places, until })
}

/// How many fields a selection asks for, each as often as it stands there.
fn count(document: &ExecutableDocument, set: &SelectionSet) -> usize {
    let of_item = |item: &Item| match item {
        Item::Field(field) => 1 + count(document, &field.node.selection_set.node),
        Item::InlineFragment(fragment) => count(document, &fragment.node.selection_set.node),
        Item::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            .map_or(0, |fragment| count(document, &fragment.node.selection_set.node)),
    };
    set.items.iter().map(|item| of_item(&item.node)).sum()
}
