//! How many there are of everything.

use super::enums::Office;
use super::scalars::Position;
use super::words::int;
use async_graphql::SimpleObject;
use directory::projection;

/// How many there are of everything.
#[derive(SimpleObject)]
pub struct Counters {
    /// Registrations of all offices, withdrawn ones included.
    pub registrations: i32,
    /// Registrations in force.
    pub registered: i32,
    /// Registrations suspended.
    pub suspended: i32,
    /// Registrations withdrawn.
    pub withdrawn: i32,
    /// Registrations of which something was said that this program cannot read: they count nowhere else.
    pub unknown: i32,
    /// The same by office, in the order in which pages list them.
    pub by_office: Vec<OfficeCounter>,
    /// Resources in the directory.
    pub resources: i32,
    /// Merges in force.
    pub merges: i32,
    /// Merges proposed, on which a steward has yet to decide; not those whose two other merges have made one.
    pub proposals: i32,
    /// Proposals refused.
    pub refusals: i32,
    /// Merges undone.
    pub undone: i32,
    /// Files handed in and settled.
    pub hand_ins: i32,
    /// How far the directory has got.
    pub position: Position,
    /// Up to where the service centre has acted.
    pub through: Position,
}

/// The registrations of one office.
#[derive(SimpleObject)]
pub struct OfficeCounter {
    /// The office.
    pub office: Office,
    /// All, withdrawn ones included.
    pub registrations: i32,
    /// In force.
    pub registered: i32,
    /// Suspended.
    pub suspended: i32,
    /// Withdrawn.
    pub withdrawn: i32,
    /// Of which something was said that this program cannot read.
    pub unknown: i32,
}

impl Counters {
    /// What was counted, at a position.
    pub fn of(counted: &projection::Counters, position: Position, through: Position) -> Counters {
        let sum = |of: fn(&projection::OfficeCount) -> u32| int(counted.offices.iter().map(of).sum::<u32>());
        Counters {
            registrations: sum(|office| office.total()),
            registered: sum(|office| office.registered),
            suspended: sum(|office| office.suspended),
            withdrawn: sum(|office| office.withdrawn),
            unknown: sum(|office| office.unknown),
            by_office: schema::Office::ALL
                .into_iter()
                .map(|office| {
                    let count = counted.office(office);
                    OfficeCounter {
                        office: office.into(),
                        registrations: int(count.total()),
                        registered: int(count.registered),
                        suspended: int(count.suspended),
                        withdrawn: int(count.withdrawn),
                        unknown: int(count.unknown),
                    }
                })
                .collect(),
            resources: int(counted.resources),
            merges: int(counted.merges),
            proposals: int(counted.proposals),
            refusals: int(counted.refusals),
            undone: int(counted.undone),
            hand_ins: int(counted.hand_ins),
            position,
            through,
        }
    }
}
