//! Who provides resources.

use crate::prepared;
use async_graphql::{ID, Object};
use directory::projection::{AsOf, Brief, View};
use schema::Position;
use schema::ids::{OrganizationId, ResourceId};
use schema::resource::Provider;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Who provides a resource. What is known of it is what its resources say: the name is as this resource has it.
#[derive(Clone)]
pub struct Organization {
    resource: ResourceId,
    provider: Arc<Provider>,
}

impl Organization {
    /// The provider of a resource.
    pub fn of(resource: &Brief) -> Organization {
        Organization { resource: resource.id, provider: Arc::clone(&resource.provider) }
    }
}

/// Who provides a resource. What is known of it is what its resources say: the name is as this resource has it.
#[prepared::fields]
#[Object]
impl Organization {
    /// Its id: that of its credit code wherever it is, or without one that of its name in the county.
    pub async fn id(&self) -> ID {
        ID(OrganizationId::of(self.resource, &self.provider).to_string())
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.provider.name
    }

    /// Its unified social credit code, if known.
    async fn credit_code(&self) -> Option<&str> {
        self.provider.credit_code.as_deref()
    }
}

/// Which resource tells of each organization: the first by id of those that are shown.
type Index = BTreeMap<OrganizationId, ResourceId>;

/// Organizations by their ids, found when somebody first asks after a change and kept until the next: a graph of several services asks
/// for many at a time, and nothing else asks at all.
#[derive(Debug, Default)]
pub struct Organizations(Mutex<Option<(Position, Arc<Index>)>>);

impl Organizations {
    /// The organization of an id, if one that is shown has it.
    pub fn find(&self, view: &View, id: OrganizationId) -> Option<Organization> {
        let index = match view.as_of {
            AsOf::Latest => self.latest(view),
            AsOf::Through(_) | AsOf::BeforeAll => Arc::new(index(view)),
        };
        let record = view.snapshot.resources.record(*index.get(&id)?, view.as_of)?;
        Some(Organization::of(&record.version(view.as_of)?.resource))
    }

    fn latest(&self, view: &View) -> Arc<Index> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((position, index)) if *position == view.snapshot.position => Arc::clone(index),
            Some(_) | None => {
                let index = Arc::new(index(view));
                *kept = Some((view.snapshot.position, Arc::clone(&index)));
                index
            }
        }
    }
}

fn index(view: &View) -> Index {
    let mut index = Index::new();
    for shown in view.snapshot.resources.iter(view.as_of) {
        let resource = &shown.resource;
        let first = index.entry(OrganizationId::of(resource.id, &resource.provider)).or_insert(resource.id);
        *first = resource.id.min(*first);
    }
    index
}
