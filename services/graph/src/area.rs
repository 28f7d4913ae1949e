//! Divisions.

use super::enums::{AreaChangeKind, AreaLevel, AreaStatus, Scheme};
use super::errors::Fault;
use super::paging::{Page, Window, connection, is_counted, page_cost};
use super::prepared;
use super::scalars::{AreaCode, Date};
use async_graphql::{Context, Object, Result, SimpleObject};
use directory::projection::View;
use schema::area_book::{AreaView, Became};
use schema::areas::{AreaChanged, ChangeDate};

/// A division: province, city, county, town or village, as one list has it.
#[derive(Clone)]
pub struct Area {
    view: View,
    scheme: schema::Scheme,
    code: schema::AreaCode,
    known: Option<schema::areas::Area>,
}

impl Area {
    /// The division of a code of the declared list, which is the one that registrations are kept in.
    pub fn declared(view: &View, code: schema::AreaCode) -> Area {
        Area::of(view, schema::Scheme::default(), code)
    }

    /// The division of a code, known or not.
    pub fn of(view: &View, scheme: schema::Scheme, code: schema::AreaCode) -> Area {
        let known = view.divisions_of(scheme).get(code).cloned();
        Area { view: view.clone(), scheme, code, known }
    }

    fn listed(view: &View, scheme: schema::Scheme, area: &schema::areas::Area) -> Area {
        Area { view: view.clone(), scheme, code: area.code, known: Some(area.clone()) }
    }

    /// The division of a code, if it stands.
    pub fn known(view: &View, scheme: schema::Scheme, code: schema::AreaCode) -> Option<Area> {
        Some(Area::of(view, scheme, code)).filter(|area| area.known.is_some())
    }

    /// The division of a code, if it stands or ever stood.
    pub fn remembered(view: &View, scheme: schema::Scheme, code: schema::AreaCode) -> Option<Area> {
        let area = Area::of(view, scheme, code);
        let became = || area.divisions().became(code, None);
        (area.known.is_some() || became() != Became::Unknown).then_some(area)
    }

    fn divisions(&self) -> AreaView<'_> {
        self.view.divisions_of(self.scheme)
    }
}

/// A division: province, city, county, town or village, as one list has it.
#[prepared::fields]
#[Object]
impl Area {
    /// Its code.
    async fn code(&self) -> AreaCode {
        AreaCode(self.code)
    }

    /// Its full name; of a code that ended, the last name that it had. The code itself where no name is known.
    async fn name(&self) -> String {
        match &self.known {
            Some(area) => area.name.clone(),
            None => self.divisions().name(self.code).map_or_else(|| self.code.to_string(), str::to_owned),
        }
    }

    /// Whether it stands, or what became of it.
    async fn status(&self) -> AreaStatus {
        if self.known.is_some() {
            return AreaStatus::Stands;
        }
        match self.divisions().became(self.code, None) {
            Became::Itself => AreaStatus::Stands,
            Became::One(_) => AreaStatus::Replaced,
            Became::Several(_) => AreaStatus::Divided,
            Became::Nothing => AreaStatus::Ended,
            Became::Within(_) => AreaStatus::Unplaced,
            Became::Unknown => AreaStatus::Unknown,
        }
    }

    /// What it went over into: one division, or several of which the code alone does not say which is meant. Where the
    /// division in which it lay was divided and nothing says where it lies now: what that went over into. Empty for a
    /// division that stands.
    async fn successors(&self) -> Vec<Area> {
        let codes = match self.divisions().became(self.code, None) {
            Became::One(code) => vec![code],
            Became::Several(codes) | Became::Within(codes) => codes,
            Became::Itself | Became::Nothing | Became::Unknown => Vec::new(),
        };
        codes.into_iter().map(|code| Area::of(&self.view, self.scheme, code)).collect()
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
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
    ) -> Result<AreaConnection> {
        let children = self.divisions().children(self.code);
        page(&self.view, self.scheme, children, Window { first, after, last, before, is_counted: is_counted(ctx) })
            .map_err(|fault| fault.of(ctx))
    }

    /// Names that it had before, under this code or an earlier one, the latest first.
    async fn former_names(&self) -> Vec<&str> {
        self.divisions().former_names(self.code)
    }

    /// What people call it beside its name.
    async fn also_called(&self) -> Vec<&str> {
        self.divisions().also_called(self.code)
    }

    /// The dated changes that made it or ended it, and, of a code that ended, those by which what stood on it went on, in
    /// order of date.
    async fn changes(&self) -> Vec<AreaChange> {
        let mut changes = self.divisions().changes_of(self.code);
        if self.known.is_none() {
            let led_on = self.divisions().succession(self.code, None).changes;
            let more: Vec<&AreaChanged> = led_on.into_iter().filter(|change| !changes.contains(change)).collect();
            changes.extend(more);
            changes.sort_by_key(|change| change.on.day());
        }
        changes.into_iter().cloned().map(AreaChange::from).collect()
    }
}

/// A dated change of a division: renamed, re-coded, merged, split, transferred, abolished or made new.
#[derive(SimpleObject, prepared::Fields)]
pub struct AreaChange {
    /// What sort of change it was.
    pub kind: AreaChangeKind,
    /// The year in which it took effect.
    pub year: i32,
    /// The day on which it took effect; null where only the year is known.
    pub date: Option<Date>,
    /// What happened, in the words of the source, e.g. 撤县设区.
    pub change: String,
    /// The code before; of a town whose former code is not known, that of the county that it left.
    pub old_code: Option<AreaCode>,
    /// The name before.
    pub old_name: Option<String>,
    /// The code after.
    pub new_code: Option<AreaCode>,
    /// The name after.
    pub new_name: Option<String>,
    /// The document that ordered it.
    pub document: Option<String>,
    /// What of this could not be confirmed.
    pub unconfirmed: Option<String>,
}

impl From<AreaChanged> for AreaChange {
    fn from(change: AreaChanged) -> AreaChange {
        AreaChange {
            kind: change.kind.into(),
            year: change.on.year(),
            date: match change.on {
                ChangeDate::Year(_) => None,
                ChangeDate::Day(day) => Some(Date(day)),
            },
            change: change.words,
            old_code: change.old_code.map(AreaCode),
            old_name: change.old_name,
            new_code: change.new_code.map(AreaCode),
            new_name: change.new_name,
            document: change.document,
            unconfirmed: change.unconfirmed,
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
    areas: impl IntoIterator<Item = &'a schema::areas::Area>,
    window: Window,
) -> Result<AreaConnection, Fault> {
    let window = window.read(|cursor| cursor.parse().map_err(|_| Fault::BadCursor))?;
    let page = Page::of(areas, |area| area.code.to_string(), &window, |area, code| area.code.cmp(code))?;
    Ok(AreaConnection(page.map(|area| Area::listed(view, scheme, area))))
}
