//! The token behind what outlives the request that it came with: a socket, a stream of events.

use super::caller::{Verified, token_of};
use super::verifier::Verifier;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::time::Duration;

/// How often it is looked whether a token is still good.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// A token, and who says whether it is good.
#[derive(Clone)]
pub struct Credential {
    verifier: Verifier,
    token: String,
    look_again: Duration,
}

impl Credential {
    /// The token of somebody who was let in with it.
    pub fn of(verifier: Verifier, token: String) -> Credential {
        Credential { verifier, token, look_again: LOOK_AGAIN }
    }

    /// The same, looked at at other intervals.
    pub fn looked_at_every(self, look_again: Duration) -> Credential {
        Credential { look_again, ..self }
    }

    /// Ends when the token is good no longer: it has expired, or its key is trusted no more.
    pub async fn lapses(self) {
        while self.verifier.verify(&self.token).is_ok() {
            tokio::time::sleep(self.look_again).await;
        }
    }

    /// Ends when somebody's token is good no longer; never for who came without one.
    pub async fn lapse_of(credential: Option<Credential>) {
        match credential {
            Some(credential) => credential.lapses().await,
            None => std::future::pending().await,
        }
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential")
    }
}

/// The credential of a request, if its token is good.
#[derive(Clone, Debug)]
pub struct MaybeCredential(pub Option<Credential>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeCredential {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<MaybeCredential, Infallible> {
        let token = token_of(parts).zip(parts.extensions.get::<Verifier>().cloned());
        let is_verified = parts.extensions.get::<Verified>().is_some();
        let good = token.filter(|(token, verifier)| is_verified || verifier.verify(token).is_ok());
        Ok(MaybeCredential(good.map(|(token, verifier)| Credential::of(verifier, token))))
    }
}
