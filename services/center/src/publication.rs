//! From what the groups come to, to what has to be published. Pure: what stands published is a fold of the `resource-`
//! streams, what should stand is a function of the groups, and the difference is the events.

use crate::reading::Registered;
use crate::survivorship::{self, Outcome};
use schema::ResourceId;
use schema::resource::{Resource, ResourceAbsorbed, ResourceEvent, ResourceShown, ResourceWithdrawn};

/// What stands under one resource id.
#[derive(Clone, Debug, PartialEq)]
pub enum Published {
    /// It is shown.
    Shown(Box<Resource>),
    /// It became part of another.
    Absorbed(ResourceId),
    /// It is not shown: why not.
    Withdrawn(String),
}

impl Published {
    /// What stands after an event.
    pub fn after(event: &ResourceEvent) -> Published {
        match event {
            ResourceEvent::ResourcePublished(shown)
            | ResourceEvent::ResourceRevised(shown)
            | ResourceEvent::ResourceRestored(shown) => Published::Shown(Box::new(shown.resource.clone())),
            ResourceEvent::ResourceAbsorbed(absorbed) => Published::Absorbed(absorbed.into),
            ResourceEvent::ResourceWithdrawn(withdrawn) => Published::Withdrawn(withdrawn.reason.clone()),
        }
    }
}

/// What should stand under the id of every member of a group. Every registration's id says something: the head's shows
/// the group or why it is hidden, the others lead to it.
pub fn desired(group: &[&Registered]) -> Vec<(ResourceId, Published)> {
    let (Some(head), Some(outcome)) = (survivorship::head(group.iter().copied()), survivorship::outcome(group)) else {
        return Vec::new();
    };
    let stands = match outcome {
        Outcome::Shown(resource) => Published::Shown(resource),
        Outcome::Hidden(reason) => Published::Withdrawn(reason.to_owned()),
    };
    let mut desired = vec![(head, stands)];
    let others = group.iter().map(|member| ResourceId::of(member.id)).filter(|id| *id != head);
    desired.extend(others.map(|id| (id, Published::Absorbed(head))));
    desired
}

/// The event that leads from what stands to what should; none when they are equal.
pub fn difference(id: ResourceId, stands: Option<&Published>, should: &Published) -> Option<ResourceEvent> {
    if stands == Some(should) {
        return None;
    }
    Some(match should {
        Published::Shown(resource) => {
            let shown = ResourceShown { resource: (**resource).clone() };
            match stands {
                None => ResourceEvent::ResourcePublished(shown),
                Some(Published::Shown(_)) => ResourceEvent::ResourceRevised(shown),
                Some(Published::Absorbed(_) | Published::Withdrawn(_)) => ResourceEvent::ResourceRestored(shown),
            }
        }
        Published::Absorbed(into) => ResourceEvent::ResourceAbsorbed(ResourceAbsorbed { id, into: *into }),
        Published::Withdrawn(reason) => {
            ResourceEvent::ResourceWithdrawn(ResourceWithdrawn { id, reason: reason.clone() })
        }
    })
}
