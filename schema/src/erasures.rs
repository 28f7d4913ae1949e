//! Orders to erase a person, that they were carried out, and what was public and may be so no longer. Streams
//! `erasures-<scope>`, the scope that of the person's or the registration's id; which key store holds the keys stands in
//! the nation's (`erasures-000000`), since an installation has one.
//!
//! An order is in the log before a key is destroyed, so that it is completed whatever happens in between, and so that a
//! key store that is put back from an older copy carries it out again when it starts.

use crate::event::event_enum;
use crate::ids::{PersonId, RegistrationId};
use crate::resource::RetractableField;
use crate::vocabulary::vocabulary;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Why a person's data is erased: the cases of article 47 of the Personal Information Protection Law (个人信息保护法,
/// in force since 2021-11-01) and, for what is wrong, its article 46.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureGround {
    /// 本人请求删除: the person asks for it (article 47, paragraph 1).
    PersonRequested,
    /// 本人撤回同意: the person withdraws their consent (article 47, paragraph 1, item 3).
    ConsentWithdrawn,
    /// 处理目的已实现或者不再必要: what the data was for is done, or needs it no longer (item 1).
    PurposeEnded,
    /// 停止提供服务或者保存期限届满: the service has ended, or the time for which it is kept is over (item 2).
    RetentionEnded,
    /// 违反规定或者约定处理: it was taken or used against the law or what was agreed (item 4).
    Unlawful,
    /// 法院或者主管机关要求: a court or an authority orders it (item 5).
    Required,
    /// 登记有误: it was recorded in error (article 46).
    RecordedInError,
}

impl ErasureGround {
    /// All of them.
    pub const ALL: [ErasureGround; 7] = [
        ErasureGround::PersonRequested,
        ErasureGround::ConsentWithdrawn,
        ErasureGround::PurposeEnded,
        ErasureGround::RetentionEnded,
        ErasureGround::Unlawful,
        ErasureGround::Required,
        ErasureGround::RecordedInError,
    ];

    /// The name in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            ErasureGround::PersonRequested => "person_requested",
            ErasureGround::ConsentWithdrawn => "consent_withdrawn",
            ErasureGround::PurposeEnded => "purpose_ended",
            ErasureGround::RetentionEnded => "retention_ended",
            ErasureGround::Unlawful => "unlawful",
            ErasureGround::Required => "required",
            ErasureGround::RecordedInError => "recorded_in_error",
        }
    }

    /// The name for people, in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            ErasureGround::PersonRequested => "本人请求删除",
            ErasureGround::ConsentWithdrawn => "本人撤回同意",
            ErasureGround::PurposeEnded => "处理目的已实现或者不再必要",
            ErasureGround::RetentionEnded => "停止提供服务或者保存期限届满",
            ErasureGround::Unlawful => "违反规定或者约定处理",
            ErasureGround::Required => "法院或者主管机关要求",
            ErasureGround::RecordedInError => "登记有误",
        }
    }

    /// The name for people, in English.
    pub fn name_en(self) -> &'static str {
        match self {
            ErasureGround::PersonRequested => "the person asks for it",
            ErasureGround::ConsentWithdrawn => "the person withdrew their consent",
            ErasureGround::PurposeEnded => "its purpose is reached or needs it no longer",
            ErasureGround::RetentionEnded => "the service or the time of keeping has ended",
            ErasureGround::Unlawful => "it was processed against the law or what was agreed",
            ErasureGround::Required => "a court or an authority requires it",
            ErasureGround::RecordedInError => "it was recorded in error",
        }
    }
}

impl fmt::Display for ErasureGround {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No ground of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no ground is called {0:?}; there are person_requested, consent_withdrawn, purpose_ended, retention_ended, \
         unlawful, required and recorded_in_error"
)]
pub struct UnknownGround(pub String);

impl FromStr for ErasureGround {
    type Err = UnknownGround;
    /// Takes hyphens for underscores.
    fn from_str(text: &str) -> Result<Self, UnknownGround> {
        let name = text.replace('-', "_");
        ErasureGround::ALL
            .into_iter()
            .find(|ground| ground.name() == name)
            .ok_or_else(|| UnknownGround(text.to_owned()))
    }
}

/// A law requires that the data be kept until a day. Until then it is stored and nothing else is done with it (article
/// 47, paragraph 2): nobody is shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// The first day on which it need not be kept any more; the order is carried out then.
    pub until: NaiveDate,
    /// The provision, as the administrator cites it.
    pub law: String,
}

/// The person's data is to be erased. Of several orders for one person the latest says until when it is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonErasureOrdered {
    /// Whose.
    pub person: PersonId,
    /// Why.
    pub ground: ErasureGround,
    /// Who ordered it: the subject of a token.
    pub ordered_by: String,
    /// Until when it must be kept; none if it is erased at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
}

/// The person's keys are destroyed: what was sealed for them can be opened by nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonErased {
    /// Whose.
    pub person: PersonId,
}

/// From here on values are sealed under the keys of this store. Another one is refused: it would open nothing of what is
/// in the log, and what it sealed would be lost with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyStoreAdopted {
    /// The store's identity.
    pub store: Uuid,
}

vocabulary! {
    /// Why a value that was public may be so no longer. Articles are those of the Personal Information Protection Law.
    pub enum RetractionReason {
        /// Article 25.
        PublishedByMistake = "published_by_mistake", "误将个人信息公开", "personal data was published by mistake";
        /// Article 15.
        ConsentWithdrawn = "consent_withdrawn", "本人撤回同意", "the person withdrew their consent";
        /// Articles 27 and 44.
        PersonObjected = "person_objected", "本人拒绝公开", "the person objects to its being public";
        /// Article 46.
        Incorrect = "incorrect", "内容有误，应当更正", "it is wrong and to be corrected";
        /// Article 66, for one.
        Ordered = "ordered", "法院或者主管机关要求", "a court or an authority requires it";
        OtherLaw = "other_law", "其他法律、行政法规规定", "another law or administrative regulation requires it";
        /// Article 47: it is needed no more. Follows by itself when an office takes a number back that may be a person's.
        RemovedByOffice = "removed_by_office", "登记部门已删除", "its office removed it";
    }
}

impl RetractionReason {
    /// Whether a steward may give it, rather than that it follows from what an office did.
    pub fn is_given(self) -> bool {
        match self {
            RetractionReason::PublishedByMistake
            | RetractionReason::ConsentWithdrawn
            | RetractionReason::PersonObjected
            | RetractionReason::Incorrect
            | RetractionReason::Ordered
            | RetractionReason::OtherLaw => true,
            RetractionReason::RemovedByOffice => false,
        }
    }
}

/// A once-public value of a registration is hidden from here on, in whatever was told before and is told after.
///
/// Hidden are all values of the field that events of this registration stated up to here, wherever the log holds them: in
/// the registration itself, in resources that were published of it, as the grounds of merges, in the feed of changes; also
/// for who asks how things stood before. A value that is stated after it is shown, unless it equals a hidden one. What its
/// own office removed ([`RetractionReason::RemovedByOffice`]) is less: hidden are the values that the registration says no
/// more, and one that its office says again is shown from there on. Of a field with several values (telephones) each is one of them; what another registration says itself is its own, and is
/// shown. What stood in its rows and was not understood may quote the value, and is not shown any more, of any column.
///
/// It is about one id alone, so that nobody needs to look into another county: who retracts in a registration that moved
/// says so of each id that it had, and what moves later takes along what is hidden ([`crate::MovedIn::retracted`]). The
/// value itself is not in the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValueRetracted {
    /// Whose value it is.
    pub registration: RegistrationId,
    /// Of which field.
    pub field: RetractableField,
    /// Why.
    pub reason: RetractionReason,
    /// Who retracted it: the subject of a token; `service:center` where it follows from what an office did.
    pub retracted_by: String,
}

event_enum! {
    /// What happens to persons and their keys, and what is hidden.
    pub enum ErasureEvent {
        /// A key store came into use.
        KeyStoreAdopted(KeyStoreAdopted),
        /// A person is to be erased.
        PersonErasureOrdered(PersonErasureOrdered),
        /// A person was erased.
        PersonErased(PersonErased),
        /// A value is hidden.
        ValueRetracted(ValueRetracted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ground_is_read_by_the_name_it_is_written_with() {
        for ground in ErasureGround::ALL {
            assert_eq!(ground.name().parse(), Ok(ground));
            assert_eq!(ground.name().replace('_', "-").parse(), Ok(ground));
            assert_eq!(serde_json::to_value(ground).unwrap(), ground.name());
        }
        assert!("because".parse::<ErasureGround>().is_err());
    }
}
