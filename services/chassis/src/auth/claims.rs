//! What a token says of its holder, and where an issuer says it.

use super::{Refusal, Role};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The issuer of the built-in accounts.
pub const ISSUER: &str = "huiju";

/// The audience of tokens, unless told otherwise.
pub const AUDIENCE: &str = "huiju";

/// What the tokens of an issuer must name, and the claims in which they say who holds them. The default is the built-in
/// issuer's.
///
/// A claim within another is written with dots: `realm_access.roles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectations {
    /// `iss`.
    pub issuer: String,
    /// `aud`, or one of them.
    pub audience: String,
    /// The claim of the role: a role's name, or a list with one among others that mean something elsewhere.
    pub role_claim: String,
    /// The claim of the office that a clerk acts for.
    pub office_claim: String,
    /// The claim of the area that its holder is bound to.
    pub area_claim: String,
}

impl Default for Expectations {
    fn default() -> Expectations {
        Expectations {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            role_claim: "role".to_owned(),
            office_claim: "office".to_owned(),
            area_claim: "area".to_owned(),
        }
    }
}

/// The one role that is ours. An admin may do everything, so other roles beside that one add nothing.
pub(super) fn role(claims: &Map<String, Value>, path: &str) -> Result<Role, Refusal> {
    let words = texts(claims, path)?;
    let roles: BTreeSet<Role> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let mut each = roles.iter();
    match (each.next(), each.next()) {
        (None, _) => Err(Refusal::NoRole),
        (Some(role), None) => Ok(*role),
        (Some(_), Some(_)) if roles.contains(&Role::Admin) => Ok(Role::Admin),
        (Some(_), Some(_)) => Err(Refusal::SeveralRoles(roles.into_iter().collect())),
    }
}

/// The only value of a claim that need not be there. Issuers write an attribute of one value as a list of one as well.
pub(super) fn only<T: DeserializeOwned>(claims: &Map<String, Value>, path: &str) -> Result<Option<T>, Refusal> {
    match texts(claims, path)?.as_slice() {
        [] => Ok(None),
        [word] => serde_json::from_value(Value::from(*word))
            .map(Some)
            .map_err(|problem| Refusal::Claims(format!("{path}: {problem}"))),
        [_, _, ..] => Err(Refusal::Claims(format!("{path}: more than one value"))),
    }
}

/// The texts at a path: one, those of a list, or none.
fn texts<'c>(claims: &'c Map<String, Value>, path: &str) -> Result<Vec<&'c str>, Refusal> {
    let wrong = || Refusal::Claims(format!("{path}: neither a text nor a list of texts"));
    match at(claims, path) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(values)) => values.iter().map(|value| value.as_str().ok_or_else(wrong)).collect(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(wrong()),
    }
}

/// The claim at a path. A name may itself hold dots (`https://id.example/role`), so the longest name that is there counts.
fn at<'c>(claims: &'c Map<String, Value>, path: &str) -> Option<&'c Value> {
    claims.get(path).or_else(|| {
        path.rmatch_indices('.').find_map(|(dot, _)| {
            let (name, rest) = (path.get(..dot)?, path.get(dot + 1..)?);
            at(claims.get(name)?.as_object()?, rest)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::{AreaCode, Office};
    use serde_json::json;

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_role_is_found_at_its_path_among_those_that_mean_nothing_here() {
        let token = claims(json!({
            "role": "planner",
            "https://id.example/role": "operator",
            "realm_access": { "roles": ["offline_access", "steward", "default-roles-county"] },
            "resource_access": { "huiju.county": { "roles": ["clerk"] } },
        }));
        for (path, expected) in [
            ("role", Role::Planner),
            ("https://id.example/role", Role::Operator),
            ("realm_access.roles", Role::Steward),
            ("resource_access.huiju.county.roles", Role::Clerk),
        ] {
            assert_eq!(role(&token, path), Ok(expected), "{path}");
        }
        for path in ["", ".", "roles", "realm_access.", "realm_access.roles.0", "role.name"] {
            assert_eq!(role(&token, path), Err(Refusal::NoRole), "{path}");
        }
        assert!(matches!(role(&token, "realm_access"), Err(Refusal::Claims(_))));
    }

    #[test]
    fn of_several_roles_none_is_chosen_but_an_admins() {
        let of = |roles: Value| role(&claims(json!({ "roles": roles })), "roles");
        assert_eq!(of(json!(["steward", "clerk"])), Err(Refusal::SeveralRoles(vec![Role::Clerk, Role::Steward])));
        assert_eq!(of(json!(["steward", "admin", "clerk"])), Ok(Role::Admin));
        assert_eq!(of(json!(["steward", "steward"])), Ok(Role::Steward));
        assert_eq!(of(json!([])), Err(Refusal::NoRole));
        assert!(matches!(of(json!([7])), Err(Refusal::Claims(_))));
    }

    #[test]
    fn office_and_area_are_one_value_or_none_and_never_guessed() {
        let token = claims(json!({ "office": ["clinic"], "area": "130306", "both": ["a", "b"], "odd": "bakery" }));
        assert_eq!(only(&token, "office"), Ok(Some(Office::Clinic)));
        assert_eq!(only::<AreaCode>(&token, "area").unwrap(), "130306".parse().ok());
        assert_eq!(only::<AreaCode>(&token, "elsewhere"), Ok(None));
        assert!(matches!(only::<Office>(&token, "both"), Err(Refusal::Claims(_))));
        assert!(matches!(only::<Office>(&token, "odd"), Err(Refusal::Claims(_))));
    }
}
