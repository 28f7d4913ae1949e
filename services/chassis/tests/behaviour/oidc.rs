//! Tokens as Keycloak makes them, with its keys at its address.

use crate::http::{Site, site_that_trusts};
use crate::stage::until;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chassis::auth::{Expectations, Signer, Verifier};
use chassis::clock::Clock;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example/realms/county";

struct Keycloak {
    keys: [(Algorithm, EncodingKey, &'static str); 2],
}

impl Keycloak {
    fn new() -> Keycloak {
        let elliptic =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &aws_lc_rs::rand::SystemRandom::new())
                .unwrap();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = rsa.as_der().unwrap();
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(pkcs8.as_ref()));
        Keycloak {
            keys: [
                (Algorithm::ES256, EncodingKey::from_ec_der(elliptic.as_ref()), "e"),
                (Algorithm::RS256, EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(), "r"),
            ],
        }
    }

    /// What `protocol/openid-connect/certs` answers: beside the keys that sign, one that encrypts.
    fn certs(&self) -> Value {
        let mut keys: Vec<Value> = Vec::new();
        for (algorithm, key, id) in &self.keys {
            let mut jwk = Jwk::from_encoding_key(key, *algorithm).unwrap();
            jwk.common.key_id = Some((*id).to_owned());
            let mut jwk = serde_json::to_value(jwk).unwrap();
            jwk["use"] = json!("sig");
            keys.push(jwk);
        }
        let mut encrypts = keys.last().unwrap().clone();
        encrypts["use"] = json!("enc");
        encrypts["alg"] = json!("RSA-OAEP");
        encrypts["kid"] = json!("x");
        keys.insert(0, encrypts);
        json!({ "keys": keys })
    }

    fn token(&self, signed_with: Algorithm, claims: &Value) -> String {
        let (algorithm, key, id) = self.keys.iter().find(|(algorithm, _, _)| *algorithm == signed_with).unwrap();
        encode(&Header { kid: Some((*id).to_owned()), ..Header::new(*algorithm) }, claims, key).unwrap()
    }
}

/// An access token of a realm, with a mapper for the audience and one for each of the attributes office and area.
fn access_token(roles: &[&str]) -> Value {
    let now = Clock::system().now().timestamp();
    json!({
        "exp": now + 300, "iat": now, "jti": "onrtac:6b0e1a34-4e9a-4b61-a3a0-2a3d6d1d1a11", "iss": ISSUER,
        "aud": ["huiju-county", "account"], "sub": "9a4f7d0e-27f1-4c7e-9d0a-b3a2f1c0d9e8", "typ": "Bearer", "azp": "portal",
        "sid": "5c9f2f0b-3f1e-4f7e-8a58-0b5b2f4b8a10", "acr": "1", "allowed-origins": ["https://portal.example"],
        "realm_access": { "roles": roles }, "resource_access": { "account": { "roles": ["manage-account"] } },
        "scope": "openid email profile", "email_verified": false, "preferred_username": "zhang",
        "office": "clinic", "area": ["130306"],
    })
}

async fn site_of(keycloak: &Keycloak) -> Site {
    let certs = keycloak.certs();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().route("/certs", axum::routing::get(async move || axum::Json(certs)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let expected = Expectations {
        issuer: ISSUER.to_owned(),
        audience: "huiju-county".to_owned(),
        role_claim: "realm_access.roles".to_owned(),
        ..Expectations::default()
    };
    let verifier = Verifier::from_jwks_url(format!("http://{address}/certs")).expecting(expected);
    let token = keycloak.token(Algorithm::RS256, &access_token(&["planner"]));
    until("the keys to be fetched", async || verifier.verify(&token).is_ok()).await;
    site_that_trusts(verifier, Signer::draw().unwrap()).await
}

async fn wish(site: &Site, token: &str) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    site.wish(&[("authorization", &bearer), ("idempotency-key", "k")], r#"{"count": 3}"#).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_keycloak_is_taken_by_its_realm_role_whichever_key_signed_it() {
    let keycloak = Keycloak::new();
    let site = site_of(&keycloak).await;
    for algorithm in [Algorithm::RS256, Algorithm::ES256] {
        let roles = ["default-roles-county", "offline_access", "steward", "uma_authorization"];
        let (status, answer) = wish(&site, &keycloak.token(algorithm, &access_token(&roles))).await;
        assert_eq!((status, &answer["count"]), (200, &json!(3)), "{algorithm:?}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_keycloak_that_is_for_others_is_refused_and_one_without_a_role_is_told_so() {
    let keycloak = Keycloak::new();
    let site = site_of(&keycloak).await;
    let with = |name: &str, value: Value| {
        let mut claims = access_token(&["steward"]);
        claims[name] = value;
        claims
    };
    let mut clerk_of_nobody = access_token(&["clerk"]);
    clerk_of_nobody.as_object_mut().unwrap().remove("office");
    for (claims, status, code) in [
        (with("iss", json!("https://id.example/realms/other")), 401, "unauthenticated"),
        (with("aud", json!("account")), 401, "unauthenticated"),
        (with("exp", json!(1_700_000_000)), 401, "unauthenticated"),
        (with("realm_access", Value::Null), 403, "not-granted"),
        (access_token(&["offline_access"]), 403, "not-granted"),
        (access_token(&["steward", "clerk"]), 403, "not-granted"),
        (clerk_of_nobody, 403, "not-granted"),
        (access_token(&["planner"]), 403, "role-required"),
    ] {
        let (actual, problem) = wish(&site, &keycloak.token(Algorithm::RS256, &claims)).await;
        let kind = format!("urn:huiju:problem:{code}");
        assert_eq!((actual, problem["type"].as_str()), (status, Some(kind.as_str())), "{claims}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    }
    let stranger = Keycloak::new().token(Algorithm::RS256, &access_token(&["steward"]));
    assert_eq!(wish(&site, &stranger).await.0, 401);
}
