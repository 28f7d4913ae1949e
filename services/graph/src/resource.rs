//! A resource of the directory.

use super::area::Area;
use super::enums::{Audience, CareDegree, Condition, Document, LocalHousehold, NotShown, ResourceKind, ResourceStatus};
use super::errors::Fault;
use super::organization::Organization;
use super::paging::{Page, Window, connection, open, seal};
use super::prepared::{self, Selected, Write};
use super::registration::Registration;
use super::scalars::{Date, Json, Position, Time};
use super::view::{read_model, token};
use super::words::{Cost, ResourceLicence, Schedule, cost, int, schedules};
use async_graphql::{Context, ID, MergedObject, Object, Result, SimpleObject};
use chassis::clock::county_date;
use chrono::{DateTime, Utc};
use directory::projection::{Brief, Details, Fate, Resolved, ResourceRecord, Shown, View};
use directory::segments;
use schema::ids::ResourceId;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

/// A resource, under the id by which it is known.
#[derive(Clone)]
pub struct Itself {
    view: View,
    shown: Arc<Shown>,
    redirected_from: Option<ResourceId>,
}

/// What a resource is, or was: all of it that does not tell one time from another.
#[derive(Clone)]
pub struct Described {
    view: View,
    shown: Arc<Shown>,
    details: Arc<Details>,
}

/// 服务资源: what the directory shows, put together from one or more registrations.
#[derive(Clone, MergedObject)]
pub struct Resource(Itself, Described);

/// The resource that a version was of.
pub struct Past {
    id: ResourceId,
}

/// What a resource was over a stretch of the log. It has no `id` of its own, so that a client that keeps objects by their ids does
/// not take it for the resource as it is now.
#[derive(MergedObject)]
pub struct PastResource(Past, Described);

impl Resource {
    fn new(view: &View, shown: &Arc<Shown>, details: &Arc<Details>, redirected_from: Option<ResourceId>) -> Resource {
        let known = Itself { view: view.clone(), shown: Arc::clone(shown), redirected_from };
        Resource(known, Described::of(view, shown, details))
    }

    /// What versions show, in their order.
    ///
    /// # Errors
    /// When one cannot be read.
    pub async fn all(view: &View, shown: Vec<Arc<Shown>>) -> Result<Vec<Resource>, Fault> {
        let details = details(view, &shown).await?;
        let each = shown.iter().zip(&details);
        Ok(each.map(|(shown, details)| Resource::new(view, shown, details, None)).collect())
    }

    /// What an id stands for, if anything.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn resolve(view: &View, id: ResourceId) -> Result<Option<Resource>, Fault> {
        let resolved = view.snapshot.resources.resolve(id, &view.snapshot.registrations, view.as_of);
        let Some(Resolved { record, redirected, .. }) = resolved else { return Ok(None) };
        let Some(shown) = record.version(view.as_of) else { return Ok(None) };
        let details = details(view, std::slice::from_ref(shown)).await?;
        Ok(details.first().map(|details| Resource::new(view, shown, details, redirected.then_some(id))))
    }

    /// Whether it is in the directory.
    pub fn is_shown(&self) -> bool {
        let known = &self.0;
        matches!(known.record().and_then(|record| record.fate(known.view.as_of)), Some(Fate::Shown))
    }

    /// Its id, as [`super::node::Node`] asks for it.
    pub async fn id(&self, ctx: &Context<'_>) -> Result<ID> {
        self.0.id(ctx).await
    }

    /// The same, as if asked for under its own id.
    pub fn into_itself(self) -> Resource {
        let Resource(known, described) = self;
        Resource(Itself { redirected_from: None, ..known }, described)
    }
}

impl prepared::Fields for Resource {
    const TYPE: &'static str = "Resource";

    fn field(name: &str, selected: &Selected<'_>) -> Option<Write<Resource>> {
        if let Some(write) = Itself::field(name, selected) {
            return Some(Box::new(move |resource, out| write(&resource.0, out)));
        }
        let write = Described::field(name, selected)?;
        Some(Box::new(move |resource, out| write(&resource.1, out)))
    }
}

impl PastResource {
    fn of(view: &View, shown: &Arc<Shown>, details: &Arc<Details>) -> PastResource {
        PastResource(Past { id: shown.resource.id }, Described::of(view, shown, details))
    }
}

/// The details of what versions show, in their order.
pub(crate) async fn details(view: &View, shown: &[Arc<Shown>]) -> Result<Vec<Arc<Details>>, Fault> {
    let stored = shown.iter().map(|shown| shown.details).collect();
    Ok(segments::read_all(&view.snapshot.segments, stored).await?)
}

impl Itself {
    fn record(&self) -> Option<&ResourceRecord> {
        self.view.snapshot.resources.record(self.shown.resource.id, self.view.as_of)
    }

    fn said(&self) -> &Brief {
        &self.shown.resource
    }
}

impl Described {
    fn of(view: &View, shown: &Arc<Shown>, details: &Arc<Details>) -> Described {
        Described { view: view.clone(), shown: Arc::clone(shown), details: Arc::clone(details) }
    }

    fn said(&self) -> &Brief {
        &self.shown.resource
    }
}

#[Object]
impl Past {
    /// The resource that it was a version of.
    async fn resource_id(&self) -> ID {
        ID(self.id.to_string())
    }
}

#[prepared::fields]
#[Object]
impl Itself {
    /// Its id: that of the earliest-registered of its registrations.
    async fn id(&self) -> ID {
        ID(self.said().id.to_string())
    }

    /// The id that was asked for, when it was another one that leads here.
    async fn redirected_from(&self) -> Option<ID> {
        self.redirected_from.map(|id| ID(id.to_string()))
    }

    /// What became of it, with its licence as it stands today. The fields of one that is no longer shown are the last that
    /// were.
    async fn status(&self, ctx: &Context<'_>) -> Result<ResourceStatus> {
        if self.view.snapshot.unread.of_resource(self.said(), self.view.as_of) {
            return Ok(ResourceStatus::Unknown);
        }
        let today = county_date(read_model(ctx)?.clock.now());
        Ok(match self.record().and_then(|record| record.fate(self.view.as_of)) {
            Some(Fate::Shown) | None if self.said().licence.has_lapsed(today) => ResourceStatus::Lapsed,
            Some(Fate::Shown) | None => ResourceStatus::Shown,
            Some(Fate::Absorbed { .. }) => ResourceStatus::Absorbed,
            Some(Fate::Withdrawn { .. }) => ResourceStatus::Withdrawn,
        })
    }

    /// Everything that became of it, the newest first.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn versions(&self, ctx: &Context<'_>) -> Result<Vec<ResourceVersion>> {
        let Some(record) = self.record() else { return Ok(Vec::new()) };
        let seen: Vec<(schema::Position, Fate, DateTime<Utc>)> = record.fates(self.view.as_of).collect();
        let shown: Vec<Arc<Shown>> = seen.iter().filter_map(|(from, ..)| record.version_from(*from).cloned()).collect();
        let details = details(&self.view, &shown).await.map_err(|fault| fault.of(ctx))?;
        let past: HashMap<_, _> =
            shown.iter().zip(&details).map(|(shown, details)| (shown.from, (shown, details))).collect();
        let until = seen.iter().skip(1).map(|(next, ..)| Some(*next)).chain([None]);
        let mut versions = Vec::with_capacity(seen.len());
        for ((from, fate, at), to) in seen.iter().zip(until) {
            versions.push(ResourceVersion {
                from: token(ctx, *from)?,
                to: to.map(|to| token(ctx, to)).transpose()?,
                at: Time(*at),
                status: match fate {
                    Fate::Shown => ResourceStatus::Shown,
                    Fate::Absorbed { .. } => ResourceStatus::Absorbed,
                    Fate::Withdrawn { .. } => ResourceStatus::Withdrawn,
                },
                into: match fate {
                    Fate::Absorbed { into } => Some(ID(into.to_string())),
                    Fate::Shown | Fate::Withdrawn { .. } => None,
                },
                reason: match fate {
                    Fate::Withdrawn { reason } => Some((*reason).into()),
                    Fate::Shown | Fate::Absorbed { .. } => None,
                },
                resource: past.get(from).map(|(shown, details)| PastResource::of(&self.view, shown, details)),
            });
        }
        versions.reverse();
        Ok(versions)
    }

    /// What else its provider offers in the same village, community or town: each service is a resource of its own, by
    /// category, name and id.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn same_provider(&self, ctx: &Context<'_>) -> Result<Vec<Resource>> {
        let others = self.view.snapshot.resources.alongside(self.said(), self.view.as_of);
        let others = others.into_iter().cloned().collect();
        Resource::all(&self.view, others).await.map_err(|fault| fault.of(ctx))
    }

    /// When it was first shown.
    async fn published_at(&self) -> Time {
        let first = self.record().and_then(ResourceRecord::first_shown);
        Time(first.map_or(self.shown.at, |first| first.at))
    }

    /// When it was last changed or went out of sight.
    async fn changed_at(&self) -> Time {
        let last = self.record().and_then(|record| record.changed_at(self.view.as_of));
        Time(last.unwrap_or(self.shown.at))
    }
}

#[prepared::fields]
#[Object]
impl Described {
    /// What sort of thing it is.
    async fn kind(&self) -> ResourceKind {
        self.details.kind.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.said().name
    }

    /// Its category in the county's words, e.g. 助餐.
    async fn category(&self) -> &str {
        &self.said().category
    }

    /// Who provides it.
    async fn provider(&self) -> Organization {
        Organization::of(&self.shown.resource)
    }

    /// The number to call, in E.164.
    async fn phone(&self) -> Option<&str> {
        self.details.phones.first().map(schema::Phone::as_str)
    }

    /// All numbers to call, the most useful first, in E.164.
    async fn phones(&self) -> Vec<&str> {
        self.details.phones.iter().map(schema::Phone::as_str).collect()
    }

    /// Where to go, as written.
    async fn address(&self) -> Option<&str> {
        self.details.address.as_deref()
    }

    /// The village, community or town where it is.
    async fn area(&self) -> Area {
        Area::declared(&self.view, self.said().area)
    }

    /// The divisions that it serves, each with everything inside it. Empty: the office did not say.
    async fn coverage(&self) -> Vec<Area> {
        self.said().coverage.iter().map(|code| Area::declared(&self.view, *code)).collect()
    }

    /// The groups it is for; belonging to one is enough. Empty: the office did not say.
    async fn audiences(&self) -> Vec<Audience> {
        self.said().eligibility.audiences.iter().map(|audience| (*audience).into()).collect()
    }

    /// The youngest age that is served, in full years; none is no bound.
    async fn minimum_age(&self) -> Option<i32> {
        self.said().eligibility.minimum_age.map(i32::from)
    }

    /// The oldest age that is served, in full years; none is no bound.
    async fn maximum_age(&self) -> Option<i32> {
        self.said().eligibility.maximum_age.map(i32::from)
    }

    /// The youngest age in full months, where its office counts in months.
    async fn minimum_age_months(&self) -> Option<i32> {
        self.said().eligibility.minimum_months.map(i32::from)
    }

    /// The oldest age in full months, where its office counts in months.
    async fn maximum_age_months(&self) -> Option<i32> {
        self.said().eligibility.maximum_months.map(i32::from)
    }

    /// 失能等级: the degrees in which `CARE_DEPENDENT` is meant; empty is any.
    async fn care_degrees(&self) -> Vec<CareDegree> {
        self.said().eligibility.care_degrees.iter().map(|degree| (*degree).into()).collect()
    }

    /// 残疾等级: the grades in which being disabled is meant, 1 the severest; empty is any.
    async fn disability_grades(&self) -> Vec<i32> {
        self.said().eligibility.disability_grades.iter().map(|grade| i32::from(grade.number())).collect()
    }

    /// 户籍要求: where the household must be registered; null when the office does not ask.
    async fn local_household(&self) -> Option<LocalHousehold> {
        self.said().eligibility.local_household.map(Into::into)
    }

    /// The first day on which it is offered to anybody; null when the office gave none.
    async fn valid_from(&self) -> Option<Date> {
        self.said().eligibility.valid_from.map(Date)
    }

    /// The last day on which it is offered; null when the office gave none.
    async fn valid_until(&self) -> Option<Date> {
        self.said().eligibility.valid_until.map(Date)
    }

    /// Circumstances of which one must hold; empty asks for none.
    async fn conditions(&self) -> Vec<Condition> {
        self.said().eligibility.conditions.iter().map(|condition| (*condition).into()).collect()
    }

    /// The office's own words on whom it is for, where they say more than the fields.
    async fn eligibility_note(&self) -> Option<&str> {
        self.said().eligibility.note.as_deref()
    }

    /// When it is open, in the office's own words.
    async fn hours(&self) -> Option<String> {
        Some(self.details.hours.clone()).filter(|text| !text.is_empty())
    }

    /// When it is open, as rules. Empty: not known.
    async fn schedules(&self) -> Vec<Schedule> {
        schedules(self.shown.opening.schedules())
    }

    /// Whether it is open; null when that is not known, as where its hours go by holidays and no calendar of the year is known.
    async fn is_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At this time; now when not said.")] at: Option<Time>,
    ) -> Result<Option<bool>> {
        let at = at.map_or(read_model(ctx)?.clock.now(), |at| at.0);
        Ok(self.view.is_open(&self.shown, at))
    }

    /// What it costs, in words.
    async fn fees(&self) -> Option<&str> {
        self.details.fees.as_deref()
    }

    /// What it costs, where those words say it clearly: nothing, or one price for one unit. Null where they say more, or less.
    async fn cost(&self) -> Option<Cost> {
        self.details.fees.as_deref().and_then(cost)
    }

    /// All places that it has for the public, free or not: beds, places, meals a day, elders who can be paired.
    async fn capacity(&self) -> Option<i32> {
        self.details.capacity.map(int)
    }

    /// How many of its places were free on the day `vacancyAsOf`, as was last said; 0 is full. Not known any more after `vacancyUntil`. Null when
    /// nobody said.
    async fn vacancy(&self) -> Option<i32> {
        self.said().vacancy.map(|vacancy| int(vacancy.free))
    }

    /// The day of which it was last said how many places are free; null when it never was.
    async fn vacancy_as_of(&self) -> Option<Date> {
        self.said().vacancy.map(|vacancy| Date(vacancy.as_of))
    }

    /// The last day on which `vacancy` is believed, 31 days after its own: verdicts call it unknown from then on.
    async fn vacancy_until(&self) -> Option<Date> {
        self.said().vacancy.and_then(|vacancy| vacancy.until()).map(Date)
    }

    /// What a person must bring, all of it; what else the office asks for stands in its words. Empty: not said, or nothing.
    async fn documents(&self) -> Vec<Document> {
        self.said().documents.kinds.iter().map(|kind| (*kind).into()).collect()
    }

    /// The office's own words on what to bring, where they say more than `documents`.
    async fn documents_note(&self) -> Option<&str> {
        self.said().documents.note.as_deref()
    }

    /// Whether it comes to the home; null when not said.
    async fn home_visits(&self) -> Option<bool> {
        self.said().home_visits
    }

    /// The licence that it needs, as it stands today.
    async fn licence(&self, ctx: &Context<'_>) -> Result<ResourceLicence> {
        Ok(ResourceLicence::on(&self.said().licence, county_date(read_model(ctx)?.clock.now())))
    }

    /// The registrations in force that stand behind it, in the order in which they were registered; of a past version, those
    /// that the caller still knows of.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn sources(&self, ctx: &Context<'_>) -> Vec<Registration> {
        let sources = self.said().sources.iter();
        sources.filter_map(|member| Registration::find(ctx, &self.view, member.registration)).collect()
    }

    /// 取值依据: field by field, which registration's value is shown and why.
    #[graphql(complexity = "15 * child_complexity + 1")]
    async fn provenance(&self, ctx: &Context<'_>) -> Result<Vec<FieldProvenance>> {
        let provenance = self.details.provenance(&self.said().sources);
        let provenance = provenance.map_err(|damaged| Fault::from(damaged).of(ctx))?;
        let field = |field| FieldProvenance { view: self.view.clone(), field };
        Ok(provenance.into_iter().map(field).collect())
    }
}

/// Why one field of a resource has its value.
pub struct FieldProvenance {
    view: View,
    field: schema::resource::FieldProvenance,
}

/// Why one field of a resource has its value.
#[Object]
impl FieldProvenance {
    /// The field, in `snake_case` as in the published event.
    async fn field(&self) -> &str {
        self.field.field.code()
    }

    /// The registration whose value is shown; none when it was put together from several, or when the caller knows no
    /// longer of it.
    async fn winner(&self, ctx: &Context<'_>) -> Option<Registration> {
        Registration::find(ctx, &self.view, self.field.winner?)
    }

    /// The rule that chose it, e.g. `most_recent`, `authority_of_clinic`, `union`, `only_value`, `agreed`.
    async fn rule(&self) -> &str {
        self.field.rule.code()
    }

    /// How many more said something else than `losing` lists.
    async fn more_losing(&self) -> i32 {
        int(self.field.more_losing)
    }

    /// What others said and is not shown.
    async fn losing(&self, ctx: &Context<'_>) -> Vec<LosingValue> {
        let losing = self.field.losing.iter();
        losing
            .filter_map(|losing| {
                let registration = Registration::find(ctx, &self.view, losing.registration)?;
                Some(LosingValue { registration, value: Json(losing.value.clone()) })
            })
            .collect()
    }
}

/// A value that is not shown.
#[derive(SimpleObject)]
pub struct LosingValue {
    /// Whose it is.
    pub registration: Registration,
    /// The value, as the field would have shown it.
    pub value: Json,
}

/// A resource over a stretch of the log.
#[derive(SimpleObject)]
pub struct ResourceVersion {
    /// From this position on.
    pub from: Position,
    /// Up to, and without, this one; none for the last.
    pub to: Option<Position>,
    /// When it was recorded.
    pub at: Time,
    /// What became of it.
    pub status: ResourceStatus,
    /// What absorbed it.
    pub into: Option<ID>,
    /// Why it was withdrawn.
    pub reason: Option<NotShown>,
    /// What was shown, if it was.
    pub resource: Option<PastResource>,
}

connection! {
    /// Resources, by category, name and id, each by code point.
    ResourceConnection,
    /// A resource in a list.
    ResourceEdge,
    Resource
}

/// Where a resource stands in the usual order.
pub type Key = (String, String, ResourceId);

/// The cursor of a version.
pub fn cursor(shown: &Shown) -> String {
    let resource = &shown.resource;
    seal(&[&resource.category, &resource.name, &resource.id.to_string()])
}

/// How a version stands to a key in the usual order.
pub fn place(shown: &Shown, (category, name, id): &Key) -> Ordering {
    let resource = &shown.resource;
    (&*resource.category, &*resource.name, resource.id).cmp(&(category.as_str(), name.as_str(), *id))
}

/// The key of a cursor.
pub fn key(cursor: &str) -> Result<Key, Fault> {
    let [category, name, id] = open::<3>(cursor)?;
    Ok((category, name, id.parse().map_err(|_| Fault::BadCursor)?))
}

/// A page of versions that come in the usual order.
pub async fn page(view: &View, versions: Vec<&Arc<Shown>>, window: Window) -> Result<ResourceConnection, Fault> {
    let window = window.read(|cursor| key(&cursor))?;
    let page = Page::of(versions, |shown| cursor(shown), &window, |shown, key| place(shown, key))?;
    let shown = page.items.iter().map(|(_, shown)| Arc::clone(shown)).collect();
    let resources = Resource::all(view, shown).await?;
    Ok(ResourceConnection(page.of_items(resources)))
}
