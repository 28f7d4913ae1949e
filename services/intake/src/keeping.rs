//! What a registration keeps where a row says nothing of it, or nothing that is understood: a slip in a list must not take
//! back what stands. `删除` in a cell takes it back. One that moves to another county keeps what does not go by its place.

use crate::column::Column;
use crate::sheet::is_called;
use schema::finding::FindingCode;
use schema::{Contact, Documents, Doubt, Eligibility, EligibleGroup, Hours, Licence, PersonalField, Sealed};

/// The columns of which a row says nothing that was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsaid(Vec<Unspoken>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unspoken {
    column: Column,
    /// Whether it says when something is open, or for whom.
    is_of_operation: bool,
}

impl Unsaid {
    pub(crate) fn note(&mut self, column: &Column, is_of_operation: bool) {
        match self.0.iter_mut().find(|unsaid| unsaid.column.name == column.name) {
            Some(unsaid) => unsaid.is_of_operation |= is_of_operation,
            None => self.0.push(Unspoken { column: *column, is_of_operation }),
        }
    }

    /// The row says that it is not in operation: what stood of its hours and of whom it is for must not make it open again.
    pub(crate) fn not_operating(&mut self) {
        self.0.retain(|column| !column.is_of_operation);
    }

    /// Whether nothing was said of a column.
    pub fn is(&self, column: &Column) -> bool {
        self.0.iter().any(|unsaid| unsaid.column.name == column.name)
    }
}

/// Seals for the contact of another registration what was sealed for that of this one; none of what nobody may open.
pub type Resealing<'u> = &'u dyn Fn(PersonalField, &Sealed) -> Option<Sealed>;

/// Puts what stood back where nothing was said, and remembers where.
pub struct Keeping<'u> {
    unsaid: &'u Unsaid,
    /// Where it moves to another county: it goes on under another id there, and so does its contact.
    moving: Option<Resealing<'u>>,
    kept: Vec<&'static str>,
    /// The columns whose doubts stay.
    doubted: Vec<&'static str>,
}

impl<'u> Keeping<'u> {
    /// For a row of which this is unsaid.
    pub fn of(unsaid: &'u Unsaid) -> Self {
        Keeping { unsaid, moving: None, kept: Vec::new(), doubted: Vec::new() }
    }

    /// For a row of which this is unsaid, and by which its registration moves to another county.
    pub fn of_moving(unsaid: &'u Unsaid, resealing: Resealing<'u>) -> Self {
        Keeping { moving: Some(resealing), ..Keeping::of(unsaid) }
    }

    /// The names of the columns of which something was kept.
    pub fn kept(&self) -> &[&'static str] {
        &self.kept
    }

    /// Keeps the doubts about columns of which nothing is said now, neither what was understood nor what was not: what was
    /// never understood stays to be checked. Comes before the values are kept. What stood in another county is not doubted
    /// here.
    pub fn keep_doubts(&mut self, said: &mut Vec<Doubt>, stood: Vec<Doubt>) {
        let now: Vec<String> = said.iter().map(|doubt| doubt.column.clone()).collect();
        for doubt in stood.into_iter().filter(|doubt| self.moving.is_none() && is_of_words(doubt)) {
            let column =
                self.unsaid.0.iter().map(|unsaid| unsaid.column).find(|column| is_called(column, &doubt.column));
            let Some(column) = column.filter(|column| !now.iter().any(|now| is_called(column, now))) else { continue };
            self.doubted.push(column.name);
            said.push(doubt);
        }
    }

    /// Keeps what stood of a column, if nothing was said of it.
    pub fn keep<T: MayBeBlank>(&mut self, column: &Column, said: &mut T, stood: T) {
        self.keep_of(&[column], said, stood);
    }

    /// The same of a column that says where something is, or what it serves: another county's is another.
    pub fn keep_here<T: MayBeBlank>(&mut self, column: &Column, said: &mut T, stood: T) {
        if self.moving.is_none() {
            self.keep(column, said, stood);
        }
    }

    /// The same of sealed numbers.
    pub fn keep_sealed(&mut self, phones: &Column, said: &mut Vec<Sealed>, stood: Vec<Sealed>) {
        let stood =
            stood.into_iter().filter_map(|phone| self.sealed_here(PersonalField::ContactPhone, phone)).collect();
        self.keep(phones, said, stood);
    }

    fn sealed_here(&self, field: PersonalField, sealed: Sealed) -> Option<Sealed> {
        match self.moving {
            None => Some(sealed),
            Some(reseal) => reseal(field, &sealed),
        }
    }

    /// The same where several columns say it, if none of them did.
    pub fn keep_of<T: MayBeBlank>(&mut self, columns: &[&Column], said: &mut T, stood: T) {
        if !columns.iter().all(|column| self.unsaid.is(column)) {
            return;
        }
        if said.says_nothing() && !stood.says_nothing() {
            *said = stood;
            self.kept.extend(columns.iter().map(|column| column.name));
        } else if said.is_blank() && columns.iter().any(|column| self.doubted.contains(&column.name)) {
            // Words that were never understood stand beside the doubt about them.
            *said = stood;
        }
    }

    /// Keeps a contact's name and numbers, each by itself.
    pub fn keep_contact(
        &mut self,
        (name, phones): (&Column, &Column),
        said: &mut Option<Contact>,
        stood: Option<Contact>,
    ) {
        let Some(stood) = stood else { return };
        let mut contact = said.take().unwrap_or_default();
        let stood_name = stood.name.and_then(|name| self.sealed_here(PersonalField::ContactName, name));
        self.keep(name, &mut contact.name, stood_name);
        self.keep_sealed(phones, &mut contact.phones, stood.phones);
        *said = (contact.name.is_some() || !contact.phones.is_empty()).then_some(contact);
    }
}

/// Whether a doubt is about words that stood there, and not about the day on which they were read.
fn is_of_words(doubt: &Doubt) -> bool {
    doubt.value.is_some() && !matches!(doubt.code, FindingCode::RuleFinding(_))
}

/// A value that may say nothing.
pub trait MayBeBlank {
    /// Whether nothing of it is understood.
    fn says_nothing(&self) -> bool;

    /// Whether no words of it stand either.
    fn is_blank(&self) -> bool {
        self.says_nothing()
    }
}

impl<T> MayBeBlank for Option<T> {
    fn says_nothing(&self) -> bool {
        self.is_none()
    }
}

impl<T> MayBeBlank for Vec<T> {
    fn says_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl MayBeBlank for Hours {
    /// Words that were not understood say nothing of when it is open.
    fn says_nothing(&self) -> bool {
        self.schedules.is_empty()
    }

    fn is_blank(&self) -> bool {
        *self == Hours::default()
    }
}

impl MayBeBlank for Eligibility {
    /// Words that were not understood say nothing of whom it is for.
    fn says_nothing(&self) -> bool {
        !self.says_whom() && self.groups.iter().all(|group| *group == EligibleGroup::unclear())
    }

    fn is_blank(&self) -> bool {
        *self == Eligibility::default()
    }
}

impl MayBeBlank for Documents {
    fn says_nothing(&self) -> bool {
        self.is_empty()
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl MayBeBlank for Licence {
    fn says_nothing(&self) -> bool {
        match self {
            Licence::Unknown { .. } => true,
            Licence::Until { .. } | Licence::NotRequired => false,
        }
    }
}
