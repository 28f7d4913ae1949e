//! Which division a question means: a code is one of the list that the question names, and never taken for one of another. A
//! code that ended is read as what came after it, and the answer says so.

use super::errors::{Divided, Fault};
use directory::projection::View;
use schema::area_book::{AreaView, Became};
use schema::{AreaCode, AreaLevel, Scheme};

/// The division that a question is about, in the list in which registrations are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedArea {
    /// Its code there.
    pub code: AreaCode,
    /// The list and the code it was asked for by, when that was another list, or a code that ended.
    pub asked_as: Option<(Scheme, AreaCode)>,
}

/// The place of a code of a list. One that ended is read as its successor. One of another list than the declared one
/// crosses over where the declared list has one division of that name in the same county.
///
/// # Errors
/// When the list does not have it, when it went over into several, or when it does not cross.
pub fn place(view: &View, scheme: Scheme, asked: AreaCode) -> Result<AskedArea, Fault> {
    let code = of_today(view.divisions_of(scheme), asked)?;
    let declared = Scheme::default();
    let asked_as = (scheme != declared || code != asked).then_some((scheme, asked));
    if scheme == declared {
        return Ok(AskedArea { code, asked_as });
    }
    let known = view.divisions_of(scheme).get(code);
    let namesake = |level: AreaLevel| {
        let name = &known?.name;
        let within = view.divisions().iter(Some(code.at_level(level)));
        let mut same_name = within.filter(|area| area.name == *name && area.level == code.level());
        match (same_name.next(), same_name.next()) {
            (Some(only), None) => Some((only.code, only.name.clone())),
            (Some(_), Some(_)) | (None, _) => None,
        }
    };
    match namesake(AreaLevel::County) {
        Some((namesake, _)) => Ok(AskedArea { code: namesake, asked_as }),
        // Across the border of a county it takes a person to say that it is the same.
        None => Err(Fault::SchemeNotCrossed { code, suggestion: namesake(AreaLevel::City) }),
    }
}

/// The division by which a list is to be held, if its code is one of the declared list.
///
/// # Errors
/// When the list does not have it, or it went over into several.
pub fn within(view: &View, code: Option<super::scalars::AreaCode>) -> Result<Option<AreaCode>, Fault> {
    code.map(|code| place(view, Scheme::default(), code.0).map(|place| place.code)).transpose()
}

/// The code of today for a code.
///
/// # Errors
/// When the list does not have it, or it went over into several.
pub fn of_today(divisions: AreaView<'_>, code: AreaCode) -> Result<AreaCode, Fault> {
    match divisions.became(code, None) {
        // One that ended without a successor is asked about as it was: what stood there is still found.
        Became::Itself | Became::Nothing => Ok(code),
        Became::One(new) => Ok(new),
        // One that was known lies in this one, and nothing says where.
        Became::Within(codes) if codes.len() == 1 && divisions.name(code).is_some() => {
            Ok(codes.first().copied().unwrap_or(code))
        }
        Became::Several(codes) => Err(Fault::AreaDivided { code, divided: divided(divisions, code, code, &codes) }),
        Became::Within(codes) => {
            let lay_in = code.with_ancestors().skip(1).find(|above| divisions.became(*above, None) != Became::Unknown);
            let divided = lay_in.map(|above| divided(divisions, above, code, &codes));
            Err(Fault::UnknownArea { code, lay_in: divided })
        }
        Became::Unknown if divisions.is_empty() => Ok(code),
        Became::Unknown => Err(Fault::UnknownArea { code, lay_in: None }),
    }
}

fn divided(divisions: AreaView<'_>, old: AreaCode, asked: AreaCode, into: &[AreaCode]) -> Divided {
    let named = |code: AreaCode| (code, divisions.name(code).unwrap_or_default().to_owned());
    let year = divisions.succession(asked, None).changes.first().map(|change| change.on.year());
    Divided { old: named(old), year, into: into.iter().map(|code| named(*code)).collect() }
}
