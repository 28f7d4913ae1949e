//! Personal data as the log keeps it.

use crate::ids::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value encrypted under the key of one person. The keys live outside the log; destroying a person's key erases
/// every value sealed for them, and leaves every proof over the log as it was.
///
/// It opens only for the person and as the [`PersonalField`] that it was sealed for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Sealed {
    /// Whose key opens it.
    pub person: PersonId,
    /// In base64url without padding: a byte that names the format (1), the number of the person's key (2 bytes,
    /// big-endian), and the value, padded to a multiple of 32 bytes, encrypted with AES-256-GCM-SIV (RFC 8452). The same
    /// value of the same person and field is the same text for as long as the key is the same. Empty where nothing was
    /// kept, because the person is to be erased.
    pub ciphertext: String,
}

/// What a sealed value says of its person. A text that was sealed as one does not open as another.
///
/// The names are part of what is encrypted: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalField {
    /// 联系人姓名: the name of who answers for a registration.
    ContactName,
    /// 联系人电话: a number of who answers for a registration that is not the service's.
    ContactPhone,
    /// 未能识别的原文: what stood in a column about a person and was not understood.
    NotUnderstood,
}

impl PersonalField {
    /// The name that the text is bound to.
    pub fn name(self) -> &'static str {
        match self {
            PersonalField::ContactName => "contact_name",
            PersonalField::ContactPhone => "contact_phone",
            PersonalField::NotUnderstood => "not_understood",
        }
    }

    /// The name for people, in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            PersonalField::ContactName => "联系人姓名",
            PersonalField::ContactPhone => "联系人电话",
            PersonalField::NotUnderstood => "未能识别的原文",
        }
    }

    /// The name for people, in English.
    pub fn name_en(self) -> &'static str {
        match self {
            PersonalField::ContactName => "name of the contact person",
            PersonalField::ContactPhone => "telephone number of the contact person",
            PersonalField::NotUnderstood => "words that were not understood",
        }
    }
}
