//! Whether a file is a whole list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a file says of the registrations that it has no row for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// 全表: it is the whole list; what has no row is absent.
    #[default]
    Whole,
    /// 变动: some rows of the list, new or changed; nothing follows of the others.
    Changes,
}

impl Extent {
    /// How addresses, forms and ids name it.
    pub fn name(self) -> &'static str {
        match self {
            Extent::Whole => "whole",
            Extent::Changes => "changes",
        }
    }
}
