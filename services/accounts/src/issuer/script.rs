//! Tokens for scripts: of no account, listed until half a year after they end, and revoked one by one.

use super::{Issuer, IssuerError, TOKEN_LONGEST, check_name, check_office};
use crate::store::ScriptToken;
use chassis::auth::{Caller, Role};
use chassis::keys;
use chassis::records;
use chrono::TimeDelta;
use schema::{AreaCode, Office};
use std::time::Duration;
use uuid::Uuid;

impl Issuer {
    /// A token for a script. The log names it as `script:NAME`, or, if it has no name, by its role and office.
    pub fn mint_token(
        &self,
        name: Option<&str>,
        role: Role,
        office: Option<Office>,
        area: Option<AreaCode>,
        lifetime: Duration,
    ) -> Result<(ScriptToken, String), IssuerError> {
        check_office(role, office)?;
        let lifetime = TimeDelta::from_std(lifetime).map_err(|_| IssuerError::Lifetime)?;
        if lifetime < TimeDelta::seconds(1) || lifetime > TOKEN_LONGEST {
            return Err(IssuerError::Lifetime);
        }
        let subject = match (name, office) {
            (Some(name), _) => {
                check_name(name)?;
                format!("script:{name}")
            }
            (None, Some(office)) => format!("script:{role}-{office}"),
            (None, None) => format!("script:{role}"),
        };
        let (id, issued) = (keys::draw_id()?, self.now());
        let caller = Caller { subject, role, office, area };
        let text = self.inner.signer.sign_under(Some(id), &caller, issued, lifetime)?;
        let token = ScriptToken { id, caller, issued, expires: issued + lifetime, revoked: None };
        self.store().insert_token(&token)?;
        records::account(&token.caller.subject, &self.actor, &format!("token {id} made"));
        Ok((token, text))
    }

    /// The tokens of scripts, the newest first.
    pub fn tokens(&self) -> Result<Vec<ScriptToken>, IssuerError> {
        Ok(self.store().tokens()?)
    }

    /// Takes a script's token back: whoever shows it is refused from now on.
    pub fn revoke_token(&self, id: Uuid) -> Result<(), IssuerError> {
        let now = self.now();
        self.change(|store| match store.revoke_token(id, now)? {
            true => Ok(()),
            false => Err(IssuerError::UnknownToken(id)),
        })?;
        records::account("script", &self.actor, &format!("token {id} revoked"));
        Ok(())
    }
}
