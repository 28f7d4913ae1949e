//! The public keys of an issuer (JWK Set, RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// The member of the built-in issuer's set with the grants that it has revoked, each until the last token under it has
/// expired.
pub(super) const REVOKED: &str = "huiju_revoked";

/// The claim of the grant under which the built-in issuer made a token.
pub(super) const GRANT: &str = "huiju_grant";

/// The keys that tokens may be signed with, and what was revoked of them. Keys for anything else are left out, shared
/// secrets above all.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: Vec<PublicKey>,
    revoked: HashSet<Uuid>,
}

#[derive(Clone)]
pub(super) struct PublicKey {
    id: Option<String>,
    /// The one algorithm this key is used with: a token does not choose.
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
    #[serde(default, rename = "huiju_revoked")]
    revoked: HashSet<Uuid>,
}

impl KeySet {
    /// Reads a JWK Set. Keys that cannot be used are left out; that none is left is not an error.
    pub fn from_json(json: &str) -> Result<KeySet, serde_json::Error> {
        let document: Document = serde_json::from_str(json)?;
        let keys = document.keys.into_iter().filter_map(public_key).collect();
        Ok(KeySet { keys, revoked: document.revoked })
    }

    /// Whether no token can be verified.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether tokens under this grant are good no longer.
    pub(super) fn is_revoked(&self, grant: Uuid) -> bool {
        self.revoked.contains(&grant)
    }

    /// The key of that id; without an id the only one there is.
    pub(super) fn find(&self, id: Option<&str>) -> Option<&PublicKey> {
        match (id, self.keys.as_slice()) {
            (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }
}

fn public_key(value: Value) -> Option<PublicKey> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        _ => return None,
    };
    Some(PublicKey { key: DecodingKey::from_jwk(&jwk).ok()?, algorithm, id: jwk.common.key_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_verify_signatures_are_taken() {
        let set = KeySet::from_json(
            r#"{"keys": [
                {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
                {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "enc", "use": "enc"},
                {"kty": "OKP", "crv": "X25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "x"},
                {"kty": "new"}, 7,
                {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a", "use": "sig"}
            ]}"#,
        )
        .unwrap();
        assert!(set.find(Some("shared")).is_none());
        assert!(set.find(Some("enc")).is_none());
        assert!(set.find(Some("x")).is_none());
        assert!(set.find(Some("a")).is_some());
        assert!(set.find(None).is_some());
        assert!(KeySet::from_json("[]").is_err());
    }
}
