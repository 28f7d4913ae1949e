//! What an answer holds where something in it failed (GraphQL, October 2021, 6.4.4): a field that may be null is null beside
//! its error; one that may not be makes null of what it stands in. The library leaves such a field out, and a client's
//! reader of the answer then finds none.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, ServiceDocument, Type, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Name, Positioned, Value, Variables};
use std::collections::HashMap;

/// What type each field of each object type has.
#[derive(Debug)]
pub struct Types {
    objects: HashMap<String, HashMap<String, Type>>,
}

impl Types {
    /// Those of a schema in the schema definition language.
    pub fn of(document: &ServiceDocument) -> Types {
        let mut objects = HashMap::new();
        for definition in &document.definitions {
            if let TypeSystemDefinition::Type(of) = definition
                && let TypeKind::Object(object) = &of.node.kind
            {
                let fields =
                    object.fields.iter().map(|field| (field.node.name.node.to_string(), field.node.ty.node.clone()));
                objects.insert(of.node.name.node.to_string(), fields.collect());
            }
        }
        Types { objects }
    }
}

/// An answer, with what failed in it in its place, and its fields in the order in which they were asked for.
pub fn complete(
    types: &Types,
    root: &str,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    data: Value,
) -> Value {
    let Value::Object(data) = data else { return data };
    let completion = Completion { types, document, operation, variables };
    completion.object(&[&operation.selection_set.node], root, data).unwrap_or_default()
}

struct Completion<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
}

/// The fields of a selection under their keys, each with every place where it is written.
type Selected<'a> = IndexMap<&'a str, Vec<&'a Field>>;

impl<'a> Completion<'a> {
    /// None when it holds a null where none may be.
    fn object(&self, sets: &[&'a SelectionSet], of: &str, mut data: IndexMap<Name, Value>) -> Option<Value> {
        let mut selected = Selected::new();
        for set in sets {
            self.select(set, &mut selected);
        }
        let mut whole = IndexMap::with_capacity(selected.len());
        for (key, fields) in selected {
            let name = fields.first().map_or("", |field| field.name.node.as_str());
            let value = data.swap_remove(key).unwrap_or_default();
            let value = match self.types.objects.get(of).and_then(|object| object.get(name)) {
                Some(of) => {
                    let inner: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set.node).collect();
                    self.value(&inner, of, value)?
                }
                // `__typename`, and introspection, which does not fail.
                None => value,
            };
            whole.insert(Name::new(key), value);
        }
        Some(Value::Object(whole))
    }

    fn value(&self, sets: &[&'a SelectionSet], of: &Type, value: Value) -> Option<Value> {
        let whole = match (&of.base, value) {
            (BaseType::List(item), Value::List(values)) => {
                let values: Option<Vec<Value>> =
                    values.into_iter().map(|value| self.value(sets, item, value)).collect();
                values.map(Value::List)
            }
            (BaseType::Named(name), Value::Object(data)) if self.types.objects.contains_key(name.as_str()) => {
                self.object(sets, name, data)
            }
            (_, value) => Some(value),
        };
        whole.filter(|whole| *whole != Value::Null).or_else(|| of.nullable.then_some(Value::Null))
    }

    fn select(&self, set: &'a SelectionSet, selected: &mut Selected<'a>) {
        for selection in set.items.iter().map(|item| &item.node) {
            if self.is_left_out(selection) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    selected.entry(field.node.response_key().node.as_str()).or_default().push(&field.node);
                }
                // There are no interfaces and no unions: every fragment that passed the validation applies.
                Selection::InlineFragment(fragment) => self.select(&fragment.node.selection_set.node, selected),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        self.select(&fragment.node.selection_set.node, selected);
                    }
                }
            }
        }
    }

    /// By `@skip` or `@include`.
    fn is_left_out(&self, selection: &Selection) -> bool {
        let says = |name: &str| {
            let directive = selection.directives().iter().find(|directive| directive.node.name.node == name)?;
            let condition = directive.node.get_argument("if")?;
            let value = condition.node.clone().into_const_with(|variable| Ok::<_, ()>(self.variable(&variable)));
            match value {
                Ok(Value::Boolean(value)) => Some(value),
                Ok(_) | Err(()) => None,
            }
        };
        says("skip") == Some(true) || says("include") == Some(false)
    }

    fn variable(&self, name: &Name) -> Value {
        let declared = || {
            let of = self.operation.variable_definitions.iter().find(|declared| declared.node.name.node == *name)?;
            of.node.default_value.as_ref().map(|default: &Positioned<Value>| default.node.clone())
        };
        self.variables.get(name).cloned().or_else(declared).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SCHEMA: &str = "type Query { a: A aa: A! list: [A!] must: [A!]! }
        type A { id: ID! name: String part: A sure: A! }";

    fn completed(query: &str, variables: serde_json::Value, data: serde_json::Value) -> serde_json::Value {
        let types = Types::of(&async_graphql::parser::parse_schema(SCHEMA).unwrap());
        let document = async_graphql::parser::parse_query(query).unwrap();
        let operation = crate::variables::operation(&document, None).unwrap();
        let variables = Variables::from_json(variables);
        let data = Value::from_json(data).unwrap();
        let whole = complete(&types, "Query", &document, operation, &variables, data);
        whole.into_json().unwrap()
    }

    #[test]
    fn what_failed_is_null_where_it_may_be_and_makes_null_of_what_it_stands_in_where_it_may_not() {
        for (query, data, expected) in [
            // Left out, and in its place.
            ("{ a { id } }", json!({}), json!({ "a": null })),
            ("{ a { id name } }", json!({ "a": { "id": "1" } }), json!({ "a": { "id": "1", "name": null } })),
            ("{ b: a { id } a { id } }", json!({ "a": { "id": "1" } }), json!({ "b": null, "a": { "id": "1" } })),
            // Up to the next that may be null.
            (
                "{ a { id sure { id } } aa { id } }",
                json!({ "a": { "id": "1" }, "aa": { "id": "2" } }),
                json!({ "a": null, "aa": { "id": "2" } }),
            ),
            ("{ a { part { sure { id } } } }", json!({ "a": { "part": {} } }), json!({ "a": { "part": null } })),
            ("{ aa { sure { id } } }", json!({ "aa": {} }), json!(null)),
            ("{ aa { id } a { id } }", json!({ "a": { "id": "1" } }), json!(null)),
            // Through lists.
            ("{ list { id } }", json!({ "list": [{ "id": "1" }, {}] }), json!({ "list": null })),
            ("{ must { id } }", json!({ "must": [{}] }), json!(null)),
            (
                "{ list { name } }",
                json!({ "list": [{ "name": "n" }, {}] }),
                json!({ "list": [{ "name": "n" }, { "name": null }] }),
            ),
            // What was merged of several places, and what fragments bring.
            ("{ a { id } a { name } }", json!({ "a": { "id": "1" } }), json!({ "a": { "id": "1", "name": null } })),
            (
                "{ ...F } fragment F on Query { a { ... on A { name } } }",
                json!({ "a": {} }),
                json!({ "a": { "name": null } }),
            ),
        ] {
            assert_eq!(completed(query, json!({}), data), expected, "{query}");
        }
    }

    #[test]
    fn what_was_not_to_be_answered_is_not_made_up() {
        let query = "query ($yes: Boolean!, $no: Boolean = false) {
            a @skip(if: $yes) { id } b: a @include(if: $no) { id } c: a @include(if: $yes) { id } d: a @skip(if: true) { id } }";
        assert_eq!(completed(query, json!({ "yes": true }), json!({})), json!({ "c": null }));
    }

    #[test]
    fn fields_come_in_the_order_in_which_they_were_asked_for() {
        let document = async_graphql::parser::parse_query("{ aa { name id } a { id } }").unwrap();
        let types = Types::of(&async_graphql::parser::parse_schema(SCHEMA).unwrap());
        let operation = crate::variables::operation(&document, None).unwrap();
        let data = Value::from_json(json!({ "a": { "id": "1" }, "aa": { "id": "2", "name": "n" } })).unwrap();
        let whole = complete(&types, "Query", &document, operation, &Variables::default(), data);
        assert_eq!(serde_json::to_string(&whole).unwrap(), r#"{"aa":{"name":"n","id":"2"},"a":{"id":"1"}}"#);
    }
}
