use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::auth::{Caller, Expectations, Refusal, Role, Signer, Verifier};
use chassis::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use schema::Office;
use serde_json::{Value, json};

fn now() -> DateTime<Utc> {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

fn clerk() -> Caller {
    Caller {
        subject: "clerk-7".to_owned(),
        role: Role::Clerk,
        office: Some(Office::Clinic),
        area: "130306".parse().ok(),
    }
}

fn stage() -> (Signer, Verifier, Clock) {
    let (signer, clock) = (Signer::draw().unwrap(), Clock::fixed(now()));
    let verifier = Verifier::from_jwks(&signer.jwks()).unwrap().with_clock(clock.clone());
    (signer, verifier, clock)
}

fn parts(token: &str) -> (Value, Value, String) {
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let mut parts = token.split('.');
    (read(parts.next().unwrap()), read(parts.next().unwrap()), parts.next().unwrap().to_owned())
}

fn whole(header: &Value, claims: &Value, signature: &str) -> String {
    let write = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.{signature}", write(header), write(claims))
}

#[test]
fn a_token_says_who_holds_it() {
    let (signer, verifier, _) = stage();
    let token = signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap();
    assert_eq!(verifier.verify(&token), Ok(clerk()));
}

#[test]
fn a_token_expires() {
    let (signer, verifier, clock) = stage();
    let token = signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap();
    clock.advance(TimeDelta::minutes(59));
    assert!(verifier.verify(&token).is_ok());
    clock.advance(TimeDelta::minutes(2));
    assert_eq!(verifier.verify(&token), Err(Refusal::Expired));
}

#[test]
fn claims_that_were_changed_after_signing_are_refused() {
    let (signer, verifier, _) = stage();
    let (header, mut claims, signature) = parts(&signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap());
    claims["role"] = json!("admin");
    assert_eq!(verifier.verify(&whole(&header, &claims, &signature)), Err(Refusal::Signature));
}

#[test]
fn another_key_under_the_same_name_is_refused() {
    let (signer, verifier, _) = stage();
    let (known, _, _) = parts(&signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap());
    let forged = Signer::draw().unwrap().sign(&clerk(), now(), TimeDelta::hours(1)).unwrap();
    assert_eq!(verifier.verify(&forged), Err(Refusal::UnknownKey));
    let (_, claims, signature) = parts(&forged);
    assert_eq!(verifier.verify(&whole(&known, &claims, &signature)), Err(Refusal::Signature));
}

#[test]
fn an_unsigned_token_is_refused() {
    let (signer, verifier, _) = stage();
    let (mut header, claims, signature) = parts(&signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap());
    for algorithm in ["none", "None", "NONE", ""] {
        header["alg"] = json!(algorithm);
        for signature in ["", signature.as_str()] {
            let refused = verifier.verify(&whole(&header, &claims, signature)).unwrap_err();
            assert!(matches!(refused, Refusal::Algorithm | Refusal::Malformed(_)), "{algorithm}: {refused}");
        }
    }
}

#[test]
fn the_public_key_taken_as_a_shared_secret_is_refused() {
    let (signer, verifier, _) = stage();
    let (header, claims, _) = parts(&signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap());
    let jwks: Value = serde_json::from_str(&signer.jwks()).unwrap();
    let public = URL_SAFE_NO_PAD.decode(jwks["keys"][0]["x"].as_str().unwrap()).unwrap();
    let mut forged = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    forged.kid = header["kid"].as_str().map(str::to_owned);
    let token = jsonwebtoken::encode(&forged, &claims, &jsonwebtoken::EncodingKey::from_secret(&public)).unwrap();
    assert_eq!(verifier.verify(&token), Err(Refusal::Algorithm));
}

#[test]
fn what_is_no_token_is_refused_without_a_panic() {
    let (_, verifier, _) = stage();
    for nothing in ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30", "医.院.门", &"x".repeat(100_000)] {
        assert!(verifier.verify(nothing).is_err(), "{nothing}");
    }
}

#[test]
fn tokens_of_another_issuer_or_for_another_audience_are_refused() {
    let (signer, verifier, _) = stage();
    let token = signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap();
    let of = |issuer: &str| Expectations { issuer: issuer.to_owned(), ..Expectations::default() };
    let other = verifier.clone().expecting(of("https://id.example"));
    assert_eq!(other.verify(&token), Err(Refusal::Issuer));
    let elsewhere = Expectations { audience: "elsewhere".to_owned(), ..Expectations::default() };
    assert_eq!(verifier.expecting(elsewhere).verify(&token), Err(Refusal::Audience));
}

#[test]
fn a_clerk_without_an_office_is_refused() {
    let (signer, verifier, _) = stage();
    let token = signer.sign(&Caller { office: None, ..clerk() }, now(), TimeDelta::hours(1)).unwrap();
    assert_eq!(verifier.verify(&token), Err(Refusal::NoOffice));
}

#[test]
fn two_issuers_are_trusted_side_by_side_each_with_its_own_keys() {
    let (signer, verifier, clock) = stage();
    let other = Signer::draw().unwrap();
    let expected = Expectations { issuer: "https://id.example".to_owned(), ..Expectations::default() };
    let both = verifier.and(Verifier::from_jwks(&other.jwks()).unwrap().expecting(expected)).with_clock(clock.clone());
    assert_eq!(both.verify(&signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap()), Ok(clerk()));
    // The other issuer's key says that it is the built-in one.
    assert_eq!(both.verify(&other.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap()), Err(Refusal::Issuer));
    let stranger = Signer::draw().unwrap();
    assert_eq!(both.verify(&stranger.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap()), Err(Refusal::UnknownKey));
    let token = signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap();
    clock.advance(TimeDelta::hours(2));
    assert_eq!(both.verify(&token), Err(Refusal::Expired));
}

#[test]
fn a_key_that_is_added_to_the_file_is_found_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jwks.json");
    let verifier = Verifier::from_jwks_file(&path).with_clock(Clock::fixed(now()));
    let old = Signer::draw().unwrap();
    let token = |signer: &Signer| signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap();
    assert_eq!(verifier.verify(&token(&old)), Err(Refusal::UnknownKey));
    std::fs::write(&path, old.jwks()).unwrap();
    assert!(verifier.verify(&token(&old)).is_ok());
    let new = Signer::draw().unwrap();
    assert_eq!(verifier.verify(&token(&new)), Err(Refusal::UnknownKey));
    let (mut both, new_keys): (Value, Value) =
        (serde_json::from_str(&old.jwks()).unwrap(), serde_json::from_str(&new.jwks()).unwrap());
    both["keys"].as_array_mut().unwrap().push(new_keys["keys"][0].clone());
    std::fs::write(&path, both.to_string()).unwrap();
    assert!(verifier.verify(&token(&new)).is_ok());
    assert!(verifier.verify(&token(&old)).is_ok());
    std::fs::write(&path, "{ broken").unwrap();
    assert!(verifier.verify(&token(&old)).is_ok(), "the last good keys stay");
}

#[test]
fn a_key_that_is_taken_out_of_the_file_is_no_longer_good() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jwks.json");
    let (signer, verifier) = (Signer::draw().unwrap(), Verifier::from_jwks_file(&path).with_clock(Clock::fixed(now())));
    let token = signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap();
    std::fs::write(&path, signer.jwks()).unwrap();
    assert!(verifier.verify(&token).is_ok());
    std::fs::write(&path, json!({ "keys": [] }).to_string()).unwrap();
    assert_eq!(verifier.verify(&token), Err(Refusal::UnknownKey));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_at_a_url_are_fetched() {
    let signer = Signer::draw().unwrap();
    let jwks = signer.jwks();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().route("/keys", axum::routing::get(async move || jwks.clone()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let verifier = Verifier::from_jwks_url(format!("http://{address}/keys")).with_clock(Clock::fixed(now()));
    let token = signer.sign(&clerk(), now(), TimeDelta::hours(1)).unwrap();
    crate::stage::until("the keys to be fetched", async || verifier.verify(&token).is_ok()).await;
}
