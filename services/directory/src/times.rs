//! A time as blocks and images hold it: seconds since 1970 and nanoseconds. As text it is three times as long and takes longer to
//! read than all that stands beside it.

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// For `#[serde(with)]`.
pub(crate) fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    (time.timestamp(), time.timestamp_subsec_nanos()).serialize(serializer)
}

/// For `#[serde(with)]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let (seconds, nanoseconds) = <(i64, u32)>::deserialize(deserializer)?;
    DateTime::from_timestamp(seconds, nanoseconds).ok_or_else(|| D::Error::custom("it is no time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct At(#[serde(with = "super")] DateTime<Utc>);

    #[test]
    fn a_time_is_read_as_it_was_written_however_far_away() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-28T09:30:00.123456789Z",
            "0001-01-01T00:00:00Z",
            "+012026-01-01T00:00:00Z",
        ] {
            let at = At(text.parse().unwrap());
            assert_eq!(rmp_serde::from_slice::<At>(&rmp_serde::to_vec(&at).unwrap()).unwrap(), at, "{text}");
        }
    }
}
