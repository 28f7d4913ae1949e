//! Which division a question means: a code is one of the list that the question names, and never taken for one of another.

use super::errors::Fault;
use crate::projection::View;
use schema::areas::AreaChanged;
use schema::{AreaCode, AreaLevel, Scheme};

/// The division that a question is about, in the list in which registrations are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its code there.
    pub code: AreaCode,
    /// The list and the code it was asked for by, when that was another list.
    pub asked_as: Option<(Scheme, AreaCode)>,
}

/// A division that went over into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Became {
    /// Its code and name.
    pub old: (AreaCode, String),
    /// The code and name of the other.
    pub new: (AreaCode, String),
    /// The year.
    pub year: u16,
}

/// The place of a code of a list. One of another list than the declared one crosses over where the declared list has one
/// division of that name in the same county, and the answer says so.
///
/// # Errors
/// When the list does not have it, or it does not cross.
pub fn place(view: &View, scheme: Scheme, code: AreaCode) -> Result<Place, Fault> {
    let areas = &view.snapshot.areas;
    let declared = Scheme::default();
    let known = areas.get(scheme, code, view.as_of);
    if known.is_none() && areas.knows(scheme, view.as_of) {
        return Err(Fault::UnknownArea { code, became: became(view, scheme, code) });
    }
    if scheme == declared {
        return Ok(Place { code, asked_as: None });
    }
    let namesake = |level: AreaLevel| {
        let name = &known?.name;
        let within = areas.iter(declared, Some(code.at_level(level)), view.as_of);
        let mut same_name = within.filter(|area| area.name == *name && area.level == code.level());
        match (same_name.next(), same_name.next()) {
            (Some(only), None) => Some((only.code, only.name.clone())),
            (Some(_), Some(_)) | (None, _) => None,
        }
    };
    match namesake(AreaLevel::County) {
        Some((namesake, _)) => Ok(Place { code: namesake, asked_as: Some((scheme, code)) }),
        // Across the border of a county it takes a person to say that it is the same.
        None => Err(Fault::SchemeNotCrossed { code, suggestion: namesake(AreaLevel::City) }),
    }
}

/// The division by which a list is to be held, if its code is one of the declared list.
///
/// # Errors
/// When the list does not have it.
pub fn within(view: &View, code: Option<super::scalars::AreaCode>) -> Result<Option<AreaCode>, Fault> {
    code.map(|code| place(view, Scheme::default(), code.0).map(|place| place.code)).transpose()
}

/// What a code that the list no longer has, or the division it lay in, went over into, by the latest change of it.
fn became(view: &View, scheme: Scheme, code: AreaCode) -> Option<Became> {
    let changes: Vec<_> = view.snapshot.areas.changes(scheme, view.as_of).collect();
    let of = |old: AreaCode| changes.iter().rev().find_map(|change| recoded(change, old));
    code.with_ancestors().find_map(of)
}

fn recoded(change: &AreaChanged, old: AreaCode) -> Option<Became> {
    let new = change.new_code.filter(|new| *new != old)?;
    (change.old_code == Some(old)).then(|| Became {
        old: (old, change.old_name.clone().unwrap_or_default()),
        new: (new, change.new_name.clone().unwrap_or_default()),
        year: change.year,
    })
}
