//! What an answer holds where something in it failed (GraphQL, October 2021, 6.4.4): a field that may be null is null beside
//! its error; one that may not be makes null of what it stands in. The library leaves such a field out, and a client's
//! reader of the answer then finds none.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition,
    OperationType, Selection, SelectionSet, ServiceDocument, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Pos, Positioned, Value, Variables};
use std::collections::{HashMap, HashSet};

/// What type each field of each object type and interface has.
#[derive(Debug, Default)]
pub struct Types {
    objects: HashMap<String, HashMap<String, Type>>,
    /// What type each field of each input object has.
    inputs: HashMap<String, HashMap<String, Type>>,
    /// The object types that an interface or a union stands for.
    abstracts: HashMap<String, HashSet<String>>,
}

/// The key under which an object says what it is where an interface or a union is asked for. No answer has it.
const TYPE: &str = "__huijuType";

/// The key under which an item of a subscription says where it stands. No answer has it.
const PLACE: &str = "__huijuPlace";

impl Types {
    /// Those of a schema in the schema definition language.
    pub fn of(document: &ServiceDocument) -> Types {
        let mut types = Types::default();
        for definition in &document.definitions {
            let TypeSystemDefinition::Type(of) = definition else { continue };
            let name = of.node.name.node.to_string();
            let fields = match &of.node.kind {
                TypeKind::Object(object) => {
                    for interface in &object.implements {
                        types.abstracts.entry(interface.node.to_string()).or_default().insert(name.clone());
                    }
                    &object.fields
                }
                TypeKind::Interface(interface) => {
                    types.abstracts.entry(name.clone()).or_default();
                    &interface.fields
                }
                TypeKind::Union(union) => {
                    let members = union.members.iter().map(|member| member.node.to_string());
                    types.abstracts.entry(name).or_default().extend(members);
                    continue;
                }
                TypeKind::InputObject(input) => {
                    let fields = input.fields.iter();
                    let fields = fields.map(|field| (field.node.name.node.to_string(), field.node.ty.node.clone()));
                    types.inputs.insert(name, fields.collect());
                    continue;
                }
                TypeKind::Scalar | TypeKind::Enum(_) => continue,
            };
            let fields = fields.iter().map(|field| (field.node.name.node.to_string(), field.node.ty.node.clone()));
            types.objects.insert(name, fields.collect());
        }
        types
    }

    fn field(&self, of: &str, name: &str) -> Option<&Type> {
        self.objects.get(of)?.get(name)
    }

    /// Whether a value that is given for an input object, and every object in it, has no field that its type does not have.
    pub fn has_known_fields_alone(&self, of: &str, value: &Value) -> bool {
        match (self.inputs.get(of), value) {
            (Some(known), Value::Object(fields)) => fields.iter().all(|(name, value)| {
                known.get(name.as_str()).is_some_and(|of| self.has_known_fields_alone(named(of), value))
            }),
            (_, Value::List(values)) => values.iter().all(|value| self.has_known_fields_alone(of, value)),
            (_, _) => true,
        }
    }

    /// Has a document ask of everything that may be of several types which of them it is, for [`complete`] to know. Whether
    /// there is any.
    pub fn ask_for_types(&self, document: &mut ExecutableDocument) -> bool {
        let mut asks = false;
        for fragment in document.fragments.values_mut() {
            let on = fragment.node.type_condition.node.on.node.to_string();
            asks |= self.ask_in(&mut fragment.node.selection_set, &on);
        }
        let operations: Vec<&mut OperationDefinition> = match &mut document.operations {
            DocumentOperations::Single(operation) => vec![&mut operation.node],
            DocumentOperations::Multiple(operations) => operations.values_mut().map(|of| &mut of.node).collect(),
        };
        for operation in operations {
            asks |= self.ask_in(&mut operation.selection_set, root(operation.ty));
        }
        asks
    }

    fn ask_in(&self, set: &mut Positioned<SelectionSet>, of: &str) -> bool {
        let mut asks = false;
        for selection in &mut set.node.items {
            match &mut selection.node {
                Selection::Field(field) => {
                    if let Some(of) = self.field(of, &field.node.name.node).map(named) {
                        let of = of.to_owned();
                        asks |= self.ask_in(&mut field.node.selection_set, &of);
                        if self.abstracts.contains_key(&of) {
                            let asked = hidden(TYPE, "__typename", field.pos);
                            field.node.selection_set.node.items.push(asked);
                            asks = true;
                        }
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.to_string());
                    asks |= self.ask_in(&mut fragment.node.selection_set, on.as_deref().unwrap_or(of));
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        asks
    }

    /// Has a subscription ask of each of its items where it stands, for [`place`] to know: its `cursor`, or its `position` where it has
    /// none. Whether there is anything to ask.
    pub fn ask_for_places(&self, document: &mut ExecutableDocument) -> bool {
        let mut asks = false;
        let operations: Vec<&mut OperationDefinition> = match &mut document.operations {
            DocumentOperations::Single(operation) => vec![&mut operation.node],
            DocumentOperations::Multiple(operations) => operations.values_mut().map(|of| &mut of.node).collect(),
        };
        for operation in operations.into_iter().filter(|operation| operation.ty == OperationType::Subscription) {
            asks |= self.ask_place_in(&mut operation.selection_set);
        }
        asks
    }

    fn ask_place_in(&self, set: &mut Positioned<SelectionSet>) -> bool {
        let mut asks = false;
        for selection in &mut set.node.items {
            match &mut selection.node {
                Selection::Field(field) => {
                    let item = self.field(SUBSCRIPTION, &field.node.name.node).map(named);
                    let place = item.and_then(|of| PLACES.into_iter().find(|name| self.field(of, name).is_some()));
                    if let Some(place) = place {
                        let asked = hidden(PLACE, place, field.pos);
                        field.node.selection_set.node.items.push(asked);
                        asks = true;
                    }
                }
                // They were spread before.
                Selection::InlineFragment(_) | Selection::FragmentSpread(_) => {}
            }
        }
        asks
    }

    /// Whether what stands under a type condition is asked of an object type.
    fn applies(&self, condition: &str, of: &str) -> bool {
        condition == of || self.abstracts.get(condition).is_some_and(|members| members.contains(of))
    }
}

/// Puts what a subscription asks for in fragments where they stand: the library looks at the fields of its root alone, and would answer
/// nothing at all.
pub fn spread_subscriptions(document: &mut ExecutableDocument) {
    let fragments = &document.fragments;
    let operations: Vec<&mut OperationDefinition> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![&mut operation.node],
        DocumentOperations::Multiple(operations) => operations.values_mut().map(|of| &mut of.node).collect(),
    };
    let is_field = |item: &Positioned<Selection>| matches!(item.node, Selection::Field(_));
    let mut has_spread = false;
    for operation in operations.into_iter().filter(|operation| operation.ty == OperationType::Subscription) {
        let items = &mut operation.selection_set.node.items;
        if !items.iter().all(is_field) {
            let mut fields = Vec::new();
            spread(items, &[], fragments, &mut fields);
            *items = fields;
            has_spread = true;
        }
    }
    if has_spread {
        // One that nothing names would be refused.
        document.fragments.retain(|_, fragment| fragment.node.type_condition.node.on.node != SUBSCRIPTION);
    }
}

/// The fields of a selection, each under the directives of the fragments around it. Documents with fragments that lead back to themselves are
/// refused before.
fn spread(
    items: &[Positioned<Selection>],
    around: &[Positioned<Directive>],
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    fields: &mut Vec<Positioned<Selection>>,
) {
    for item in items {
        let under = |directives: &[Positioned<Directive>]| [around, directives].concat();
        match &item.node {
            Selection::Field(field) => {
                let mut field = field.clone();
                field.node.directives = under(&field.node.directives);
                fields.push(Positioned::new(Selection::Field(field), item.pos));
            }
            Selection::InlineFragment(fragment) => {
                let inner = &fragment.node.selection_set.node.items;
                spread(inner, &under(&fragment.node.directives), fragments, fields);
            }
            Selection::FragmentSpread(named) => match fragments.get(&named.node.fragment_name.node) {
                Some(fragment) => {
                    let inner = &fragment.node.selection_set.node.items;
                    spread(inner, &under(&named.node.directives), fragments, fields);
                }
                // One that is not there is for the validation to say.
                None => fields.push(item.clone()),
            },
        }
    }
}

/// A field that is asked for under a key that no answer has.
fn hidden(key: &str, name: &str, pos: Pos) -> Positioned<Selection> {
    let written = |text: &str| Positioned::new(Name::new(text), pos);
    let field = Field {
        alias: Some(written(key)),
        name: written(name),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet { items: Vec::new() }, pos),
    };
    Positioned::new(Selection::Field(Positioned::new(field, pos)), pos)
}

/// Where the item stands that a subscription's answer tells of, if it was asked and nothing failed.
pub fn place(data: &Value) -> Option<&str> {
    let Value::Object(data) = data else { return None };
    let Some(Value::Object(item)) = data.values().next() else { return None };
    match item.get(PLACE) {
        Some(Value::String(place)) => Some(place),
        Some(_) | None => None,
    }
}

const SUBSCRIPTION: &str = "Subscription";
/// What says where an item stands, the better first.
const PLACES: [&str; 2] = ["cursor", "position"];

/// The type whose fields an operation asks for.
pub fn root(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => SUBSCRIPTION,
    }
}

/// The type of what is in all lists.
fn named(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
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
            self.select(set, of, &mut selected);
        }
        let mut whole = IndexMap::with_capacity(selected.len());
        for (key, fields) in selected {
            let name = fields.first().map_or("", |field| field.name.node.as_str());
            let value = data.swap_remove(key).unwrap_or_default();
            let value = match self.types.field(of, name) {
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
            (BaseType::Named(name), Value::Object(mut data)) if self.types.abstracts.contains_key(name.as_str()) => {
                match data.swap_remove(TYPE) {
                    Some(Value::String(of)) => self.object(sets, &of, data),
                    // It was not asked, which is not to be.
                    Some(_) | None => Some(Value::Object(data)),
                }
            }
            (BaseType::Named(name), Value::Object(data)) if self.types.objects.contains_key(name.as_str()) => {
                self.object(sets, name, data)
            }
            (_, value) => Some(value),
        };
        whole.filter(|whole| *whole != Value::Null).or_else(|| of.nullable.then_some(Value::Null))
    }

    fn select(&self, set: &'a SelectionSet, of: &str, selected: &mut Selected<'a>) {
        for selection in set.items.iter().map(|item| &item.node) {
            if self.is_left_out(selection) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    selected.entry(field.node.response_key().node.as_str()).or_default().push(&field.node);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.types.applies(&condition.node.on.node, of)) {
                        self.select(&fragment.node.selection_set.node, of, selected);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node)
                        && self.types.applies(&fragment.node.type_condition.node.on.node, of)
                    {
                        self.select(&fragment.node.selection_set.node, of, selected);
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

    const SCHEMA: &str = "type Query { a: A aa: A! list: [A!] must: [A!]! node: Node nodes: [Node]! any: Any }
        interface Node { id: ID! }
        union Any = A | B
        type A implements Node { id: ID! name: String part: A sure: A! }
        type B implements Node { id: ID! title: String! far: Node }";

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
    fn of_what_may_be_of_several_types_that_which_was_asked_of_its_own_is_completed_and_nothing_else() {
        const AB: &str = "id ... on A { name } ...OfB";
        for (selection, data, expected) in [
            (
                "node",
                json!({ "node": { "__huijuType": "A", "id": "1" } }),
                json!({ "node": { "id": "1", "name": null } }),
            ),
            (
                "node",
                json!({ "node": { "__huijuType": "B", "id": "1", "title": "t" } }),
                json!({ "node": { "id": "1", "title": "t" } }),
            ),
            ("node", json!({ "node": { "__huijuType": "B", "id": "1" } }), json!({ "node": null })),
            ("node", json!({}), json!({ "node": null })),
            (
                "nodes",
                json!({ "nodes": [{ "__huijuType": "A", "id": "1" }, null, { "__huijuType": "B", "id": "2" }] }),
                json!({ "nodes": [{ "id": "1", "name": null }, null, null] }),
            ),
        ] {
            let query = format!("{{ {selection} {{ {AB} }} }} fragment OfB on B {{ title }}");
            assert_eq!(completed(&query, json!({}), data), expected, "{query}");
        }
        let deep = "{ any { ... on B { far { ... on Node { id } __typename } } } }";
        let data =
            json!({ "any": { "__huijuType": "B", "far": { "__huijuType": "A", "id": "1", "__typename": "A" } } });
        assert_eq!(completed(deep, json!({}), data), json!({ "any": { "far": { "id": "1", "__typename": "A" } } }));
    }

    #[test]
    fn a_document_asks_of_what_may_be_of_several_types_which_it_is() {
        let types = Types::of(&async_graphql::parser::parse_schema(SCHEMA).unwrap());
        for (query, asked) in [
            ("{ a { id part { id } } }", 0),
            ("{ node { id } }", 1),
            ("query x { nodes { ... on B { far { id } } } any { ... on A { id } } } query y { node { id } }", 4),
            ("{ ...F } fragment F on Query { list { id } ... on Query { node { id } } }", 1),
        ] {
            let mut document = async_graphql::parser::parse_query(query).unwrap();
            assert_eq!(types.ask_for_types(&mut document), asked > 0, "{query}");
            assert_eq!(format!("{document:?}").matches(TYPE).count(), asked, "{query}");
        }
    }

    #[test]
    fn what_a_subscription_asks_for_in_fragments_stands_at_its_root_under_their_directives() {
        let text = "subscription { ...S ... on Subscription @skip(if: true) { b: counters { resources } } }
                    fragment S on Subscription { ... @include(if: true) { counters @skip(if: false) { ...C } } }
                    fragment C on Counters { resources }";
        let mut document = async_graphql::parser::parse_query(text).unwrap();
        spread_subscriptions(&mut document);
        let operation = crate::variables::operation(&document, None).unwrap();
        let said = |item: &Positioned<Selection>| match &item.node {
            Selection::Field(field) => {
                let directives = field.node.directives.iter().map(|one| one.node.name.node.to_string());
                (field.node.response_key().node.to_string(), directives.collect::<Vec<_>>().join(" "))
            }
            other => panic!("{other:?}"),
        };
        let items: Vec<_> = operation.selection_set.node.items.iter().map(said).collect();
        assert_eq!(items, [("counters".into(), "include skip".into()), ("b".to_owned(), "skip".to_owned())]);
        assert_eq!(document.fragments.len(), 1, "that of what is followed is named still");
        let mut plain = async_graphql::parser::parse_query("query { ...Q } fragment Q on Query { position }").unwrap();
        spread_subscriptions(&mut plain);
        assert_eq!(plain.fragments.len(), 1);
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
