//! Whatever has an id of its own, found by that alone: for clients that keep objects by their ids (Relay's `Node`).

use super::hand_in::HandIn;
use super::merge::Merge;
use super::organization::{Organization, Organizations};
use super::registration::Registration;
use super::resource::Resource;
use super::sight::{caller, sight};
use async_graphql::{Context, ID, Interface, Result};
use directory::projection::View;
use schema::ids::{HandInId, MergeId, OrganizationId, RegistrationId, ResourceId};

/// Whatever has an id of its own. Ids are told apart by what they derive from, so that no two things have one.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its id."))]
pub enum Node {
    /// A resource.
    Resource(Resource),
    /// A registration.
    Registration(Registration),
    /// A merge.
    Merge(Merge),
    /// A file that was handed in.
    HandIn(HandIn),
    /// Who provides resources.
    Organization(Organization),
}

impl Node {
    /// What an id stands for, if the caller knows of it. The id of a resource that became part of another leads to that.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn find(ctx: &Context<'_>, view: &View, id: &str) -> Result<Option<Node>> {
        if let Ok(id) = id.parse::<ResourceId>()
            && let Some(resource) = Resource::resolve(view, id).await.map_err(|fault| fault.of(ctx))?
        {
            return Ok(Some(Node::Resource(resource)));
        }
        Ok(Node::of_events(ctx, view, id))
    }

    fn of_events(ctx: &Context<'_>, view: &View, id: &str) -> Option<Node> {
        if let Some(found) = id.parse::<RegistrationId>().ok().and_then(|id| Registration::find(ctx, view, id)) {
            return Some(Node::Registration(found));
        }
        let sight = sight(ctx);
        let merge = id.parse::<MergeId>().ok().and_then(|id| view.snapshot.merges.get(id, view.as_of));
        if let Some(merge) = merge.filter(|merge| sight.reaches_merge(view, merge)) {
            return Merge::of(view, merge).map(Node::Merge);
        }
        let hand_in = id.parse::<HandInId>().ok().and_then(|id| view.snapshot.hand_ins.get(id, view.as_of));
        let hand_in = hand_in.filter(|hand_in| sight.reaches_hand_in(hand_in, caller(ctx)));
        if let Some(hand_in) = hand_in {
            return Some(Node::HandIn(HandIn::of(view, hand_in)));
        }
        Node::organization(ctx, view, id).map(Node::Organization)
    }

    /// The organization of an id.
    pub fn organization(ctx: &Context<'_>, view: &View, id: &str) -> Option<Organization> {
        let organizations = ctx.data_opt::<Organizations>()?;
        id.parse::<OrganizationId>().ok().and_then(|id| organizations.find(view, id))
    }
}
