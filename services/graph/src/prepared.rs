//! Operations that are asked again and again, answered without the executor: prepared once, and their answers written as they are
//! told, with no tree of values between.
//!
//! What may be prepared is what those who ask a directory ask most: `availableServices` with fields that are told from their object alone
//! ([`prepared_macros::fields`]). Whatever else a document holds, a directive, a field with arguments, another root, is
//! for the executor, and so is every error: here is an answer, or none. The executor answers a document first, so that what does not
//! fit the schema never comes here.

mod operation;

pub(crate) use operation::{Operation, Written};
pub(crate) use prepared_macros::{Fields, Name, fields};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection as Item, SelectionSet};
use async_graphql::resolver_utils::{EnumType, enum_value};
use async_graphql::{ID, ScalarType, Value};

/// A value of an answer.
pub(crate) trait Answer {
    /// What of it is asked for.
    type Selection: Send + Sync + 'static;

    /// Prepares what is asked for; none where the executor must answer.
    fn prepare(selected: &Selected<'_>) -> Option<Self::Selection>;

    /// Writes what is asked for, in JSON.
    fn write(&self, selection: &Self::Selection, out: &mut Vec<u8>);
}

/// Writes a field of an object.
pub(crate) type Write<T> = Box<dyn Fn(&T, &mut Vec<u8>) + Send + Sync>;

/// An object of the schema.
pub(crate) trait Fields: Sized + 'static {
    /// Its type.
    const TYPE: &'static str;

    /// How one of its fields is written; none where the executor must.
    fn field(name: &str, selected: &Selected<'_>) -> Option<Write<Self>>;
}

/// What is selected of a field, at every place where it is asked for under one key.
pub(crate) struct Selected<'d> {
    document: &'d ExecutableDocument,
    sets: Vec<&'d SelectionSet>,
}

/// A field that is asked for, under its key in the answer.
pub(crate) struct Asked<'d> {
    pub(crate) key: &'d str,
    pub(crate) field: &'d Field,
    pub(crate) selected: Selected<'d>,
}

impl<'d> Selected<'d> {
    pub(crate) fn of(document: &'d ExecutableDocument, set: &'d SelectionSet) -> Selected<'d> {
        Selected { document, sets: vec![set] }
    }

    /// Of what has no fields.
    pub(crate) fn of_leaf(&self) -> Option<()> {
        self.sets.iter().all(|set| set.items.is_empty()).then_some(())
    }

    /// The fields of an object type, in their order (GraphQL, October 2021, 6.3.2); none where something decides only with
    /// the variables, or for some types.
    pub(crate) fn fields(&self, of: &str) -> Option<Vec<Asked<'d>>> {
        let mut fields = Vec::new();
        for set in &self.sets {
            self.collect(set, of, &mut fields)?;
        }
        Some(fields)
    }

    fn collect(&self, set: &'d SelectionSet, of: &str, fields: &mut Vec<Asked<'d>>) -> Option<()> {
        for item in &set.items {
            match &item.node {
                Item::Field(field) if field.node.directives.is_empty() => {
                    let (key, field) = (field.node.response_key().node.as_str(), &field.node);
                    match fields.iter_mut().find(|asked| asked.key == key) {
                        Some(asked) => asked.selected.sets.push(&field.selection_set.node),
                        None => {
                            let selected = Selected::of(self.document, &field.selection_set.node);
                            fields.push(Asked { key, field, selected });
                        }
                    }
                }
                Item::InlineFragment(fragment) if fragment.node.directives.is_empty() => {
                    let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    self.collect_of(&fragment.node.selection_set.node, on, of, fields)?;
                }
                Item::FragmentSpread(spread) if spread.node.directives.is_empty() => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node)?;
                    let on = fragment.node.type_condition.node.on.node.as_str();
                    if !fragment.node.directives.is_empty() {
                        return None;
                    }
                    self.collect_of(&fragment.node.selection_set.node, Some(on), of, fields)?;
                }
                Item::Field(_) | Item::InlineFragment(_) | Item::FragmentSpread(_) => return None,
            }
        }
        Some(())
    }

    fn collect_of(&self, set: &'d SelectionSet, on: Option<&str>, of: &str, fields: &mut Vec<Asked<'d>>) -> Option<()> {
        // What is on an interface is left to the executor, which knows them.
        if on.is_none_or(|on| on == of) { self.collect(set, of, fields) } else { None }
    }
}

/// The fields of an object that are asked for.
pub(crate) struct Selection<T>(Vec<(Box<[u8]>, Write<T>)>);

/// A key as it stands before its value.
pub(crate) fn key(name: &str) -> Box<[u8]> {
    // A name of GraphQL is letters, digits and underscores.
    format!("\"{name}\":").into_bytes().into()
}

impl<T: Fields> Answer for T {
    type Selection = Selection<T>;

    fn prepare(selected: &Selected<'_>) -> Option<Selection<T>> {
        let write = |asked: Asked<'_>| {
            let name = asked.field.name.node.as_str();
            let write: Write<T> = match name {
                "__typename" => {
                    let text = format!("\"{}\"", T::TYPE).into_bytes();
                    Box::new(move |_: &T, out: &mut Vec<u8>| out.extend_from_slice(&text))
                }
                _ if asked.field.arguments.is_empty() => T::field(name, &asked.selected)?,
                _ => return None,
            };
            Some((key(asked.key), write))
        };
        Some(Selection(selected.fields(T::TYPE)?.into_iter().map(write).collect::<Option<_>>()?))
    }

    fn write(&self, Selection(fields): &Selection<T>, out: &mut Vec<u8>) {
        list(fields, (b'{', b'}'), out, |(key, write), out| {
            out.extend_from_slice(key);
            write(self, out);
        });
    }
}

/// Writes some things between brackets, with commas.
pub(crate) fn list<T>(
    items: impl IntoIterator<Item = T>,
    (begin, end): (u8, u8),
    out: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    out.push(begin);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(end);
}

/// Writes what serde can.
pub(crate) fn write_json(value: &(impl serde::Serialize + ?Sized), out: &mut Vec<u8>) {
    let before = out.len();
    // Writing to memory does not fail, and no value that is written here is a map with keys that are none.
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        out.extend_from_slice(b"null");
    }
}

/// Writes the name of a value of an enumeration.
pub(crate) fn write_name<T: EnumType>(value: T, out: &mut Vec<u8>) {
    match enum_value(value) {
        Value::Enum(name) => write_json(name.as_str(), out),
        other => write_json(&other, out),
    }
}

/// Values without fields, each with what of it is written.
macro_rules! leaves {
    ($($of:ty: $value:ident => $told:expr;)*) => {
        $(impl Answer for $of {
            type Selection = ();

            fn prepare(selected: &Selected<'_>) -> Option<()> {
                selected.of_leaf()
            }

            fn write(&self, (): &(), out: &mut Vec<u8>) {
                let $value = self;
                write_json($told, out);
            }
        })*
    };
}

leaves! {
    str: text => text;
    String: text => text;
    i32: number => number;
    bool: answer => answer;
    ID: id => id.0.as_str();
    crate::scalars::AreaCode: code => &code.to_value();
    crate::scalars::Date: day => &day.to_value();
    crate::scalars::Json: value => &value.to_value();
    crate::scalars::Position: position => &position.to_value();
    crate::scalars::Time: time => &time.to_value();
}

/// What is told by reference.
macro_rules! written_behind_reference {
    ($($of:ty),*) => {
        $(impl Answer for &$of {
            type Selection = <$of as Answer>::Selection;

            fn prepare(selected: &Selected<'_>) -> Option<Self::Selection> {
                <$of>::prepare(selected)
            }

            fn write(&self, selection: &Self::Selection, out: &mut Vec<u8>) {
                <$of>::write(self, selection, out);
            }
        })*
    };
}

written_behind_reference!(str, crate::resource::Resource);

impl<T: Answer> Answer for Option<T> {
    type Selection = T::Selection;

    fn prepare(selected: &Selected<'_>) -> Option<Self::Selection> {
        T::prepare(selected)
    }

    fn write(&self, selection: &Self::Selection, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(selection, out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<T: Answer> Answer for Vec<T> {
    type Selection = T::Selection;

    fn prepare(selected: &Selected<'_>) -> Option<Self::Selection> {
        T::prepare(selected)
    }

    fn write(&self, selection: &Self::Selection, out: &mut Vec<u8>) {
        list(self, (b'[', b']'), out, |item, out| item.write(selection, out));
    }
}
