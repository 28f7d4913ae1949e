//! Divisions.

use super::enums::{AreaLevel, Scheme};
use super::errors::Fault;
use super::paging::{Page, connection, cost};
use super::scalars::AreaCode;
use crate::projection::View;
use async_graphql::{Context, Object, Result, SimpleObject};
use schema::areas::AreaChanged;
use std::sync::Arc;

/// A division: province, city, county, town or village, as one list has it.
#[derive(Clone)]
pub struct Area {
    view: View,
    scheme: schema::Scheme,
    code: schema::AreaCode,
    known: Option<Arc<schema::areas::Area>>,
}

impl Area {
    /// The division of a code of the declared list, which is the one that registrations are kept in.
    pub fn declared(view: &View, code: schema::AreaCode) -> Area {
        Area::of(view, schema::Scheme::default(), code)
    }

    /// The division of a code, known or not.
    pub fn of(view: &View, scheme: schema::Scheme, code: schema::AreaCode) -> Area {
        let known = view.snapshot.areas.get(scheme, code, view.as_of).cloned();
        Area { view: view.clone(), scheme, code, known }
    }

    fn listed(view: &View, scheme: schema::Scheme, area: &Arc<schema::areas::Area>) -> Area {
        Area { view: view.clone(), scheme, code: area.code, known: Some(Arc::clone(area)) }
    }

    /// The division of a code, if the list has it.
    pub fn known(view: &View, scheme: schema::Scheme, code: schema::AreaCode) -> Option<Area> {
        Some(Area::of(view, scheme, code)).filter(|area| area.known.is_some())
    }
}

/// A division: province, city, county, town or village, as one list has it.
#[Object]
impl Area {
    /// Its code.
    async fn code(&self) -> AreaCode {
        AreaCode(self.code)
    }

    /// Its full name; the code itself where the list does not have it.
    async fn name(&self) -> String {
        self.known.as_ref().map_or_else(|| self.code.to_string(), |area| area.name.clone())
    }

    /// How far down it reaches.
    async fn level(&self) -> AreaLevel {
        self.known.as_ref().map_or_else(|| self.code.level(), |area| area.level).into()
    }

    /// The list that the code is of.
    async fn scheme(&self) -> Scheme {
        self.scheme.into()
    }

    /// The division above it.
    async fn parent(&self) -> Option<Area> {
        let parent = self.known.as_ref()?.parent?;
        Area::known(&self.view, self.scheme, parent)
    }

    /// From the province down to this one, those that the list has.
    async fn path(&self) -> Vec<Area> {
        let mut path: Vec<Area> =
            self.code.with_ancestors().filter_map(|code| Area::known(&self.view, self.scheme, code)).collect();
        path.reverse();
        path
    }

    /// The divisions directly below it, in code order.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
    ) -> Result<AreaConnection> {
        let children = self.view.snapshot.areas.children(self.scheme, self.code, self.view.as_of);
        page(&self.view, self.scheme, children, first, after).map_err(|fault| fault.of(ctx))
    }

    /// Names that it had before, as far as the dated changes say.
    async fn former_names(&self) -> Vec<String> {
        self.view.snapshot.areas.former_names(self.scheme, self.code, self.view.as_of)
    }

    /// The dated changes that made it or ended it.
    async fn changes(&self) -> Vec<AreaChange> {
        let changes = self.view.snapshot.areas.changes_of(self.scheme, self.code, self.view.as_of);
        changes.map(|change| AreaChange::from(AreaChanged::clone(change))).collect()
    }
}

/// A dated change of a division: renamed, re-coded, abolished or made new.
#[derive(SimpleObject)]
pub struct AreaChange {
    /// The year in which it took effect.
    pub year: i32,
    /// What happened, in the words of the source, e.g. 撤县设区.
    pub change: String,
    /// The code before.
    pub old_code: Option<AreaCode>,
    /// The name before.
    pub old_name: Option<String>,
    /// The code after.
    pub new_code: Option<AreaCode>,
    /// The name after.
    pub new_name: Option<String>,
    /// The document that ordered it.
    pub document: Option<String>,
}

impl From<AreaChanged> for AreaChange {
    fn from(change: AreaChanged) -> AreaChange {
        AreaChange {
            year: change.year.into(),
            change: change.change,
            old_code: change.old_code.map(AreaCode),
            old_name: change.old_name,
            new_code: change.new_code.map(AreaCode),
            new_name: change.new_name,
            document: change.document,
        }
    }
}

connection! {
    /// Divisions, in code order.
    AreaConnection,
    /// A division in a list.
    AreaEdge,
    Area
}

/// A page of divisions that come in code order.
pub fn page<'a>(
    view: &View,
    scheme: schema::Scheme,
    areas: impl IntoIterator<Item = &'a Arc<schema::areas::Area>>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<AreaConnection, Fault> {
    let after: Option<schema::AreaCode> =
        after.map(|cursor| cursor.parse()).transpose().map_err(|_| Fault::BadCursor)?;
    let page = Page::of(areas, |area| area.code.to_string(), after, |area, after| area.code > *after, first)?;
    Ok(AreaConnection(page.map(|area| Area::listed(view, scheme, area))))
}
