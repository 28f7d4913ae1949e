//! One row on its way to a payload: reads cells, and keeps what was found on the way.

use crate::cell;
use crate::cell::numbering::Numbering;
use crate::cell::operation::Operation;
use crate::cell::phone::Divided;
use crate::cell::places::Which;
use crate::column::{Column, DOCUMENTS, PlaceColumns, REMARK, STATE, VACANCY, VACANCY_ON};
use crate::gazetteer::Gazetteer;
use crate::keeping::{MayBeBlank as _, Unsaid};
use crate::read::{Read, Trouble};
use crate::sheet::{Line, SetAside};
use chrono::NaiveDate;
use schema::credit_code::CreditCode;
use schema::finding::CellFinding;
use schema::hand_in::{Finding, Severity};
use schema::limits::quoted;
use schema::{
    AreaCode, AreaLevel, Category, Contact, Documents, Doubt, Eligibility, EligibleGroup, Hours, PersonId,
    PersonalField, Phone, Quote, RegistrationId, Sealed, Source, Vacancy,
};
use std::collections::BTreeMap;

/// How many findings of one cell are listed, and of one row; of others only how many there are.
const MOST_OF_A_CELL: usize = 10;
const MOST_OF_A_ROW: usize = 40;

/// How a personal value is sealed for the contact of the row's registration. A dry run seals nothing and gives an empty
/// ciphertext for a contact who has no key yet.
pub type Seal<'a> = dyn Fn(PersonalField, &str) -> Sealed + 'a;

/// What a row is read against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The divisions.
    pub areas: &'a Gazetteer,
    /// The area that the clerk acts for: of villages of one name, the one in it is meant.
    pub within: Option<AreaCode>,
    /// The county's today.
    pub today: NaiveDate,
    /// How personal values are sealed.
    pub seal: &'a Seal<'a>,
    /// Whether what is found is kept in the log. What stood in a column about a person is then sealed; otherwise it goes
    /// back to whoever wrote it and nowhere else.
    pub kept: bool,
}

/// The telephone numbers of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telephones {
    /// Those that everyone may call.
    pub public: Vec<Phone>,
    /// Those of who answers for the service, for [`Row::contact`].
    pub of_contact: Vec<Sealed>,
}

/// One row on its way to a payload.
///
/// Every reading method takes a column, returns what could be understood and records the rest: a doubt goes into
/// [`Row::doubts`] and the report, an error refuses the row. None of them stops at an error, so that a row's report
/// names all its faults.
pub struct Row<'a> {
    line: &'a Line,
    context: Context<'a>,
    registration: RegistrationId,
    source: Source,
    findings: Vec<Finding>,
    doubts: Vec<Doubt>,
    unsaid: Unsaid,
    /// Findings of which only their number is kept, by column.
    left_out: BTreeMap<String, LeftOut>,
}

/// Findings of which only their number is kept.
#[derive(Clone, Copy, Default)]
struct LeftOut {
    errors: u32,
    doubts: u32,
}

impl<'a> Row<'a> {
    /// A row whose cells are going to be read. What is set aside in it is recorded.
    pub fn new(line: &'a Line, context: Context<'a>, registration: RegistrationId, source: Source) -> Self {
        let shifted =
            Finding { column: None, value: None, code: CellFinding::RowShifted.into(), severity: Severity::Error };
        let findings = if line.is_shifted() { vec![shifted] } else { Vec::new() };
        let (doubts, unsaid, left_out) = (Vec::new(), Unsaid::default(), BTreeMap::new());
        let mut row = Row { line, context, registration, source, findings, doubts, unsaid, left_out };
        for SetAside { column, heading, why, begins } in line.set_aside() {
            let value = row.quote(begins, column.is_some_and(|column| column.personal), context.kept);
            row.keep(Finding {
                column: Some(heading.clone()),
                value,
                code: why.clone().into(),
                severity: Severity::Error,
            });
        }
        row
    }

    /// The registration that this row is about, known before its cells are read.
    pub fn registration(&self) -> RegistrationId {
        self.registration
    }

    /// Where the payload comes from.
    pub fn source(&self) -> Source {
        self.source.clone()
    }

    /// The divisions against which codes are read.
    pub fn areas_known(&self) -> &Gazetteer {
        self.context.areas
    }

    /// The day in the county on which the row is read.
    pub fn today(&self) -> NaiveDate {
        self.context.today
    }

    /// The doubts recorded so far, for the payload. Ask last.
    pub fn doubts(&self) -> Vec<Doubt> {
        let left_out = self.left_out.iter().filter(|(_, left_out)| left_out.doubts > 0).map(|(column, left_out)| {
            let code = CellFinding::FindingsLeftOut { count: left_out.doubts }.into();
            Doubt { column: column.clone(), value: None, code }
        });
        self.doubts.iter().cloned().chain(left_out).collect()
    }

    /// Of which columns nothing was said that was understood, so far.
    pub fn unsaid(&self) -> Unsaid {
        self.unsaid.clone()
    }

    /// What was written in a cell, trimmed; empty when the file has no such column.
    pub fn raw(&self, column: &Column) -> &'a str {
        self.line.cell(column)
    }

    /// Whether an error was recorded.
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
            || self.left_out.values().any(|left_out| left_out.errors > 0)
    }

    /// Everything recorded; of what is too much for a report, how much it is.
    pub fn into_findings(self) -> Vec<Finding> {
        let mut findings = self.findings;
        for (column, LeftOut { errors, doubts }) in self.left_out {
            for (count, severity) in [(errors, Severity::Error), (doubts, Severity::Warning)] {
                if count > 0 {
                    let code = CellFinding::FindingsLeftOut { count }.into();
                    findings.push(Finding { column: Some(column.clone()), value: None, code, severity });
                }
            }
        }
        findings
    }

    /// Reads a cell with any parser and records what it found.
    pub fn take<T>(&mut self, column: &Column, parser: impl FnOnce(&str) -> Read<T>) -> Option<T> {
        let read = self.read(column, parser);
        for trouble in read.troubles {
            self.record(column, trouble);
        }
        if read.value.is_none() {
            self.says_nothing(column, false);
        }
        read.value
    }

    /// Notes that nothing was understood of a column, unless its cell says that what stood is to go.
    fn says_nothing(&mut self, column: &Column, is_of_operation: bool) {
        if !cell::is_clearing(self.raw(column)) {
            self.unsaid.note(column, is_of_operation);
        }
    }

    /// Reads a cell. What a broken formula left is no value of any sort, and neither is that what stood is to go.
    fn read<T>(&self, column: &Column, parser: impl FnOnce(&str) -> Read<T>) -> Read<T> {
        let written = self.raw(column);
        if cell::is_clearing(written) {
            return Read::blank();
        }
        if cell::text::is_broken_formula(written) {
            return Read::trouble(Trouble::doubt(CellFinding::FormulaBroken));
        }
        parser(written)
    }

    /// Like [`Row::take`], for a cell that must be filled.
    pub fn take_required<T>(&mut self, column: &Column, parser: impl FnOnce(&str) -> Read<T>) -> Option<T> {
        let read = self.read(column, parser);
        if read.value.is_none() && !read.is_error() {
            self.record(column, missing(column));
        }
        for trouble in read.troubles {
            self.record(column, trouble);
        }
        read.value
    }

    /// Records something wrong or doubtful about a column. Of a cell that is set aside nothing more is said.
    pub fn record(&mut self, column: &Column, trouble: Trouble) {
        if self.line.set_aside().iter().any(|aside| aside.column.is_some_and(|aside| aside.name == column.name)) {
            return;
        }
        let Trouble { severity, code } = trouble;
        let heading = self.line.heading(column);
        let cell = self.line.cell(column);
        let value = self.quote(cell, column.personal, self.context.kept);
        let is_kept = self.keep(Finding { column: Some(heading.clone()), value, code: code.clone(), severity });
        if is_kept && severity == Severity::Warning {
            let value = self.quote(cell, column.personal, true);
            self.doubts.push(Doubt { column: heading, value, code });
        }
    }

    /// Keeps a finding, or counts it when there are many already: an event must hold them all. Says whether it is kept.
    fn keep(&mut self, finding: Finding) -> bool {
        let of_column = self.findings.iter().filter(|kept| kept.column == finding.column).count();
        if of_column < MOST_OF_A_CELL && self.findings.len() < MOST_OF_A_ROW {
            self.findings.push(finding);
            return true;
        }
        let left_out = self.left_out.entry(finding.column.unwrap_or_default()).or_default();
        match finding.severity {
            Severity::Error => left_out.errors += 1,
            Severity::Warning => left_out.doubts += 1,
        }
        false
    }

    /// What stands in a cell; sealed, when it is about a person and is kept.
    fn quote(&self, cell: &str, personal: bool, kept: bool) -> Option<Quote> {
        if self.line.is_shifted() {
            // Nobody can tell whether what stands under the heading is about a person.
            return None;
        }
        let text = Some(quoted(cell)).filter(|text| !text.is_empty())?;
        Some(if personal && kept {
            Quote::Sealed(self.sealed(PersonalField::NotUnderstood, &text))
        } else {
            Quote::Said(text)
        })
    }

    /// Text as written, with its width and spaces put right; none when blank or only a dash.
    pub fn text(&mut self, column: &Column) -> Option<String> {
        self.take(column, cell::text::text)
    }

    /// Text that must be there.
    pub fn required_text(&mut self, column: &Column) -> Option<String> {
        self.take_required(column, cell::text::text)
    }

    /// A category, which must be there. One that is not among the known ones is doubted and kept.
    pub fn category(&mut self, column: &Column) -> Option<Category> {
        self.take_required(column, cell::text::category)
    }

    /// The village or community, which must be there: a code, or the names that the row has for it.
    pub fn community(&mut self, place: &PlaceColumns) -> Option<AreaCode> {
        let Context { areas, within, .. } = self.context;
        let (column, text) = place.of(self.line);
        let read = cell::area::area(&text, areas, within, self.raw(place.address));
        let code = read.value;
        if code.is_none() && !read.is_error() {
            self.record(place.code, missing(place.code));
        }
        for trouble in read.troubles {
            self.record(column, trouble);
        }
        if let Some(code) = code.filter(|_| place.above.iter().any(|above| above.name == column.name)) {
            self.record(column, cell::area::only_the_town(code, areas));
        }
        let name = self.raw(place.name);
        if let Some(code) = code.filter(|code| code.level() == AreaLevel::Village)
            && column.name == place.code.name
            && !cell::is_blank(name)
            && !areas.may_be_called(name, code)
        {
            self.record(place.name, cell::area::name_differs(code, areas));
        }
        code
    }

    /// The divisions that are served, in code order. Some may be said from where the community lies: `全镇`. None of them
    /// lies beyond its county; a service for several counties is registered with their city.
    pub fn areas(&mut self, column: &Column, community: Option<AreaCode>) -> Vec<AreaCode> {
        let Context { areas, within, .. } = self.context;
        let codes = self.take(column, |text| cell::area::areas(text, areas, community.or(within))).unwrap_or_default();
        if let Some(beyond) = community.and_then(|home| cell::area::beyond_the_county(&codes, home, areas)) {
            self.record(column, beyond);
        }
        codes
    }

    /// The telephone numbers of a column of the service and of one of a person, in the order written. Local ones are
    /// completed as they are dialled where the community lies; when that is not known, the row is refused anyway, as in
    /// any place of the book. A person's mobiles are sealed, unless the cell says that they are the service's.
    pub fn telephones(&mut self, of_service: &Column, of_contact: &Column, community: Option<AreaCode>) -> Telephones {
        let anywhere = || self.context.areas.iter().last().map(|area| area.code);
        let numbering = community.or_else(anywhere).and_then(Numbering::of);
        let service = self.take(of_service, |text| cell::phone::phones(text, numbering)).unwrap_or_default();
        let contact = self.take(of_contact, |text| cell::phone::telephones(text, numbering)).unwrap_or_default();
        for (column, numbers) in [(of_service, service.is_empty()), (of_contact, contact.is_empty())] {
            if numbers {
                self.says_nothing(column, false);
            }
        }
        let Divided { public, kept } = Divided::of(service, contact);
        // Who hands a list in is told once for all of its rows.
        if !kept.is_empty() && self.source == Source::Form {
            let column = Some(self.line.heading(of_contact));
            let code = CellFinding::MobileKept.into();
            self.findings.push(Finding { column, value: None, code, severity: Severity::Warning });
        }
        let sealed = kept.iter().map(|number| self.sealed(PersonalField::ContactPhone, number.as_str()));
        // Nothing is kept of who is to be erased.
        let of_contact = sealed.filter(|sealed| !sealed.ciphertext.is_empty()).collect();
        Telephones { public, of_contact }
    }

    /// Opening hours. The text is always kept.
    pub fn hours(&mut self, column: &Column) -> Hours {
        let hours = self.take(column, cell::hours::hours).unwrap_or_default();
        if hours.says_nothing() {
            self.says_nothing(column, true);
        }
        hours
    }

    /// A day. `2025年3月` is its first day.
    pub fn date(&mut self, column: &Column) -> Option<NaiveDate> {
        self.take(column, cell::date::date)
    }

    /// A day until which something holds. `2025年3月` is its last day.
    pub fn last_day(&mut self, column: &Column) -> Option<NaiveDate> {
        self.take(column, cell::date::last_day)
    }

    /// Whom it is for.
    pub fn audience(&mut self, column: &Column) -> Eligibility {
        let eligibility = self.take(column, cell::audience::audience).unwrap_or_default();
        if eligibility.says_nothing() {
            self.says_nothing(column, true);
        }
        eligibility
    }

    /// Whether anything in the row says that it is not in operation: its name, a column for that, a remark. Nobody is then
    /// told that they may use it, or that it is open.
    pub fn in_operation(&mut self, name: &Column, eligibility: &mut Eligibility, hours: &mut Hours) {
        let said = [
            (name, cell::operation::in_name(self.raw(name))),
            (&STATE, cell::operation::in_state(self.raw(&STATE))),
            (&REMARK, cell::operation::in_remark(self.raw(&REMARK))),
        ];
        for (column, operation) in said {
            let Operation::InDoubt(words) = operation else { continue };
            let words = quoted(&words);
            self.unsaid.not_operating();
            eligibility.groups = vec![EligibleGroup::unclear()];
            hours.schedules.clear();
            self.record(column, Trouble::doubt(CellFinding::NotOperating { words }));
        }
    }

    /// A whole number, e.g. of places.
    pub fn count(&mut self, column: &Column) -> Option<u32> {
        self.take(column, cell::number::count)
    }

    /// How many places there are, by a column of the office's, and how many of them are free: by what the same cell says, or by
    /// [`VACANCY`]. Without a day of its own it is so today.
    pub fn places(&mut self, capacity: &Column) -> Places {
        let all = self.take_places(capacity, Which::All);
        let free = self.take_places(&VACANCY, Which::Free);
        let on = self.date(&VACANCY_ON);
        let (in_one, in_other) = (all.unwrap_or_default(), free.unwrap_or_default());
        let total = in_one.all.or(in_other.all);
        let taken = in_one.taken.or(in_other.taken);
        let counted = total.zip(taken).and_then(|(total, taken)| total.checked_sub(taken));
        let said = in_other.free.or(in_one.free);
        let about = if free.is_some() { &VACANCY } else { capacity };
        let differs = |other: Option<u32>| said.zip(other).is_some_and(|(said, other)| said != other);
        let mut vacancy = said.or(counted);
        if differs(in_one.free) || differs(counted) || (taken.is_some() && vacancy.is_none()) {
            self.record(about, Trouble::doubt(CellFinding::PlacesUnclear));
            vacancy = None;
        }
        if let (Some(free), Some(all)) = (vacancy, total)
            && free > all
        {
            self.record(about, Trouble::doubt(CellFinding::VacancyAboveCapacity { free, all }));
            vacancy = None;
        }
        if on.is_none() && !cell::is_blank(self.raw(&VACANCY_ON)) {
            // So many were free on a day that was not understood.
            vacancy = None;
        }
        let today = self.today();
        let as_of = on.or(in_other.on).or(in_one.on).unwrap_or(today);
        if vacancy.is_some() && as_of > today {
            self.record(about, Trouble::doubt(CellFinding::VacancyAhead { day: as_of }));
            vacancy = None;
        }
        for (column, says) in [(capacity, total.is_some()), (&VACANCY, vacancy.is_some())] {
            if !says {
                self.says_nothing(column, false);
            }
        }
        Places { capacity: total, vacancy: vacancy.map(|free| Vacancy { free, as_of }) }
    }

    /// What a cell says of places. What of it is unsaid can be told only once all cells were read.
    fn take_places(&mut self, column: &Column, which: Which) -> Option<cell::places::Places> {
        let heading = self.line.heading(column);
        let read = self.read(column, |text| cell::places::places(text, which, &heading));
        for trouble in read.troubles {
            self.record(column, trouble);
        }
        read.value
    }

    /// What a person must bring, by [`DOCUMENTS`].
    pub fn documents(&mut self) -> Documents {
        self.take(&DOCUMENTS, cell::documents::documents).unwrap_or_default()
    }

    /// An age in full years.
    pub fn age(&mut self, column: &Column) -> Option<u8> {
        self.take(column, cell::number::age)
    }

    /// Money, in fen.
    pub fn fen(&mut self, column: &Column) -> Option<u32> {
        self.take(column, cell::number::fen)
    }

    /// Yes or no.
    pub fn yes_no(&mut self, column: &Column) -> Option<bool> {
        self.take(column, cell::number::yes_no)
    }

    /// A unified social credit code; none when blank.
    pub fn credit_code(&mut self, column: &Column) -> Option<CreditCode> {
        self.take(column, cell::credit::credit_code)
    }

    /// Who answers for the registration: the name, sealed under the key of its contact person, and the numbers of theirs;
    /// none when there is neither. The column should be [`Column::personal`].
    pub fn contact(&mut self, column: &Column, phones: Vec<Sealed>) -> Option<Contact> {
        let name = self.take(column, cell::text::text).map(|name| self.sealed(PersonalField::ContactName, &name));
        (name.is_some() || !phones.is_empty()).then_some(Contact { name, phones })
    }

    /// A value about the contact person of this registration.
    fn sealed(&self, field: PersonalField, text: &str) -> Sealed {
        (self.context.seal)(field, text)
    }
}

/// The places of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// All that there are.
    pub capacity: Option<u32>,
    /// Those that are free.
    pub vacancy: Option<Vacancy>,
}

/// Whether a line says how many places are free: what it says again is so of another day, although nothing in it is other.
pub fn says_vacancy(line: &Line, columns: &[Column]) -> bool {
    columns.iter().filter(|column| column.of_places).any(|column| {
        let which = if column.name == VACANCY.name { Which::Free } else { Which::All };
        let said = cell::places::places(line.cell(column), which, &line.heading(column)).value;
        said.is_some_and(|said| said.free.is_some() || said.taken.is_some())
    })
}

/// Stands for a value that was not sealed, where nothing is going to be kept.
pub fn unsealed(person: PersonId) -> Sealed {
    Sealed { person, ciphertext: String::new() }
}

/// The trouble with a cell that must be filled and is not.
pub(crate) fn missing(column: &Column) -> Trouble {
    Trouble::error(CellFinding::Missing { column: column.on_form() })
}
