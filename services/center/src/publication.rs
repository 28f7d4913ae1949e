//! From what the groups come to, to what has to be published. Pure: what stands published is a fold of the `resource-`
//! streams, what should stand is a function of the groups, and the difference is the events.

use crate::survivorship::{self, Outcome};
use offers::Registered;
use schema::resource::{NotShown, Resource, ResourceAbsorbed, ResourceEvent, ResourceShown, ResourceWithdrawn};
use schema::{EncodeError, ResourceId};
use std::hash::{DefaultHasher, Hasher};

/// What is, or is to be, under one resource id.
#[derive(Clone, Debug, PartialEq)]
pub enum Published {
    /// It is shown.
    Shown(Box<Resource>),
    /// It became part of another.
    Absorbed(ResourceId),
    /// It is not shown: why not.
    Withdrawn(NotShown),
}

impl Published {
    /// What stands after an event.
    pub fn after(event: &ResourceEvent) -> Published {
        match event {
            ResourceEvent::ResourcePublished(shown)
            | ResourceEvent::ResourceRevised(shown)
            | ResourceEvent::ResourceRestored(shown) => Published::Shown(Box::new(shown.resource.clone())),
            ResourceEvent::ResourceAbsorbed(absorbed) => Published::Absorbed(absorbed.into),
            ResourceEvent::ResourceWithdrawn(withdrawn) => Published::Withdrawn(withdrawn.reason),
        }
    }
}

/// What should stand under the id of every member of a group. Every registration's id says something: the head's shows
/// the group or why it is hidden, the others lead to it. What moved to another county leads there; the head's id only
/// when nobody else keeps the group in sight under it.
///
/// # Errors
/// When a value of the group cannot be written as it is.
pub fn desired(group: &[&Registered]) -> Result<Vec<(ResourceId, Published)>, EncodeError> {
    let (head, outcome) = (survivorship::head(group.iter().copied()), survivorship::outcome(group)?);
    let (Some(head), Some(outcome)) = (head, outcome) else { return Ok(Vec::new()) };
    let elsewhere = |member: &Registered| member.transferred_to().map(|to| Published::Absorbed(ResourceId::of(to)));
    let stands = match outcome {
        Outcome::Shown(resource) => Published::Shown(resource),
        Outcome::Hidden(reason) => group
            .iter()
            .filter(|member| member.transferred_to().is_some())
            .min_by_key(|member| (ResourceId::of(member.id) != head, member.seniority()))
            .and_then(|member| elsewhere(member))
            .unwrap_or(Published::Withdrawn(reason)),
    };
    let others = group.iter().filter(|member| ResourceId::of(member.id) != head);
    let lead =
        |member: &&Registered| (ResourceId::of(member.id), elsewhere(member).unwrap_or(Published::Absorbed(head)));
    Ok(std::iter::once((head, stands)).chain(others.map(lead)).collect())
}

/// What stands under one resource id, as far as it takes to tell whether something else should: of what is shown, a
/// digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// It is shown.
    Shown(Digest),
    /// It became part of another.
    Absorbed(ResourceId),
    /// It is not shown: why not.
    Withdrawn(NotShown),
}

impl Stands {
    /// What stands after an event.
    pub fn after(event: &ResourceEvent) -> Stands {
        match event {
            ResourceEvent::ResourcePublished(shown)
            | ResourceEvent::ResourceRevised(shown)
            | ResourceEvent::ResourceRestored(shown) => Stands::Shown(Digest::of(&shown.resource)),
            ResourceEvent::ResourceAbsorbed(absorbed) => Stands::Absorbed(absorbed.into),
            ResourceEvent::ResourceWithdrawn(withdrawn) => Stands::Withdrawn(withdrawn.reason),
        }
    }

    fn of(published: &Published) -> Stands {
        match published {
            Published::Shown(resource) => Stands::Shown(Digest::of(resource)),
            Published::Absorbed(into) => Stands::Absorbed(*into),
            Published::Withdrawn(reason) => Stands::Withdrawn(*reason),
        }
    }
}

/// Few resources take more.
const USUAL_BYTES: usize = 4096;

/// Of what a resource says as JSON: the same for two that say the same. For the memory of one process alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    fn of(resource: &Resource) -> Digest {
        let mut json = Vec::with_capacity(USUAL_BYTES);
        // Nothing fails here. What JSON cannot say is refused where it is to be written.
        let _ = serde_json::to_writer(&mut json, resource);
        let mut hasher = DefaultHasher::new();
        hasher.write(&json);
        Digest(hasher.finish())
    }
}

/// The event that leads from what stands to what should; none when they are equal.
pub fn difference(id: ResourceId, stands: Option<&Stands>, should: Published) -> Option<ResourceEvent> {
    if stands == Some(&Stands::of(&should)) {
        return None;
    }
    Some(match should {
        Published::Shown(resource) => {
            let shown = ResourceShown { resource: *resource };
            match stands {
                None => ResourceEvent::ResourcePublished(shown),
                Some(Stands::Shown(_)) => ResourceEvent::ResourceRevised(shown),
                Some(Stands::Absorbed(_) | Stands::Withdrawn(_)) => ResourceEvent::ResourceRestored(shown),
            }
        }
        Published::Absorbed(into) => ResourceEvent::ResourceAbsorbed(ResourceAbsorbed { id, into }),
        Published::Withdrawn(reason) => ResourceEvent::ResourceWithdrawn(ResourceWithdrawn { id, reason }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use offers::Standing;

    fn of(number: u128) -> ResourceId {
        ResourceId::of(samples::id(number))
    }

    fn in_force(number: u128) -> Registered {
        samples::read_merchant(number, i64::try_from(number).unwrap(), samples::merchant("老年食堂"))
    }

    fn withdrawn(number: u128) -> Registered {
        Registered { standing: Standing::Withdrawn { reason: "停业".into() }, ..in_force(number) }
    }

    fn moved(number: u128, to: u128) -> Registered {
        Registered { standing: Standing::MovedOut { to: samples::id(to) }, ..in_force(number) }
    }

    /// What stands under the ids of a group: where each leads, none where something is shown or withdrawn.
    fn leads(group: &[Registered]) -> Vec<(ResourceId, Option<ResourceId>)> {
        let group: Vec<&Registered> = group.iter().collect();
        let lead = |published| match published {
            Published::Absorbed(into) => Some(into),
            Published::Shown(_) | Published::Withdrawn(_) => None,
        };
        desired(&group).unwrap().into_iter().map(|(id, published)| (id, lead(published))).collect()
    }

    #[test]
    fn what_moved_to_another_county_leads_there() {
        assert_eq!(leads(&[moved(1, 101)]), [(of(1), Some(of(101)))]);
        assert_eq!(leads(&[withdrawn(1)]), [(of(1), None)]);
    }

    #[test]
    fn the_others_keep_their_resource_under_the_id_that_it_had() {
        assert_eq!(leads(&[moved(1, 101), in_force(2)]), [(of(1), None), (of(2), Some(of(1)))]);
        assert_eq!(leads(&[in_force(1), moved(2, 102)]), [(of(1), None), (of(2), Some(of(102)))]);
    }

    #[test]
    fn a_group_that_nobody_keeps_in_sight_leads_to_where_one_of_it_went() {
        assert_eq!(leads(&[withdrawn(1), moved(2, 102)]), [(of(1), Some(of(102))), (of(2), Some(of(102)))]);
        let both = [moved(1, 101), moved(2, 102)];
        assert_eq!(leads(&both), [(of(1), Some(of(101))), (of(2), Some(of(102)))]);
    }
}
