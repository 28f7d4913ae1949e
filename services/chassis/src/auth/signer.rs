//! Making tokens: for the built-in issuer, and for tests of whatever needs a caller.

use super::jwks::REVOKED;
use super::{AUDIENCE, Caller, ISSUER, Role};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use schema::{AreaCode, Office};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// An Ed25519 key that signs tokens (EdDSA, RFC 8037).
pub struct Signer {
    pkcs8: Vec<u8>,
    public: String,
    id: String,
}

/// A token could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The key cannot be read or made.
    #[error("the signing key cannot be used")]
    Key,
    /// The token cannot be written.
    #[error("the token cannot be signed")]
    Signing,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    office: Option<Office>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<AreaCode>,
    #[serde(rename = "huiju_grant", skip_serializing_if = "Option::is_none")]
    grant: Option<Uuid>,
}

impl Signer {
    /// A new key.
    pub fn draw() -> Result<Signer, SignerError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| SignerError::Key)?;
        let document = pair.to_pkcs8().map_err(|_| SignerError::Key)?;
        Signer::from_pkcs8(document.as_ref())
    }

    /// A key in PKCS #8 (RFC 5958), in DER.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Signer, SignerError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| SignerError::Key)?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // The key's thumbprint (RFC 7638).
        let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#));
        Ok(Signer { pkcs8: pkcs8.to_vec(), public, id: URL_SAFE_NO_PAD.encode(thumbprint) })
    }

    /// The key, secret part and all, in PKCS #8.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The JWK Set with which others verify what this key signs.
    pub fn jwks(&self) -> String {
        self.jwks_without(&[])
    }

    /// The same, except for tokens under these grants: they stand in a member of ours, as RFC 7517 (section 5) allows.
    pub fn jwks_without(&self, revoked: &[Uuid]) -> String {
        let key = json!({
            "kty": "OKP", "crv": "Ed25519", "x": self.public, "kid": self.id, "alg": "EdDSA", "use": "sig",
        });
        json!({ "keys": [key], (REVOKED): revoked }).to_string()
    }

    /// A token that says who somebody is, of the built-in issuer, good from `now` on for a time.
    pub fn sign(&self, caller: &Caller, now: DateTime<Utc>, lifetime: TimeDelta) -> Result<String, SignerError> {
        self.sign_under(None, caller, now, lifetime)
    }

    /// The same under a grant: when the issuer revokes it, the token is good no longer.
    pub fn sign_under(
        &self,
        grant: Option<Uuid>,
        caller: &Caller,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> Result<String, SignerError> {
        let claims = Claims {
            iss: ISSUER,
            aud: AUDIENCE,
            sub: &caller.subject,
            iat: now.timestamp(),
            exp: now.timestamp().saturating_add(lifetime.num_seconds()),
            role: caller.role,
            office: caller.office,
            area: caller.area,
            grant,
        };
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &EncodingKey::from_ed_der(&self.pkcs8)).map_err(|_| SignerError::Signing)
    }
}
