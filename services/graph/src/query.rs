//! The questions that can be asked.

use super::area::{self, Area, AreaConnection};
use super::asking::Asking;
use super::available::{Arguments, AvailableServiceConnection, Wants};
use super::changes::{self, ChangeConnection, ChangeFeed};
use super::codes::{self, Code, FindingCode, ReasonCode};
use super::counters::Counters;
use super::coverage::{self, Coverage};
use super::enums::{
    AreaLevel, Audience, ChangeKind, DeciderKind, MergeStatus, Office, RegistrationStatus, Scheme, ServiceOrder,
};
use super::errors::Fault;
use super::hand_in::{self, HandIn, HandInConnection};
use super::merge::{self, Merge, MergeConnection};
use super::node::Node;
use super::organization::Organization;
use super::paging::{Window, cost, how_many, is_counted, page_cost};
use super::person::PersonInput;
use super::place::{self, of_today, within};
use super::registration::{self, Registration, RegistrationConnection};
use super::resource::{self, Resource, ResourceConnection};
use super::scalars::{AreaCode, Position, Time};
use super::search::{self, SearchKind, SearchResults};
use super::sight::{caller, check_in_sight, office_in_sight, refused, sight};
use super::subscription;
use super::view::{is_held, mark_the_past, read_model, token, view};
use async_graphql::{Context, ID, Object, Result};
use directory::projection::{self, View};
use directory::scopes::Reads;
use schema::ids::{HandInId, MergeId, RegistrationId, ResourceId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that can be asked. Each question can be asked of the present or of a past moment, and can wait for a
/// write to show. Lists are Relay connections.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query;

/// Everything that can be asked. Each question can be asked of the present or of a past moment, and can wait for a
/// write to show. Lists are Relay connections.
///
/// What is asked `asOf` a past moment has the ids that it has in the present, so a client that keeps objects by their ids would
/// take the one for the other. Such an answer says `extensions.asOf.clientCache: BYPASS`: ask it past the cache (Apollo: `fetchPolicy:
/// no-cache`; Relay: an environment of its own; urql: the cache exchange of documents alone). Past versions of a resource are a type
/// without an id, and may be kept.
#[Object]
impl Query {
    /// What services are available in this community to those who ask, and why. Listed are those of verdict `YES` and
    /// `UNKNOWN`.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn available_services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The village or community; of a town or county, what serves the whole of it.")]
        community: AreaCode,
        #[graphql(
            desc = "Whom the services are to be for; elders in general when no person is given.",
            default_with = "Some(Audience::Elders)"
        )]
        audience: Option<Audience>,
        #[graphql(desc = "What is known of the person.")] person: Option<PersonInput>,
        #[graphql(desc = "When it is to be so: hours and licences are judged at this time. Now when not said.")]
        at: Option<Time>,
        #[graphql(
            desc = "The list that the code of the community is of.",
            default_with = "Some(Scheme::Statistical2023)"
        )]
        scheme: Option<Scheme>,
        #[graphql(desc = "List what says no as well.", default_with = "Some(false)")] include_no: Option<bool>,
        #[graphql(desc = "Only of this category.")] category: Option<String>,
        #[graphql(desc = "Only what this office registered.")] office: Option<Office>,
        #[graphql(desc = "Only what is known to be open, or to be closed, at that time.")] is_open: Option<bool>,
        #[graphql(desc = "Only what is known to come to the home, or not to.")] home_visits: Option<bool>,
        #[graphql(desc = "In which order.", default_with = "Some(ServiceOrder::Category)")] order_by: Option<
            ServiceOrder,
        >,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor, in the same order.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<AvailableServiceConnection> {
        let asked = ctx.look_ahead();
        let asks = |name| asked.field(name).exists();
        let wants = Wants { services: asks("nodes") || asks("edges"), facets: asks("facets"), count: is_counted(ctx) };
        let arguments = Arguments {
            community,
            audience,
            person,
            at,
            scheme,
            include_no,
            category,
            office,
            is_open,
            home_visits,
            order_by,
            first,
            after,
            last,
            before,
            as_of,
            as_of_position,
            at_least,
        };
        mark_the_past(ctx, arguments.is_of_the_past());
        arguments.answer(&Asking::of(ctx)?, wants).await.map_err(|fault| fault.of(ctx))
    }

    /// Where services reach in a division and where none does, by category: for a group of the public in general, by the same
    /// rules as `availableServices`.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    #[graphql(complexity = "100 + child_complexity")]
    async fn coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The division: a town, a county, a city.")] area: AreaCode,
        #[graphql(desc = "Whom the services are to be for, in general.", default_with = "Some(Audience::Elders)")]
        audience: Option<Audience>,
        #[graphql(desc = "When it is to be so: licences are judged at this time. Now when not said.")] at: Option<Time>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Coverage> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::Within(area.0)).await?;
        let area = of_today(view.divisions(), area.0).map_err(|fault| fault.of(ctx))?;
        let at = at.map_or(read_model(ctx)?.clock.now(), |at| at.0);
        coverage::ask(view, area, audience.unwrap_or(Audience::Elders).into(), at).await
    }

    /// A resource by its id. The id of one that became part of another leads there; one that is no longer shown comes
    /// with its last fields and says so in `status`. Null when no such id was ever known.
    async fn resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id, or one that leads to it.")] id: ID,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Option<Resource>> {
        let id: Option<ResourceId> = id.parse().ok();
        let view = view(ctx, as_of, as_of_position, at_least, Reads::of(id.map(ResourceId::scope))).await?;
        let Some(id) = id else { return Ok(None) };
        let found = Resource::resolve(&view, id).await.map_err(|fault| fault.of(ctx))?;
        if found.is_none()
            && let Some(leads_to) = view.snapshot.resources.leads_to(id, view.as_of)
        {
            // It went to another county, and only that county's directory can say how it is now.
            Reads::One(leads_to.scope())
                .check(&view.snapshot, &view.snapshot.held)
                .map_err(|out_of_scope| Fault::OutOfScope(out_of_scope).of(ctx))?;
        }
        Ok(found)
    }

    /// A resource as another subgraph refers to it, by its id or one that leads to it.
    #[graphql(entity)]
    async fn resource_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Resource>> {
        let id: Option<ResourceId> = id.parse().ok();
        let view = view(ctx, None, None, None, Reads::of(id.map(ResourceId::scope))).await?;
        let Some(id) = id else { return Ok(None) };
        Resource::resolve(&view, id).await.map_err(|fault| fault.of(ctx))
    }

    /// A division as another subgraph refers to it, by its code of the declared list.
    #[graphql(entity)]
    async fn area_entity(&self, ctx: &Context<'_>, code: AreaCode) -> Result<Option<Area>> {
        let view = view(ctx, None, None, None, Reads::Division(code.0)).await?;
        Ok(Area::remembered(&view, schema::Scheme::default(), code.0))
    }

    /// An organization as another subgraph refers to it, by its id.
    #[graphql(entity)]
    async fn organization_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Organization>> {
        let view = view(ctx, None, None, None, Reads::Everything).await?;
        Ok(Node::organization(ctx, &view, &id))
    }

    /// A resource, a registration, a merge, a hand-in or an organization by its id; null when there is none that the caller knows of.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Option<Node>> {
        let known: Option<ResourceId> = id.parse().ok();
        let view = view(ctx, as_of, as_of_position, at_least, Reads::of(known.map(ResourceId::scope))).await?;
        Node::find(ctx, &view, &id).await
    }

    /// The same of several ids, in their order, all as of one moment; null in the place of each that is not known.
    #[graphql(complexity = "ids.len() * child_complexity + 1")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Their ids, at most 1000.")] ids: Vec<ID>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Vec<Option<Node>>> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::Everything).await?;
        check_ids(ctx, &view, &ids)?;
        let mut nodes = Vec::with_capacity(ids.len());
        for id in &ids {
            nodes.push(Node::find(ctx, &view, id).await?);
        }
        Ok(nodes)
    }

    /// Every resource in the directory, by category, name and id, each by code point.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn resources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these, by their ids or ids that lead to them; at most 1000.")] ids: Option<Vec<ID>>,
        #[graphql(desc = "Only those that are in this division.")] area: Option<AreaCode>,
        #[graphql(desc = "Only of this category.")] category: Option<String>,
        #[graphql(desc = "Only those whose name contains this.")] name: Option<String>,
        #[graphql(desc = "Only those behind which a registration of this office stands.")] office: Option<Office>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<ResourceConnection> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::list(area.map(|area| area.0))).await?;
        let area = within(&view, area).map_err(|fault| fault.of(ctx))?;
        let office: Option<schema::Office> = office.map(Into::into);
        let mut versions = match ids {
            Some(ids) => {
                check_ids(ctx, &view, &ids)?;
                let ids: BTreeSet<ResourceId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
                view.snapshot.resources.among(&ids, &view.snapshot.registrations, view.as_of)
            }
            None => view.snapshot.resources.iter(view.as_of),
        };
        versions.retain(|shown| {
            let resource = &shown.resource;
            area.map_or(is_held(&view, resource.id.scope()), |area| area.contains(resource.area))
                && category.as_ref().is_none_or(|category| **category == *resource.category)
                && name.as_ref().is_none_or(|name| resource.name.contains(name.as_str()))
                && office.is_none_or(|office| resource.sources.iter().any(|source| source.office == office))
        });
        let window = Window { first, after, last, before, is_counted: is_counted(ctx) };
        resource::page(&view, versions, window).await.map_err(|fault| fault.of(ctx))
    }

    /// A division by its code. A code that ended answers with its last name and what became of it: see `status`,
    /// `successors` and `changes`. Null when no list and no change ever had it.
    async fn area(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its code.")] code: AreaCode,
        #[graphql(desc = "The list that the code is of.", default_with = "Some(Scheme::Statistical2023)")]
        scheme: Option<Scheme>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Option<Area>> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::Division(code.0)).await?;
        Ok(Area::remembered(&view, scheme_or_declared(scheme), code.0))
    }

    /// Divisions by name, for a search: of those that match, all, in code order. A former name finds its division too.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn areas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A part of the name.")] name: Option<String>,
        #[graphql(desc = "Only of this level.")] level: Option<AreaLevel>,
        #[graphql(desc = "Only this division and those inside it.")] within: Option<AreaCode>,
        #[graphql(desc = "The list.", default_with = "Some(Scheme::Statistical2023)")] scheme: Option<Scheme>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<AreaConnection> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::Divisions).await?;
        let name = name.as_deref().map_or("", str::trim);
        let scheme = scheme_or_declared(scheme);
        let within = within.map(|code| of_today(view.divisions_of(scheme), code.0)).transpose();
        let within = within.map_err(|fault| fault.of(ctx))?;
        let found = view.divisions_of(scheme).named(name, level.map(Into::into), within);
        area::page(&view, scheme, found, Window { first, after, last, before, is_counted: is_counted(ctx) })
            .map_err(|fault| fault.of(ctx))
    }

    /// What somebody typed, found: a place however it is written (`抚宁镇大李官营村`, `daliguanying`, `dlgy`, another character of the
    /// same sound, a former name or one that people use), a need (吃饭), a service, an organization, a telephone number. Of the present, and
    /// of what the directory shows to everyone.
    #[graphql(complexity = "cost(first, child_complexity) + 20")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What somebody typed, at most 100 characters.")] text: String,
        #[graphql(desc = "Only in this division.")] within: Option<AreaCode>,
        #[graphql(desc = "Of what fits equally, what is nearest to this division first.")] near: Option<AreaCode>,
        #[graphql(desc = "Only of these sorts.")] kinds: Option<Vec<SearchKind>>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<SearchResults> {
        let view = view(ctx, None, None, at_least, Reads::list(within.map(|area| area.0))).await?;
        let refuse = |fault: Fault| fault.of(ctx);
        let question = search::Question {
            text,
            within: place::within(&view, within).map_err(refuse)?,
            near: place::within(&view, near).map_err(refuse)?,
            kinds: kinds.unwrap_or_default(),
            most: how_many(first).map_err(refuse)?,
        };
        search::ask(view, Arc::clone(read_model(ctx)?), question).await.map_err(refuse)
    }

    /// What the offices handed in, in the order in which it was registered. For stewards, planners, partner departments
    /// and admins; a clerk sees those of their own office.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this office.")] office: Option<Office>,
        #[graphql(desc = "Only of this status.")] status: Option<RegistrationStatus>,
        #[graphql(desc = "Only those in this division.")] area: Option<AreaCode>,
        #[graphql(desc = "Only those whose name contains this.")] name: Option<String>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<RegistrationConnection> {
        let office = office_in_sight(ctx, office.map(Into::into))?;
        let view = view(ctx, as_of, as_of_position, at_least, Reads::list(area.map(|area| area.0))).await?;
        let area = within(&view, area).map_err(|fault| fault.of(ctx))?;
        check_in_sight(ctx, area)?;
        let filter = registration::Filter { sight: sight(ctx), office, status, area, name };
        registration::page(
            &view,
            read_model(ctx)?.log,
            &filter,
            Window { first, after, last, before, is_counted: is_counted(ctx) },
        )
        .map_err(|fault| fault.of(ctx))
    }

    /// A registration by its id; null when there is none that the caller knows of. What is suspended, withdrawn or withheld
    /// is known to those who list it with `registrations`.
    async fn registration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Option<Registration>> {
        let id: Option<RegistrationId> = id.parse().ok();
        let view = view(ctx, as_of, as_of_position, at_least, Reads::of(id.map(RegistrationId::scope))).await?;
        Ok(id.and_then(|id| Registration::find(ctx, &view, id)))
    }

    /// 归并记录查询: what the centre proposed, merged, refused and undid, and on what grounds; the newest first. For
    /// stewards, planners, partner departments and admins; a clerk sees merges of their own office's registrations.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn merge_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only merges of which one registration is in this division.")] area: Option<AreaCode>,
        #[graphql(desc = "Only merges of which one registration is of this office.")] office: Option<Office>,
        #[graphql(desc = "Only what this account, or this rule, decided or undid.")] actor: Option<String>,
        #[graphql(desc = "Only what was decided by rule, or by a steward.")] kind: Option<DeciderKind>,
        #[graphql(desc = "Only of this status.")] status: Option<MergeStatus>,
        #[graphql(desc = "Only merges of which one is this registration.")] registration: Option<ID>,
        #[graphql(desc = "Only what was decided or undone at this time or later.")] from: Option<Time>,
        #[graphql(desc = "Only what was decided or undone before this time.")] to: Option<Time>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<MergeConnection> {
        let office = office_in_sight(ctx, office.map(Into::into))?;
        // An id that is none can be no registration's.
        let registration: Option<RegistrationId> = registration.map(|id| id.parse().unwrap_or(NO_REGISTRATION));
        let reads = match (area, registration) {
            (None, Some(registration)) if registration != NO_REGISTRATION => Reads::One(registration.scope()),
            (area, _) => Reads::list(area.map(|area| area.0)),
        };
        let view = view(ctx, as_of, as_of_position, at_least, reads).await?;
        let area = within(&view, area).map_err(|fault| fault.of(ctx))?;
        check_in_sight(ctx, area)?;
        let filter = merge::Filter {
            sight: sight(ctx),
            area,
            office,
            actor,
            kind,
            status: status.map(Into::into),
            registration,
            from: from.map(|from| from.0),
            to: to.map(|to| to.0),
        };
        merge::page(
            &view,
            read_model(ctx)?.log,
            &filter,
            Window { first, after, last, before, is_counted: is_counted(ctx) },
        )
        .map_err(|fault| fault.of(ctx))
    }

    /// A merge by its id; null when there is none. For the same as `mergeHistory`.
    async fn merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Option<Merge>> {
        let sight = sight(ctx);
        if sight.is_nothing() {
            return Err(refused(ctx));
        }
        let id: Option<MergeId> = id.parse().ok();
        let view = view(ctx, as_of, as_of_position, at_least, Reads::of(id.map(MergeId::scope))).await?;
        let found = id.and_then(|id| view.snapshot.merges.get(id, view.as_of));
        match found {
            Some(merge) if !sight.reaches_merge(&view, merge) => Err(refused(ctx)),
            found => Ok(found.and_then(|merge| Merge::of(&view, merge))),
        }
    }

    /// The files that were handed in, the newest first. For stewards, planners, partner departments and admins; a clerk
    /// sees those of their own office.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn hand_ins(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this office.")] office: Option<Office>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<HandInConnection> {
        let office = office_in_sight(ctx, office.map(Into::into))?;
        let view = view(ctx, as_of, as_of_position, at_least, Reads::Everything).await?;
        let (sight, caller) = (sight(ctx), caller(ctx));
        let is_seen = |hand_in: &projection::HandIn| {
            office.is_none_or(|office| hand_in.received.office == office) && sight.reaches_hand_in(hand_in, caller)
        };
        hand_in::page(
            &view,
            read_model(ctx)?.log,
            is_seen,
            Window { first, after, last, before, is_counted: is_counted(ctx) },
        )
        .map_err(|fault| fault.of(ctx))
    }

    /// A file that was handed in, by its id; null when there is none. For the same as `handIns`.
    async fn hand_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Option<HandIn>> {
        let sight = sight(ctx);
        if sight.is_nothing() {
            return Err(refused(ctx));
        }
        let id: Option<HandInId> = id.parse().ok();
        let view = view(ctx, as_of, as_of_position, at_least, Reads::of(id.map(HandInId::scope))).await?;
        let Some(hand_in) = id.and_then(|id| view.snapshot.hand_ins.get(id, view.as_of)) else {
            return Ok(None);
        };
        if !sight.reaches_hand_in(hand_in, caller(ctx)) {
            return Err(refused(ctx));
        }
        Ok(Some(HandIn::of(&view, hand_in)))
    }

    /// What happened of late that the caller knows of (see `Change`), the newest first. Go on live with the subscription
    /// `directoryChanges`, behind the cursor of the first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn recent_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what is there, inside it, or serves it.")] area: Option<AreaCode>,
        #[graphql(desc = "Only changes of these kinds.")] kinds: Option<Vec<ChangeKind>>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<ChangeConnection> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::list(area.map(|area| area.0))).await?;
        let area = within(&view, area).map_err(|fault| fault.of(ctx))?;
        let filter = changes::Filter { sight: sight(ctx), area, kinds };
        changes::page(
            &view,
            read_model(ctx)?.log,
            &filter,
            Window { first, after, last, before, is_counted: is_counted(ctx) },
        )
        .map_err(|fault| fault.of(ctx))
    }

    /// Everything that happened that the caller knows of (see `Change`), the oldest first, for who keeps a copy. Begin without
    /// `after`, which is the beginning of the log; keep what `resource` is now of each change, and drop what is withdrawn, absorbed
    /// or retracted; go on behind `endCursor` until `caughtUp`, then ask again later, or follow `directoryChanges` behind it.
    /// Nothing is lost and nothing comes twice.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what is there, inside it, or serves it.")] area: Option<AreaCode>,
        #[graphql(desc = "Only changes of these kinds.")] kinds: Option<Vec<ChangeKind>>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor; from the beginning when not said.")] after: Option<String>,
    ) -> Result<ChangeFeed> {
        let after = subscription::start(ctx, after).await?;
        let view = view(ctx, None, None, None, Reads::list(area.map(|area| area.0))).await?;
        let area = within(&view, area).map_err(|fault| fault.of(ctx))?;
        let filter = changes::Filter { sight: sight(ctx), area, kinds };
        changes::feed(&view, read_model(ctx)?.log, &filter, first, after).map_err(|fault| fault.of(ctx))
    }

    /// The categories of services: those that the catalogue of basic elder services and its neighbours name, and those that are in
    /// the directory besides.
    #[graphql(complexity = "100 + child_complexity")]
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Vec<Code>> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::Everything).await?;
        Ok(codes::categories(&view))
    }

    /// What a question can be refused for: the codes of `extensions.code` of an error.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn error_codes(&self) -> Vec<Code> {
        codes::errors()
    }

    /// Why a verdict is what it is: the codes of `Reason.code`, those for yes first, then for unknown, then for no.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn reason_codes(&self) -> Vec<ReasonCode> {
        codes::reasons()
    }

    /// What may be found in a file that is handed in: the codes of `Finding.code`.
    #[graphql(complexity = "100 * child_complexity + 1")]
    async fn finding_codes(&self) -> Vec<FindingCode> {
        codes::findings()
    }

    /// How many there are of everything.
    async fn counters(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Counters> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::Everything).await?;
        let counted = view.counters().map_err(|damaged| Fault::from(damaged).of(ctx))?;
        Ok(Counters::of(&counted, token(ctx, view.position())?, token(ctx, counted.through)?))
    }

    /// How far the directory has got: what it answers holds everything up to here.
    async fn position(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "As it was known at this time: every event recorded until then, and none after it. See `Query`."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "As it was known just after this position.")] as_of_position: Option<Position>,
        #[graphql(desc = "Wait until the directory and the centre have acted on everything up to this position.")]
        at_least: Option<Position>,
    ) -> Result<Position> {
        let view = view(ctx, as_of, as_of_position, at_least, Reads::Everything).await?;
        token(ctx, view.position())
    }
}

/// Refuses more ids than can be asked for at once, and those of what another directory holds.
fn check_ids(ctx: &Context<'_>, view: &View, ids: &[ID]) -> Result<()> {
    how_many(i32::try_from(ids.len()).ok().or(Some(i32::MAX))).map_err(|fault| fault.of(ctx))?;
    for scope in ids.iter().filter_map(|id| id.parse().ok().map(ResourceId::scope)) {
        let held = Reads::One(scope).check(&view.snapshot, &view.snapshot.held);
        held.map_err(|out_of_scope| Fault::OutOfScope(out_of_scope).of(ctx))?;
    }
    Ok(())
}

/// The id of no registration.
const NO_REGISTRATION: schema::RegistrationId = schema::RegistrationId(uuid::Uuid::nil());

/// The list that a question names, or the declared one.
fn scheme_or_declared(scheme: Option<Scheme>) -> schema::Scheme {
    scheme.map_or_else(schema::Scheme::default, Into::into)
}
