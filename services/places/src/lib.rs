//! Finding divisions by however their names are written: in characters (`抚宁镇大李官营村`, `抚宁县大李官营`, `大李官营`), in pinyin
//! (`daliguanying`), by initials (`dlgy`), with a character that sounds alike or one slip, by a former name or by one that people use.
//!
//! [`Places`] is an index that is made of all names at once and never changes; [`Places::find`] asks it. The parts that it is made of
//! are of use for other names too: [`written`] brings texts into the form in which they are compared, [`sound`] says how they are read.
//!
//! Pure: no input, no output, no clock. The same names and the same question have the same answer, in the same order.

mod ask;
mod index;
pub mod sound;
pub mod written;

pub use ask::{Asked, Found, LONGEST, Manner};
pub use index::{NameSort, Named, Places};
