//! What is written into the log must be read from it again as it was. `serde_json` writes a number that is not finite
//! as `null`, and a caller that gives up on an error would write `null` for all of it; both are refused here.

use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Value;
use std::fmt;

/// Something cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// JSON cannot say it without saying something else.
    #[error("{what} cannot be written: {problem}")]
    Unwritable {
        /// The name of its type.
        what: &'static str,
        /// What stands in the way.
        problem: String,
    },
    /// It is larger than an event may be.
    #[error("{what} has {bytes} bytes; an event has at most {most}")]
    TooLarge {
        /// The name of its type.
        what: &'static str,
        /// How many bytes it has as JSON.
        bytes: usize,
        /// How many it may have.
        most: usize,
    },
}

impl EncodeError {
    pub(crate) fn unwritable(what: &'static str, problem: String) -> EncodeError {
        EncodeError::Unwritable { what, problem }
    }
}

/// A value as JSON.
///
/// # Errors
/// When it holds what JSON cannot say: a number that is not finite, a key that is not text, or what its own way of
/// writing refuses.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Value, EncodeError> {
    let refused = |problem: String| EncodeError::unwritable(std::any::type_name::<T>(), problem);
    value.serialize(Finite).map_err(|problem| refused(problem.0))?;
    serde_json::to_value(value).map_err(|problem| refused(problem.to_string()))
}

/// Goes through a value and refuses a number that is not finite.
#[derive(Clone, Copy)]
struct Finite;

#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(message: T) -> Refused {
        Refused(message.to_string())
    }
}

fn finite(number: f64) -> Result<(), Refused> {
    if number.is_finite() { Ok(()) } else { Err(Refused(format!("{number} is not a number that JSON has"))) }
}

macro_rules! always {
    ($($method:ident($type:ty)),+ $(,)?) => {
        $(fn $method(self, _: $type) -> Result<(), Refused> {
            Ok(())
        })+
    };
}

impl Serializer for Finite {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Finite;
    type SerializeTuple = Finite;
    type SerializeTupleStruct = Finite;
    type SerializeTupleVariant = Finite;
    type SerializeMap = Finite;
    type SerializeStruct = Finite;
    type SerializeStructVariant = Finite;

    always!(
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_char(char),
        serialize_str(&str),
        serialize_bytes(&[u8]),
        serialize_unit_struct(&'static str),
    );

    fn serialize_f32(self, number: f32) -> Result<(), Refused> {
        finite(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Refused> {
        finite(number)
    }

    fn serialize_none(self) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Finite, Refused> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Finite, Refused> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Finite, Refused> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Finite, Refused> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Finite, Refused> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Finite, Refused> {
        Ok(self)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Finite, Refused> {
        Ok(self)
    }
}

macro_rules! each {
    ($($trait:ident::$method:ident),+ $(,)?) => {
        $(impl $trait for Finite {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Refused> {
                Ok(())
            }
        })+
    };
}

each!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
);

impl SerializeMap for Finite {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }
}

macro_rules! each_field {
    ($($trait:ident),+) => {
        $(impl $trait for Finite {
            type Ok = ();
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Refused> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Refused> {
                Ok(())
            }
        })+
    };
}

each_field!(SerializeStruct, SerializeStructVariant);

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    struct Weighed {
        weight: Option<f64>,
        parts: Vec<(String, f32)>,
    }

    #[test]
    fn a_number_that_is_not_finite_is_refused_wherever_it_stands() {
        let weighed = |weight, part| Weighed { weight, parts: vec![("a".to_owned(), part)] };
        assert_eq!(json(&weighed(Some(0.5), 1.0)).unwrap(), serde_json::json!({"weight": 0.5, "parts": [["a", 1.0]]}));
        assert_eq!(json(&weighed(None, 1.0)).unwrap()["weight"], Value::Null);
        for bad in [weighed(Some(f64::NAN), 1.0), weighed(Some(f64::INFINITY), 1.0), weighed(None, f32::NEG_INFINITY)] {
            assert!(json(&bad).unwrap_err().to_string().contains("Weighed cannot be written"), "{:?}", bad.parts);
        }
    }

    #[test]
    fn a_key_that_is_not_text_is_refused() {
        assert!(json(&BTreeMap::from([((1, 2), "x")])).is_err());
        assert!(json(&BTreeMap::from([(Some("a"), f64::NAN)])).is_err());
        assert_eq!(json(&BTreeMap::from([("a", 1)])).unwrap(), serde_json::json!({"a": 1}));
    }

    #[test]
    fn whatever_refuses_to_be_written_is_refused_and_never_null() {
        struct Never;
        impl Serialize for Never {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("not today"))
            }
        }
        let refused = json(&[Never]).unwrap_err();
        assert!(refused.to_string().contains("not today"), "{refused}");
    }
}
