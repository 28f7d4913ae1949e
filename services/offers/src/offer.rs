//! What is offered.

use schema::{AreaCode, Category, Documents, Eligibility, Hours, Kind, Licence, Phone, Sealed, Vacancy};
use serde::{Deserialize, Serialize};

/// What is offered, field by field as [`schema::resource::Resource`] has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// What sort of thing it is.
    pub kind: Kind,
    /// Its name as the office wrote it.
    pub name: String,
    /// Its category.
    pub category: Category,
    /// The credit code of who provides it; its check digit was verified by the office.
    pub credit_code: Option<String>,
    /// Numbers to call, in the office's order.
    pub phones: Vec<Phone>,
    /// Where to go.
    pub address: Option<String>,
    /// Where it is.
    pub area: AreaCode,
    /// What it serves.
    pub coverage: Vec<AreaCode>,
    /// Whom it is for.
    pub eligibility: Eligibility,
    /// When it is open.
    pub hours: Hours,
    /// What it costs, in words.
    pub fees: Option<String>,
    /// All places for the public: beds, places, meals a day or elders who can be paired.
    pub capacity: Option<u32>,
    /// How many of them are free, and on which day that was said.
    pub vacancy: Option<Vacancy>,
    /// What a person must bring.
    pub documents: Documents,
    /// Whether it comes to the home.
    pub home_visits: Option<bool>,
    /// Its licence.
    pub licence: Licence,
    /// The number under which a register of its own knows it (志愿汇编号). Bears on matching alone.
    pub register_number: Option<String>,
    /// What the office calls the village. Bears on matching alone.
    pub village_name: Option<String>,
    /// Numbers of who answers for it, as its office sealed them: nobody is shown them. They bear on matching alone, where
    /// they can be opened.
    pub sealed_phones: Vec<Sealed>,
}
