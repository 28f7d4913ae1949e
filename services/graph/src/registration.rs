//! What an office handed in.

use super::area::Area;
use super::enums::{
    Audience, CareDegree, Condition, Document, LocalHousehold, NotShown, Office, RegistrationStatus, RetractionReason,
};
use super::errors::{Fault, lang};
use super::hand_in::{is_sealed, said};
use super::merge::Merge;
use super::paging::{Page, Window, connection};
use super::resource::Resource;
use super::scalars::{Date, Time};
use super::sight::{Sight, sight};
use super::view::{is_held, read_model};
use super::words::{ResourceLicence, hours_text, int};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chassis::clock::county_date;
use directory::projection::{self, RegistrationState, View};
use offers::{Offer, WithheldPart};
use schema::ids::{RegistrationId, ResourceId};
use schema::position::LogId;
use schema::registration::Source;
use std::sync::Arc;

/// 登记: what one office handed in about one thing. Public while the directory shows it, but for what clerks wrote that was
/// not understood, their reasons, and the centre's decisions: those, and what is suspended, withdrawn or withheld, are for
/// stewards, planners, partner departments and the office's clerks, each within their own area.
#[derive(Clone)]
pub struct Registration {
    view: View,
    registration: Arc<projection::Registration>,
    state: RegistrationState,
}

impl Registration {
    /// A registration, as it is seen.
    pub fn of(view: &View, registration: &Arc<projection::Registration>) -> Option<Registration> {
        let state = registration.state(view.as_of)?.clone();
        Some(Registration { view: view.clone(), registration: Arc::clone(registration), state })
    }

    /// The registration of an id, if there is one that the caller knows of.
    pub fn find(ctx: &Context<'_>, view: &View, id: RegistrationId) -> Option<Registration> {
        let registration = view.snapshot.registrations.get(id, view.as_of)?;
        sight(ctx).knows(view, registration).then(|| Registration::of(view, registration)).flatten()
    }

    /// Whether it was withdrawn.
    pub(crate) fn is_withdrawn(&self) -> bool {
        standing(&self.view, &self.registration, &self.state) == RegistrationStatus::Withdrawn
    }

    fn offer(&self) -> &Offer {
        &self.state.seen.offer
    }

    /// List, file and row: of the latest accepted file with a row for it, else where the office's last words came from.
    fn place(&self) -> Option<(&str, &str, u32)> {
        let id = self.registration.id;
        if let Some(place) = self.view.snapshot.hand_ins.place_of(id, self.view.as_of) {
            return Some((&place.list, &place.file, place.row));
        }
        match &self.state.seen.source {
            Source::HandIn { list, file, row, .. } => Some((list, file, *row)),
            Source::Form => None,
        }
    }

    fn is_in_sight(&self, ctx: &Context<'_>) -> bool {
        sight(ctx).reaches(&self.view, &self.registration)
    }
}

/// 登记: what one office handed in about one thing. Public while the directory shows it, but for what clerks wrote that was
/// not understood, their reasons, and the centre's decisions: those, and what is suspended, withdrawn or withheld, are for
/// stewards, planners, partner departments and the office's clerks, each within their own area.
#[Object]
impl Registration {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.registration.id.to_string())
    }

    /// Whose it is.
    async fn office(&self) -> Office {
        self.registration.office.into()
    }

    /// The file it stands in: the latest accepted one of its list; none when it came by a form.
    async fn source_file(&self) -> Option<&str> {
        self.place().map(|(_, file, _)| file)
    }

    /// Its data row in that file, from 1, header not counted.
    async fn source_row(&self) -> Option<i32> {
        self.place().map(|(_, _, row)| int(row))
    }

    /// The list within the office that the file is of.
    async fn source_list(&self) -> Option<&str> {
        self.place().map(|(list, _, _)| list)
    }

    /// Where it stands with its office.
    async fn status(&self) -> RegistrationStatus {
        standing(&self.view, &self.registration, &self.state)
    }

    /// Why the directory shows none of it, now or with others; null when it does. What is suspended or withdrawn, and work
    /// with children that awaits its clearance, is shown nowhere.
    async fn not_shown(&self) -> Option<NotShown> {
        self.state.seen.not_shown().map(Into::into)
    }

    /// The parts of it that are not shown although the rest may be, each with its reason. Empty: all is shown.
    async fn withheld(&self) -> Vec<Withheld> {
        let withheld = self.state.seen.withheld.iter().map(|withheld| Withheld {
            everything: withheld.part == WithheldPart::Everything,
            audience: match withheld.part {
                WithheldPart::Everything | WithheldPart::Field(_) => None,
                WithheldPart::Audience(audience) => Some(audience.into()),
            },
            field: withheld.part.retracted().map(|field| field.field().code()),
            reason: withheld.because.into(),
        });
        withheld.collect()
    }

    /// 撤下: which values of it were hidden that had been public, and why; whatever time is asked about, since they are hidden at
    /// all times. The first one first.
    async fn retractions(&self, ctx: &Context<'_>) -> Vec<Retraction> {
        let in_sight = self.is_in_sight(ctx);
        let retractions = self.registration.retractions.iter().map(|retraction| Retraction {
            field: retraction.field.field().code(),
            reason: retraction.reason.into(),
            at: Time(retraction.at),
            by: Some(retraction.by.clone()).filter(|_| in_sight),
        });
        retractions.collect()
    }

    /// What the service centre made of it: the resource that it is shown under; none when it is not shown.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<Resource>> {
        let id = self.registration.id;
        let shown_under = self.view.snapshot.resources.shown_under(id, self.view.as_of);
        let resource = Resource::resolve(&self.view, shown_under.unwrap_or_else(|| ResourceId::of(id))).await;
        let resource = resource.map_err(|fault| fault.of(ctx))?;
        // One that is suspended or withdrawn is no source, and still is of the group that its id leads to, while others
        // keep that in sight.
        Ok(resource.filter(Resource::is_shown).map(Resource::into_itself))
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.state.name
    }

    /// Its category, in the county's words.
    async fn category(&self) -> &str {
        &self.state.category
    }

    /// The village, community or town where it is, by the code that it has now; a code that went over into several
    /// stays where neither name nor address says into which.
    async fn area(&self) -> Area {
        let offer = self.offer();
        let texts = [offer.address.as_deref().unwrap_or_default(), &offer.name];
        Area::declared(&self.view, self.view.divisions().settled(offer.area, None, &texts))
    }

    /// When it was first registered.
    async fn registered_at(&self) -> Time {
        Time(self.registration.registered_at)
    }

    /// When it was last changed.
    async fn changed_at(&self) -> Time {
        Time(self.state.changed_at)
    }

    /// The address, as written.
    async fn address(&self) -> Option<&str> {
        self.offer().address.as_deref()
    }

    /// The numbers to call, in E.164.
    async fn phones(&self) -> Vec<&str> {
        self.offer().phones.iter().map(schema::Phone::as_str).collect()
    }

    /// The divisions that it serves, by the codes that they have now. Empty: not said.
    async fn coverage(&self) -> Vec<Area> {
        let divisions = self.view.divisions();
        let now: Vec<schema::AreaCode> =
            self.offer().coverage.iter().flat_map(|code| divisions.carried(*code, None)).collect();
        projection::distinct(now).iter().map(|code| Area::declared(&self.view, *code)).collect()
    }

    /// The groups it is for. Empty: not said.
    async fn audiences(&self) -> Vec<Audience> {
        self.offer().eligibility.audiences.iter().map(|audience| (*audience).into()).collect()
    }

    /// The youngest age that is served.
    async fn minimum_age(&self) -> Option<i32> {
        self.offer().eligibility.minimum_age.map(i32::from)
    }

    /// The oldest age that is served.
    async fn maximum_age(&self) -> Option<i32> {
        self.offer().eligibility.maximum_age.map(i32::from)
    }

    /// Circumstances of which one must hold.
    async fn conditions(&self) -> Vec<Condition> {
        self.offer().eligibility.conditions.iter().map(|condition| (*condition).into()).collect()
    }

    /// The youngest age in full months, where its office counts in months.
    async fn minimum_age_months(&self) -> Option<i32> {
        self.offer().eligibility.minimum_months.map(i32::from)
    }

    /// The oldest age in full months, where its office counts in months.
    async fn maximum_age_months(&self) -> Option<i32> {
        self.offer().eligibility.maximum_months.map(i32::from)
    }

    /// 失能等级: the degrees in which `CARE_DEPENDENT` is meant; empty is any.
    async fn care_degrees(&self) -> Vec<CareDegree> {
        self.offer().eligibility.care_degrees.iter().map(|degree| (*degree).into()).collect()
    }

    /// 残疾等级: the grades in which being disabled is meant, 1 the severest; empty is any.
    async fn disability_grades(&self) -> Vec<i32> {
        self.offer().eligibility.disability_grades.iter().map(|grade| i32::from(grade.number())).collect()
    }

    /// 户籍要求: where the household must be registered; null when the office does not ask.
    async fn local_household(&self) -> Option<LocalHousehold> {
        self.offer().eligibility.local_household.map(Into::into)
    }

    /// The first day on which it is offered to anybody; null when the office gave none.
    async fn valid_from(&self) -> Option<Date> {
        self.offer().eligibility.valid_from.map(Date)
    }

    /// The last day on which it is offered; null when the office gave none.
    async fn valid_until(&self) -> Option<Date> {
        self.offer().eligibility.valid_until.map(Date)
    }

    /// The office's own words on whom it is for, where they say more than the fields.
    async fn eligibility_note(&self) -> Option<&str> {
        self.offer().eligibility.note.as_deref()
    }

    /// When it is open, in the office's own words.
    async fn hours(&self) -> Option<String> {
        hours_text(&self.offer().hours)
    }

    /// What it costs, in words.
    async fn fees(&self) -> Option<&str> {
        self.offer().fees.as_deref()
    }

    /// Whether it comes to the home; null when that was not said.
    async fn home_visits(&self) -> Option<bool> {
        self.offer().home_visits
    }

    /// All of its places, free or not: beds, places, meals a day or elders who can be paired.
    async fn capacity(&self) -> Option<i32> {
        self.offer().capacity.map(int)
    }

    /// How many of its places were free on the day `vacancyAsOf`; 0 is full. Null when the office did not say.
    async fn vacancy(&self) -> Option<i32> {
        self.offer().vacancy.map(|vacancy| int(vacancy.free))
    }

    /// The day on which so many places were free.
    async fn vacancy_as_of(&self) -> Option<Date> {
        self.offer().vacancy.map(|vacancy| Date(vacancy.as_of))
    }

    /// What a person must bring, all of it; what else the office asks for stands in its words. Empty: not said, or nothing.
    async fn documents(&self) -> Vec<Document> {
        self.offer().documents.kinds.iter().map(|kind| (*kind).into()).collect()
    }

    /// The office's own words on what to bring, where they say more than `documents`.
    async fn documents_note(&self) -> Option<&str> {
        self.offer().documents.note.as_deref()
    }

    /// The unified social credit code, if the office gave one.
    async fn credit_code(&self) -> Option<&str> {
        self.offer().credit_code.as_deref()
    }

    /// The licence that it needs, as it stands today.
    async fn licence(&self, ctx: &Context<'_>) -> Result<ResourceLicence> {
        Ok(ResourceLicence::on(&self.offer().licence, county_date(read_model(ctx)?.clock.now())))
    }

    /// 登记日期: the day that the office wrote down.
    async fn registered_on(&self) -> Option<Date> {
        self.state.seen.registered_on.map(Date)
    }

    /// 迁往: the id under which it goes on in another county, once its provider has moved there. It stands as withdrawn here.
    async fn transferred_to(&self) -> Option<ID> {
        self.state.transferred_to().map(|id| ID(id.to_string()))
    }

    /// 迁自: the id that it had in another county, before its provider came from there.
    async fn transferred_from(&self) -> Option<ID> {
        self.registration.transferred_from.map(|id| ID(id.to_string()))
    }

    /// Why it is suspended or withdrawn, in the clerk's words. Null for those who may not see it.
    async fn status_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.state.reason().filter(|_| self.is_in_sight(ctx))
    }

    /// What stood in the file and was not understood. Null for those who may not see it.
    async fn doubts(&self, ctx: &Context<'_>) -> Option<Vec<Doubt>> {
        let lang = lang(ctx);
        let doubts = self.state.seen.doubts.iter().map(|doubt| {
            let words = doubt.code.words();
            Doubt {
                column: doubt.column.clone(),
                value: said(doubt.value.as_ref()).to_owned(),
                is_sealed: is_sealed(doubt.value.as_ref()),
                code: doubt.code.code().to_owned(),
                reason: lang.pick(words.reason_zh, words.reason_en),
            }
        });
        self.is_in_sight(ctx).then(|| doubts.collect())
    }

    /// The merges, proposed or decided, that it is one of the two of, the newest first. Null for those who may not see
    /// them.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn merges(&self, ctx: &Context<'_>) -> Option<Vec<Merge>> {
        let merges = self.view.snapshot.merges.of(self.registration.id, self.view.as_of);
        self.is_in_sight(ctx).then(|| merges.filter_map(|merge| Merge::of(&self.view, merge)).collect())
    }
}

/// A part of a registration that is not shown, and why.
#[derive(SimpleObject)]
pub struct Withheld {
    /// Whether it is all of it.
    pub everything: bool,
    /// That it is for this group, when it is only that.
    pub audience: Option<Audience>,
    /// A value of this field, or all of them, when it is only that; in `snake_case`, as `FieldProvenance.field` is.
    pub field: Option<&'static str>,
    /// Why.
    pub reason: NotShown,
}

/// That a value of a registration, public until then, was hidden in all that is told of it.
#[derive(SimpleObject)]
pub struct Retraction {
    /// Of which field, in `snake_case`, as `FieldProvenance.field` is.
    pub field: &'static str,
    /// Why.
    pub reason: RetractionReason,
    /// When it was recorded.
    pub at: Time,
    /// Whose account. Null for those who may not see it.
    pub by: Option<String>,
}

/// Something that stood in a file and was not understood. The registration went in without it.
#[derive(SimpleObject)]
pub struct Doubt {
    /// The column, as the office calls it.
    pub column: String,
    /// What stood there; empty when nothing did, or when it is sealed.
    pub value: String,
    /// Whether what stood there is about a person, and sealed.
    pub is_sealed: bool,
    /// Why it was doubted: a stable code.
    pub code: String,
    /// The same in words, in the language of the request.
    pub reason: String,
}

connection! {
    /// Registrations, in the order in which they were registered.
    RegistrationConnection,
    /// A registration in a list.
    RegistrationEdge,
    Registration
}

/// Which registrations are listed.
pub(crate) struct Filter {
    /// What the caller sees.
    pub sight: Sight,
    /// Of one office.
    pub office: Option<schema::Office>,
    /// Of one status.
    pub status: Option<RegistrationStatus>,
    /// In an area.
    pub area: Option<schema::AreaCode>,
    /// Whose name contains this.
    pub name: Option<String>,
}

/// Where a registration stands, as far as that can be known.
fn standing(view: &View, registration: &projection::Registration, state: &RegistrationState) -> RegistrationStatus {
    match view.snapshot.unread.of_registration(registration.id, view.as_of) {
        true => RegistrationStatus::Unknown,
        false => state.status().into(),
    }
}

impl Filter {
    fn lets_pass(&self, registration: &projection::Registration, view: &View) -> bool {
        let Some(state) = registration.state(view.as_of) else { return false };
        self.office.is_none_or(|office| registration.office == office)
            && self.sight.reaches(view, registration)
            && self.status.is_none_or(|status| standing(view, registration, state) == status)
            && self.area.map_or(is_held(view, registration.id.scope()), |area| state.is_in(area, view.divisions()))
            && self.name.as_ref().is_none_or(|name| state.name.contains(name.as_str()))
    }
}

/// A page of registrations.
pub(crate) fn page(view: &View, log: LogId, filter: &Filter, window: Window) -> Result<RegistrationConnection, Fault> {
    let window = window.read(|cursor| schema::Position::from_token(&cursor, log).map_err(|_| Fault::BadCursor))?;
    let listed =
        view.snapshot.registrations.iter(view.as_of).filter(|registration| filter.lets_pass(registration, view));
    let page = Page::of(listed, |one| one.from.token(log), &window, |one, place| one.from.cmp(place))?;
    let items = page.items.iter().filter_map(|(cursor, one)| Some((cursor.clone(), Registration::of(view, one)?)));
    Ok(RegistrationConnection(Page {
        items: items.collect(),
        has_previous: page.has_previous,
        has_next: page.has_next,
        total: page.total,
    }))
}
