//! What the service centre decided.

use super::enums::{DeciderKind, MergeStatus, Office};
use super::errors::{Fault, lang};
use super::paging::{Page, Window, connection};
use super::registration::Registration;
use super::scalars::Time;
use super::sight::{Sight, caller, is_steward};
use super::view::is_held;
use async_graphql::{Context, ID, Object, SimpleObject};
use chassis::records::Disclosure;
use chassis::sealed::KeyStore;
use chrono::{DateTime, Utc};
use directory::projection::{self, MergeState, View};
use schema::decisions;
use schema::ids::RegistrationId;
use schema::position::LogId;
use schema::{PersonalField, Quote, Sealed};
use std::sync::Arc;

/// 归并: two registrations that are, or may be, the same thing; from its proposal to its undoing.
#[derive(Clone)]
pub struct Merge {
    view: View,
    merge: Arc<projection::Merge>,
    state: MergeState,
}

impl Merge {
    /// A merge, as it is seen.
    pub fn of(view: &View, merge: &Arc<projection::Merge>) -> Option<Merge> {
        let state = merge.state(view.as_of)?.clone();
        Some(Merge { view: view.clone(), merge: Arc::clone(merge), state })
    }
}

/// The two registrations of a merge, as far as they are seen.
pub(crate) fn members<'a>(
    view: &'a View,
    merge: &'a projection::Merge,
) -> impl Iterator<Item = &'a Arc<projection::Registration>> {
    merge.pair.iter().filter_map(|member| view.snapshot.registrations.get(*member, view.as_of))
}

/// 归并: two registrations that are, or may be, the same thing; from its proposal to its undoing.
#[Object]
impl Merge {
    /// Its id: the same for a pair however often it is proposed, until it has been undone.
    pub async fn id(&self) -> ID {
        ID(self.merge.id.to_string())
    }

    /// Where it stands.
    async fn status(&self) -> MergeStatus {
        self.state.status.into()
    }

    /// Whether the two are one by merges in force, of which this may be one: a proposal of such a pair leaves nothing to
    /// decide.
    async fn are_one(&self) -> bool {
        self.view.snapshot.merges.are_one(self.merge.pair, self.view.as_of)
    }

    /// The two registrations, smaller id first.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn members(&self) -> Vec<Registration> {
        members(&self.view, &self.merge).filter_map(|member| Registration::of(&self.view, member)).collect()
    }

    /// 相符度: the probability that both are the same, 0 to 1. None when a steward decided without the model.
    async fn probability(&self) -> Option<f64> {
        self.state.grounds.probability
    }

    /// The sum of the prior and all match weights, in bits.
    async fn weight(&self) -> Option<f64> {
        self.state.grounds.weight
    }

    /// 判断依据: what was compared and how well it agreed.
    #[graphql(complexity = "8 * child_complexity + 1")]
    async fn evidence(&self, ctx: &Context<'_>) -> Vec<Comparison> {
        let keys = ctx.data_opt::<Arc<KeyStore>>();
        let disclosure = keys.filter(|_| is_steward(ctx)).map(|keys| Disclosure::with(keys));
        let comparisons = self.state.grounds.comparisons.iter();
        let shown = comparisons.map(|comparison| Comparison::shown(comparison, disclosure.as_ref(), ctx)).collect();
        if let Some((disclosure, steward)) = disclosure.zip(caller(ctx)) {
            disclosure.tell(&steward.subject, &self.merge.id);
        }
        shown
    }

    /// The version of the matching model.
    async fn model(&self) -> &str {
        &self.state.grounds.model
    }

    /// Who decided; while proposed, the rule that proposed it. Who undid it is in `undo`.
    async fn decided_by(&self) -> Decider {
        Decider::from(&self.state.decided_by)
    }

    /// When that was recorded.
    async fn decided_at(&self) -> Time {
        Time(self.state.decided_at)
    }

    /// When it was proposed; none when it never was.
    async fn proposed_at(&self) -> Option<Time> {
        self.state.proposed_at.map(Time)
    }

    /// On behalf of which office it was decided, if one objected or asked.
    async fn on_behalf_of(&self) -> Option<Office> {
        self.state.grounds.on_behalf_of.map(Office::from)
    }

    /// Why, in the decider's words.
    async fn reason(&self) -> Option<&str> {
        self.state.reason.as_deref()
    }

    /// How it was undone, if it was.
    async fn undo(&self) -> Option<MergeUndo> {
        self.state.undo.as_ref().map(|undo| MergeUndo {
            by: undo.by.clone(),
            at: Time(undo.at),
            reason: undo.reason.clone(),
            keep_apart: undo.keep_apart,
        })
    }
}

/// One comparison of two registrations.
#[derive(SimpleObject)]
pub struct Comparison {
    /// What was compared, e.g. `name`.
    pub comparison: &'static str,
    /// How well it agreed, e.g. `exact`, `similar`, `different`, `missing`.
    pub level: &'static str,
    /// The match weight in bits: above zero speaks for the merge, below zero against it.
    pub weight: f64,
    /// The value of the first registration. A number that is somebody's own is told to stewards alone; to others it says
    /// that it is not public.
    pub left: Option<String>,
    /// The value of the second, likewise.
    pub right: Option<String>,
}

impl Comparison {
    fn shown(comparison: &decisions::Comparison, disclosure: Option<&Disclosure<'_>>, ctx: &Context<'_>) -> Comparison {
        let open =
            |sealed: &Sealed| disclosure.and_then(|disclosure| disclosure.open(PersonalField::ContactPhone, sealed));
        let value = |quotes: &[Quote]| {
            let shown = quotes.iter().map(|quote| match quote {
                Quote::Said(text) => text.clone(),
                Quote::Sealed(sealed) => {
                    open(sealed).unwrap_or_else(|| lang(ctx).pick("不公开", "not public").to_owned())
                }
            });
            (!quotes.is_empty()).then(|| shown.collect::<Vec<_>>().join("、"))
        };
        Comparison {
            comparison: comparison.comparison.code(),
            level: comparison.level.code(),
            weight: comparison.weight,
            left: value(&comparison.left),
            right: value(&comparison.right),
        }
    }
}

/// Who decided.
#[derive(SimpleObject)]
pub struct Decider {
    /// A rule or a steward.
    pub kind: DeciderKind,
    /// The rule's name, or the steward's account.
    pub name: String,
}

impl From<&decisions::Decider> for Decider {
    fn from(decider: &decisions::Decider) -> Decider {
        match decider {
            decisions::Decider::Rule { name } => Decider { kind: DeciderKind::Rule, name: name.code().to_owned() },
            decisions::Decider::Steward { name } => Decider { kind: DeciderKind::Steward, name: name.clone() },
        }
    }
}

/// 撤销归并: the undoing of a merge.
#[derive(SimpleObject)]
pub struct MergeUndo {
    /// Whose account.
    pub by: String,
    /// When it was recorded.
    pub at: Time,
    /// Why.
    pub reason: String,
    /// Whether the halves stay apart from then on.
    pub keep_apart: bool,
}

connection! {
    /// Merges, the newest first, by when the centre first spoke of them.
    MergeConnection,
    /// A merge in a list.
    MergeEdge,
    Merge
}

/// Which merges are listed.
pub(crate) struct Filter {
    /// What the caller sees.
    pub sight: Sight,
    /// One of the two is in this area.
    pub area: Option<schema::AreaCode>,
    /// One of the two is of this office.
    pub office: Option<schema::Office>,
    /// Decided or undone by this account or rule.
    pub actor: Option<String>,
    /// Decided by a rule or by a steward.
    pub kind: Option<DeciderKind>,
    /// Of one status.
    pub status: Option<projection::MergeStatus>,
    /// One of the two is this registration.
    pub registration: Option<RegistrationId>,
    /// Decided or undone at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Decided or undone before this time.
    pub to: Option<DateTime<Utc>>,
}

impl Filter {
    fn lets_pass(&self, merge: &projection::Merge, view: &View) -> bool {
        let Some(state) = merge.state(view.as_of) else { return false };
        let undone_by = state.undo.as_ref().map(|undo| undo.by.as_str());
        let decided_by = Decider::from(&state.decided_by);
        let in_time = |at: DateTime<Utc>| self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to);
        self.status.is_none_or(|status| state.status == status)
            && self.kind.is_none_or(|kind| decided_by.kind == kind)
            && self.actor.as_deref().is_none_or(|actor| decided_by.name == actor || undone_by == Some(actor))
            && self.registration.is_none_or(|registration| merge.pair.contains(&registration))
            && (in_time(state.decided_at) || state.undo.as_ref().is_some_and(|undo| in_time(undo.at)))
            && self.office.is_none_or(|office| members(view, merge).any(|member| member.office == office))
            && self.sight.reaches_merge(view, merge)
            && self.area.map_or(self.registration.is_some() || is_held(view, merge.id.scope()), |area| {
                members(view, merge)
                    .any(|member| member.state(view.as_of).is_some_and(|state| state.is_in(area, view.divisions())))
            })
    }
}

/// A page of merges.
pub(crate) fn page(view: &View, log: LogId, filter: &Filter, window: Window) -> Result<MergeConnection, Fault> {
    let window = window.read(|cursor| schema::Position::from_token(&cursor, log).map_err(|_| Fault::BadCursor))?;
    let listed = view.snapshot.merges.newest_first(view.as_of).filter(|merge| filter.lets_pass(merge, view));
    let page = Page::of(listed, |merge| merge.from.token(log), &window, |merge, place| place.cmp(&merge.from))?;
    let items = page.items.iter().filter_map(|(cursor, merge)| Some((cursor.clone(), Merge::of(view, merge)?)));
    Ok(MergeConnection(Page {
        items: items.collect(),
        has_previous: page.has_previous,
        has_next: page.has_next,
        total: page.total,
    }))
}
