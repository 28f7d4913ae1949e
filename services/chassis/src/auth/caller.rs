//! The caller of a request.

use super::{Refusal, Verifier};
use crate::http::Problem;
use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE as COOKIE_HEADER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use axum_extra::extract::CookieJar;
use schema::{AreaCode, Office};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

/// The cookie that carries a browser's token.
pub const COOKIE: &str = "huiju_token";

/// What a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 经办人: registers for one office in one area.
    Clerk,
    /// 资源管理员: decides on merges at the service centre.
    Steward,
    /// Plans: sees the history of merges and where services are missing.
    Planner,
    /// 话务员: finds and dispatches help at the helpline.
    Operator,
    /// Another department's software.
    Partner,
    /// Runs the system.
    Admin,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 6] = [Role::Clerk, Role::Steward, Role::Planner, Role::Operator, Role::Partner, Role::Admin];

    /// The name in tokens and commands.
    pub fn name(self) -> &'static str {
        match self {
            Role::Clerk => "clerk",
            Role::Steward => "steward",
            Role::Planner => "planner",
            Role::Operator => "operator",
            Role::Partner => "partner",
            Role::Admin => "admin",
        }
    }

    /// The name on pages, in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Role::Clerk => "经办人",
            Role::Steward => "资源管理员",
            Role::Planner => "规划人员",
            Role::Operator => "话务员",
            Role::Partner => "合作单位",
            Role::Admin => "系统管理员",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No role of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no role is called {0:?}; there are clerk, steward, planner, operator, partner and admin")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Role, UnknownRole> {
        Role::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// Who calls, as their token says. As an extractor it refuses whoever holds none (401).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account. Never a person's name.
    pub subject: String,
    /// What they are.
    pub role: Role,
    /// The office they act for, if they are bound to one.
    pub office: Option<Office>,
    /// The area they are bound to, if to any.
    pub area: Option<AreaCode>,
}

/// The caller of a page that anyone may see. A token that is no good counts as none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaybeCaller(pub Option<Caller>);

impl Caller {
    /// Refuses (403) who is none of these. An admin is everything.
    pub fn require_role(&self, roles: &[Role]) -> Result<(), Problem> {
        if self.role == Role::Admin || roles.contains(&self.role) {
            return Ok(());
        }
        let zh: Vec<&str> = roles.iter().map(|role| role.name_zh()).collect();
        let en: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        Err(Problem::new(StatusCode::FORBIDDEN, "role-required")
            .zh(format!("此操作需要下列角色之一：{}；您的角色是{}。", zh.join("、"), self.role.name_zh()))
            .en(format!("This needs one of the roles {}; yours is {}.", en.join(", "), self.role)))
    }

    /// Refuses (403) who does not act for this office. An admin acts for all.
    pub fn require_office(&self, office: Office) -> Result<(), Problem> {
        if self.role == Role::Admin || (self.role == Role::Clerk && self.office == Some(office)) {
            return Ok(());
        }
        Err(Problem::new(StatusCode::FORBIDDEN, "office-required")
            .zh(format!("此操作只限{}的经办人。", office.name_zh()))
            .en(format!("This is for clerks of the office {} only.", office.name_en())))
    }

    /// The area that bounds what they see and do; an admin is bound by none.
    pub fn bound_to(&self) -> Option<AreaCode> {
        self.area.filter(|_| self.role != Role::Admin)
    }

    /// Refuses (403) a caller who is bound to an area that does not contain this one.
    pub fn require_area(&self, area: AreaCode) -> Result<(), Problem> {
        match self.bound_to() {
            Some(own) if !own.contains(area) => Err(Problem::new(StatusCode::FORBIDDEN, "area-required")
                .zh(format!("您的权限限于区划{own}，{area}不在其中。"))
                .en(format!("You are bound to the area {own}, which {area} is not in."))),
            Some(_) | None => Ok(()),
        }
    }
}

/// Who a request turned out to be from: set when its token is found good, for whoever looks when it is answered.
#[derive(Clone, Default)]
pub(crate) struct TokenHolder(Arc<OnceLock<String>>);

impl TokenHolder {
    /// The subject of the token; none if nobody asked for the caller, or there was none.
    pub(crate) fn subject(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

/// Whose token a request bears, found out before its handler asks: a signature is checked once a request.
#[derive(Clone)]
pub(crate) struct Verified(Caller);

impl Verified {
    /// The subject of the token of a request, if it is good.
    pub(crate) fn of<B>(request: &mut Request<B>, verifier: &Verifier) -> Option<String> {
        let token = token_in(request.headers())?;
        let caller = verifier.verify(&token).ok()?;
        let subject = caller.subject.clone();
        request.extensions_mut().insert(Verified(caller));
        Some(subject)
    }
}

/// The token of a request, from the header or the cookie. The header wins.
pub(crate) fn token_of(parts: &Parts) -> Option<String> {
    token_in(&parts.headers)
}

fn token_in(headers: &HeaderMap) -> Option<String> {
    if let Some(header) = headers.get(AUTHORIZATION) {
        let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned());
    }
    headers.get(COOKIE_HEADER)?;
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Problem> {
        let unauthenticated = |zh: &str, en: &str| {
            Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated").zh(zh).en(en).header("www-authenticate", "Bearer")
        };
        let not_granted = |zh: String, en: String| Problem::new(StatusCode::FORBIDDEN, "not-granted").zh(zh).en(en);
        let Some(token) = token_of(parts) else {
            return Err(unauthenticated("请先登录，或出示令牌。", "Sign in first, or present a token."));
        };
        let Some(verifier) = parts.extensions.get::<Verifier>() else {
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no-verifier")
                .zh("服务未配置身份核验。")
                .en("This service has not been told whose tokens to trust."));
        };
        let verified = match parts.extensions.get::<Verified>() {
            Some(Verified(caller)) => Ok(caller.clone()),
            None => verifier.verify(&token),
        };
        let caller = verified.map_err(|refusal| {
            tracing::debug!(%refusal, "a token was refused");
            match refusal {
                Refusal::Expired => {
                    unauthenticated("登录已过期，请重新登录。", "Your token has expired; sign in again.")
                }
                Refusal::Revoked => unauthenticated(
                    "此登录或令牌已失效：账号已停用、密码或权限已变更，或令牌已收回。请重新登录。",
                    "This sign-in or token is no longer good: the account was disabled, its password or its duties changed, \
                     or the token was revoked. Sign in again.",
                ),
                Refusal::Malformed(_)
                | Refusal::Algorithm
                | Refusal::UnknownKey
                | Refusal::Signature
                | Refusal::NotYetValid
                | Refusal::Issuer
                | Refusal::Audience
                | Refusal::Claims(_) => {
                    unauthenticated("令牌无效，请重新登录。", "Your token is not valid; sign in again.")
                }
                Refusal::NoRole => not_granted(
                    "您的账号没有本系统的角色，请联系账号管理员授予。".to_owned(),
                    "Your account has none of this system's roles; ask whoever manages accounts for one.".to_owned(),
                ),
                Refusal::SeveralRoles(roles) => {
                    let zh: Vec<&str> = roles.iter().map(|role| role.name_zh()).collect();
                    let en: Vec<&str> = roles.iter().map(|role| role.name()).collect();
                    not_granted(
                        format!("您的账号有多个角色（{}），本系统只能用其中一个，请联系账号管理员。", zh.join("、")),
                        format!(
                            "Your account has several roles ({}), and may have one here; ask whoever manages accounts.",
                            en.join(", ")
                        ),
                    )
                }
                Refusal::NoOffice => not_granted(
                    "您的账号没有写明所属单位，请联系账号管理员补充。".to_owned(),
                    "Your account does not say for which office you act; ask whoever manages accounts to add it."
                        .to_owned(),
                ),
            }
        })?;
        if let Some(known) = parts.extensions.get::<TokenHolder>() {
            let _ = known.0.set(caller.subject.clone());
        }
        Ok(caller)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeCaller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<MaybeCaller, Self::Rejection> {
        // Most of the public hold no token; a refusal for each would be worded for nobody.
        if token_of(parts).is_none() {
            return Ok(MaybeCaller(None));
        }
        Ok(MaybeCaller(Caller::from_request_parts(parts, state).await.ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clerk(office: Office) -> Caller {
        Caller { subject: "c".to_owned(), role: Role::Clerk, office: Some(office), area: "130306".parse().ok() }
    }

    #[test]
    fn a_clerk_acts_for_their_own_office_and_area_only() {
        let clerk = clerk(Office::Clinic);
        assert!(clerk.require_office(Office::Clinic).is_ok());
        assert!(clerk.require_office(Office::Commerce).is_err());
        assert!(clerk.require_area("130306100209".parse().unwrap()).is_ok());
        assert!(clerk.require_area("130302001001".parse().unwrap()).is_err());
    }

    #[test]
    fn a_role_that_is_not_asked_for_is_refused_and_an_admin_is_not() {
        let refused = clerk(Office::Clinic).require_role(&[Role::Steward, Role::Planner]).unwrap_err();
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let admin = Caller { subject: "a".to_owned(), role: Role::Admin, office: None, area: None };
        assert!(admin.require_role(&[Role::Steward]).is_ok());
        assert!(admin.require_office(Office::Commerce).is_ok());
    }

    #[test]
    fn every_role_is_read_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
