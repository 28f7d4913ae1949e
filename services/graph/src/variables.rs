//! Whether a request gives its operation the variables that this declares (GraphQL, October 2021, 6.1.2). The library takes a
//! null, or nothing, for a variable that must be something as if the argument were not written: a filter would be dropped in
//! silence, and everything answered.

use crate::errors::Fault;
use async_graphql::parser::types::{BaseType, DocumentOperations, ExecutableDocument, OperationDefinition, Type};
use async_graphql::{Value, Variables};

/// The operation that a request asks for; none when it cannot be told, which is for the schema to say.
pub fn operation<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d OperationDefinition> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(_), None) => None,
    };
    operation.map(|operation| &operation.node)
}

/// Whether every variable that an operation declares has what its type asks for.
///
/// # Errors
/// The first that has not.
pub fn check(operation: &OperationDefinition, variables: &Variables) -> Result<(), Fault> {
    for declared in &operation.variable_definitions {
        let (name, of) = (&declared.node.name.node, &declared.node.var_type.node);
        let fits = match variables.get(name) {
            Some(value) => is_given(of, value),
            None => of.nullable || declared.node.default_value.is_some(),
        };
        if !fits {
            return Err(Fault::BadVariable { name: name.to_string(), of: of.to_string() });
        }
    }
    Ok(())
}

/// Whether nothing is null that must not be.
fn is_given(of: &Type, value: &Value) -> bool {
    match (&of.base, value) {
        (_, Value::Null) => of.nullable,
        (BaseType::List(item), Value::List(values)) => values.iter().all(|value| is_given(item, value)),
        // One value stands for a list of one.
        (BaseType::List(item), value) => is_given(item, value),
        (BaseType::Named(_), _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(declared: &str, given: serde_json::Value) -> bool {
        let document = async_graphql::parser::parse_query(format!("query ({declared}) {{ a }}")).unwrap();
        check(operation(&document, None).unwrap(), &Variables::from_json(given)).is_ok()
    }

    #[test]
    fn what_must_be_given_is_given_and_not_null() {
        for (declared, given, fits) in [
            ("$a: Office!", json!({ "a": "CLINIC" }), true),
            ("$a: Office!", json!({ "a": null }), false),
            ("$a: Office!", json!({}), false),
            ("$a: Office! = CLINIC", json!({}), true),
            ("$a: Office! = CLINIC", json!({ "a": null }), false),
            ("$a: Office", json!({ "a": null }), true),
            ("$a: Office", json!({}), true),
            ("$a: [Office!]", json!({ "a": null }), true),
            ("$a: [Office!]", json!({ "a": ["CLINIC", null] }), false),
            ("$a: [Office!]", json!({ "a": "CLINIC" }), true),
            ("$a: [Office]!", json!({ "a": [null] }), true),
            ("$a: [[Office!]!]!", json!({ "a": [["CLINIC"], null] }), false),
            ("$a: Office, $b: Office!", json!({ "a": "CLINIC" }), false),
        ] {
            assert_eq!(checked(declared, given.clone()), fits, "{declared} {given}");
        }
    }
}
