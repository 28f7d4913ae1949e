//! Which registrations are of one thing (Fellegi-Sunter): normalise, block, compare, weigh, explain. Pure, and
//! independent of the order in which registrations arrive: a pair's evidence depends on the two and on the divisions.

pub mod address;
pub mod block;
pub mod compare;
pub mod model;
pub mod name;
pub mod place;
pub mod service;

pub use compare::{Band, Evidence, Features, band, judge};

use schema::{Phone, Sealed};

/// A number that an office sealed, opened to be compared. Where it is told what was compared, it stands sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivatePhone {
    /// As its office sealed it.
    pub sealed: Sealed,
    /// What it is.
    pub number: Phone,
}

impl std::fmt::Debug for PrivatePhone {
    /// Without the number: what is written for whoever looks for a fault tells nobody's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivatePhone").field("sealed", &self.sealed).finish_non_exhaustive()
    }
}

/// A few divisions around 大李官营, for tests.
#[cfg(test)]
pub(crate) fn sample_areas() -> schema::area_book::AreaBook {
    use schema::areas::{Area, AreasEvent, AreasListed};
    let area = |code: &str, name: &str, parent: &str| {
        let code: schema::AreaCode = code.parse().unwrap();
        Area { code, name: name.into(), level: code.level(), parent: parent.parse().ok() }
    };
    let mut book = schema::area_book::AreaBook::default();
    book.apply(&AreasEvent::AreasListed(AreasListed {
        scheme: schema::Scheme::default(),
        areas: vec![
            area("130000000000", "河北省", ""),
            area("130300000000", "秦皇岛市", "130000000000"),
            area("130306000000", "抚宁区", "130300000000"),
            area("130306100000", "抚宁镇", "130306000000"),
            area("130306100209", "大李官营村委会", "130306100000"),
            area("130306100210", "李官营村委会", "130306100000"),
            area("130306100248", "陈各庄村委会", "130306100000"),
        ],
        part: None,
    }));
    book
}
