//! How often one client may ask: so many requests within so many seconds, for each account by its token, for each address of the
//! public. GCRA (a bucket that refills evenly), so that whoever has used all of it may ask again bit by bit.
//!
//! What is left is told in the headers `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11), and who asks
//! too often gets 429 with `Retry-After` (RFC 6585, section 4).

use super::platform;
use crate::auth::{Verified, Verifier};
use crate::http::{Peer, Problem};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use lru::LruCache;
use serde_json::json;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many clients of each sort are remembered. Who is forgotten, because so many others asked since, begins anew.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// So many requests within so many seconds: all of them at once, or evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    requests: NonZeroU32,
    seconds: NonZeroU32,
}

/// What the public may ask from one address: 100 requests a second, 6,000 at once. Behind one address there may be a whole town: a
/// provider of mobile telephony shows thousands of its subscribers under one, an authority all of its desks. A person who reads
/// pages makes a request every few seconds, four while the pages' styles and scripts are new to the browser; a hundred requests a
/// second are some five hundred people who read at the same time.
pub const PUBLIC_RATE: Rate = Rate::of(6_000, 60);
/// What the holder of a token may ask: 200 requests a second, 12,000 at once. A partner who copies a million changes of a county, a
/// thousand a page, needs a thousand requests, once; a wall of fifty dashboards that ask every second, fifty a second.
pub const TOKEN_RATE: Rate = Rate::of(12_000, 60);

impl Rate {
    const fn of(requests: u32, seconds: u32) -> Rate {
        match (NonZeroU32::new(requests), NonZeroU32::new(seconds)) {
            (Some(requests), Some(seconds)) => Rate { requests, seconds },
            _ => Rate { requests: NonZeroU32::MIN, seconds: NonZeroU32::MIN },
        }
    }

    /// How long until one request more is free.
    fn refill(self) -> Duration {
        Duration::from_secs(self.seconds.get().into()) / self.requests.get()
    }

    fn quota(self) -> Quota {
        // No request is free in no time, since there are fewer than thousand million a second of them.
        let quota = Quota::with_period(self.refill()).unwrap_or(Quota::per_second(self.requests));
        quota.allow_burst(self.requests)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.requests, self.seconds)
    }
}

/// No rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("应为 次数/秒数 a rate is REQUESTS/SECONDS, as 6000/60: of both at least 1, and of requests at most 1000000")]
pub struct NotARate;

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Rate, NotARate> {
        let (requests, seconds) = text.split_once('/').ok_or(NotARate)?;
        let read = |part: &str| part.parse::<NonZeroU32>().map_err(|_| NotARate);
        let rate = Rate { requests: read(requests)?, seconds: read(seconds)? };
        if rate.requests.get() > 1_000_000 { Err(NotARate) } else { Ok(rate) }
    }
}

/// How often each client may ask, and how often it has of late. Cheap to clone. Whoever asks on this machine itself may ask as often
/// as they like, since nothing keeps them from taking the machine's time in any other way.
#[derive(Clone, Debug)]
pub struct RateLimits(Arc<Both>);

#[derive(Debug)]
struct Both {
    public: Option<Limiter<IpAddr>>,
    token: Option<Limiter<String>>,
}

impl RateLimits {
    /// For each address of the public, and for each holder of a token; none is no limit.
    pub fn new(public: Option<Rate>, token: Option<Rate>) -> RateLimits {
        RateLimits(Arc::new(Both {
            public: public.map(|rate| Limiter::new("public", rate)),
            token: token.map(|rate| Limiter::new("token", rate)),
        }))
    }

    /// Somebody of the public.
    pub fn public(&self, peer: Peer) -> Client {
        Client { limits: self.clone(), who: Who::Public(peer.network()), told: Arc::default() }
    }
}

/// Who asks, for whoever counts what is asked within one request: an operation of a WebSocket is one like any other. Handlers that answer
/// in a form of their own find it among a request's extensions.
#[derive(Clone, Debug)]
pub struct Client {
    limits: RateLimits,
    who: Who,
    told: Arc<Mutex<Option<Standing>>>,
}

#[derive(Clone, Debug)]
enum Who {
    Holder(String),
    Public(IpAddr),
}

/// A client has asked too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften {
    policy: &'static str,
    rate: Rate,
    /// In how many seconds it may ask again.
    pub again: u64,
}

impl Client {
    /// Counts one thing more that is asked.
    ///
    /// # Errors
    /// When there were too many of late.
    pub fn asks(&self) -> Result<(), TooOften> {
        let standing = match &self.who {
            Who::Holder(subject) => self.limits.0.token.as_ref().map(|limiter| limiter.count(subject)),
            Who::Public(address) if address.is_loopback() => None,
            Who::Public(address) => self.limits.0.public.as_ref().map(|limiter| limiter.count(address)),
        };
        let Some(standing) = standing else { return Ok(()) };
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
        standing.refused.map_or(Ok(()), Err)
    }

    /// The same client, once it has said who it is by another way than its request.
    pub fn known_as(&self, subject: &str) -> Client {
        Client { who: Who::Holder(subject.to_owned()), ..self.clone() }
    }

    fn standing(&self) -> Option<Standing> {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TooOften {
    /// As HTTP answers it; the headers are set on the way out.
    pub fn problem(self) -> Problem {
        let (requests, seconds) = (self.rate.requests, self.rate.seconds);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited")
            .title("请求过于频繁", "Too many requests")
            .zh(format!("请求过于频繁：{seconds}秒内最多{requests}次。请在{}秒后再试。", self.again))
            .en(format!("More than {requests} requests in {seconds} seconds; try again in {} seconds.", self.again))
            // The draft's own type of problem, section 5.1.
            .with("type", "https://iana.org/assignments/http-problem-types#quota-exceeded")
            .with("violated-policies", json!([self.policy]))
    }
}

/// What a client has left.
#[derive(Clone, Copy, Debug)]
struct Standing {
    policy: &'static str,
    rate: Rate,
    left: u32,
    refused: Option<TooOften>,
}

impl Standing {
    fn write(self, response: &mut Response) {
        const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
        const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
        let Standing { policy, rate, left, refused } = self;
        // Until all of it is free again.
        let used = rate.requests.get().saturating_sub(left);
        let whole = seconds(rate.refill() * used);
        let mut set = |name: HeaderName, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().insert(name, value);
            }
        };
        set(POLICY, format!("\"{policy}\";q={};w={}", rate.requests, rate.seconds));
        set(LIMIT, format!("\"{policy}\";r={left};t={whole}"));
        if let Some(TooOften { again, .. }) = refused {
            set(header::RETRY_AFTER, again.to_string());
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Counts by key, and forgets those that have not asked for longest.
struct Limiter<K: Hash + Eq + Clone> {
    policy: &'static str,
    rate: Rate,
    limiter: RateLimiter<K, Remembered<K>, MonotonicClock, StateInformationMiddleware>,
}

impl<K: Hash + Eq + Clone> std::fmt::Debug for Limiter<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.policy, self.rate)
    }
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(policy: &'static str, rate: Rate) -> Limiter<K> {
        let remembered = Remembered(Mutex::new(LruCache::new(REMEMBERED)));
        Limiter { policy, rate, limiter: RateLimiter::new(rate.quota(), remembered, MonotonicClock) }
    }

    fn count(&self, key: &K) -> Standing {
        let Limiter { policy, rate, .. } = *self;
        match self.limiter.check_key(key) {
            Ok(state) => Standing { policy, rate, left: state.remaining_burst_capacity(), refused: None },
            Err(until) => {
                let again = seconds(until.wait_time_from(self.limiter.clock().now())).max(1);
                Standing { policy, rate, left: 0, refused: Some(TooOften { policy, rate, again }) }
            }
        }
    }
}

/// What the limiter keeps of each key: until when it has used up what it may. The limiter's own stores grow with whoever asks.
struct Remembered<K: Hash + Eq>(Mutex<LruCache<K, Nanos>>);

impl<K: Hash + Eq + Clone> StateStore for Remembered<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, now) = f(remembered.get(key).copied())?;
        remembered.put(key.clone(), now);
        Ok(outcome)
    }
}

/// What is counted.
pub(super) struct Counting {
    pub limits: RateLimits,
    /// Routes that count for themselves, since they refuse in a form of their own.
    pub by_themselves: Arc<[&'static str]>,
}

/// Counts a request and refuses it when there were too many. Whoever watches the process is never refused.
pub(super) async fn count<F: Future<Output = Response>>(
    counting: &Counting,
    verifier: &Verifier,
    mut request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    if platform::WATCHED.contains(&route) {
        return answer(request).await;
    }
    let by_itself = counting.by_themselves.contains(&route);
    let public = counting.limits.public(Peer::of_request(&request));
    let client = match Verified::of(&mut request, verifier) {
        Some(subject) => public.known_as(&subject),
        None => public,
    };
    let asked = if by_itself { Ok(()) } else { client.asks() };
    let mut response = match asked {
        Ok(()) => {
            request.extensions_mut().insert(client.clone());
            answer(request).await
        }
        Err(too_often) => too_often.problem().into_response(),
    };
    if let Some(standing) = client.standing() {
        standing.write(&mut response);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(limits: &RateLimits, address: &str) -> Client {
        limits.public(Peer(address.parse().unwrap()))
    }

    fn headers(client: &Client) -> Vec<String> {
        let mut response = Response::default();
        client.standing().unwrap().write(&mut response);
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        ["ratelimit-policy", "ratelimit", "retry-after"].into_iter().filter_map(header).collect()
    }

    #[test]
    fn each_client_may_ask_so_often_and_is_told_what_is_left_and_when_to_come_again() {
        let limits = RateLimits::new(Some(Rate::of(3, 3_600)), Some(Rate::of(2, 3_600)));
        let one = public(&limits, "203.0.113.7");
        assert_eq!(one.asks(), Ok(()));
        assert_eq!(headers(&one), [r#""public";q=3;w=3600"#, r#""public";r=2;t=1200"#]);
        assert!(one.asks().is_ok() && one.asks().is_ok());
        let refused = one.asks().unwrap_err();
        assert!((1_190..=1_200).contains(&refused.again), "{refused:?}");
        assert_eq!(headers(&one)[1..], [r#""public";r=0;t=3600"#.to_owned(), refused.again.to_string()]);
        let body = refused.problem().body(crate::http::Lang::En);
        assert_eq!((&body["status"], &body["code"]), (&json!(429), &json!("rate-limited")));
        assert_eq!(body["violated-policies"], json!(["public"]));
        assert_eq!(body["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");

        assert!(public(&limits, "203.0.113.8").asks().is_ok(), "another address is another client");
        let holder = one.known_as("a-1");
        assert!(holder.asks().is_ok() && holder.asks().is_ok(), "and an account is one wherever it asks from");
        assert!(public(&limits, "203.0.113.9").known_as("a-1").asks().is_err());
        assert!(one.known_as("a-2").asks().is_ok());
    }

    #[test]
    fn whoever_has_used_all_may_ask_again_bit_by_bit() {
        let limits = RateLimits::new(Some(Rate::of(20, 1)), None);
        let one = public(&limits, "203.0.113.7");
        while one.asks().is_ok() {}
        std::thread::sleep(Duration::from_millis(60));
        assert!(one.asks().is_ok());
    }

    #[test]
    fn this_machine_and_who_is_under_no_limit_may_ask_as_often_as_they_like() {
        let limits = RateLimits::new(Some(Rate::of(1, 3_600)), None);
        for free in [public(&limits, "127.0.0.1"), public(&limits, "::1"), public(&limits, "10.0.0.1").known_as("a-1")]
        {
            assert!((0..10).all(|_| free.asks().is_ok()));
            assert!(free.standing().is_none(), "nothing is told of a limit that there is not");
        }
    }

    #[test]
    fn only_so_many_are_remembered() {
        let limiter: Limiter<usize> = Limiter::new("public", Rate::of(1, 3_600));
        for key in 0..REMEMBERED.get() + 100 {
            assert!(limiter.count(&key).refused.is_none());
        }
        let remembered = |key: usize| limiter.count(&key).refused.is_some();
        assert!(remembered(REMEMBERED.get() + 99) && remembered(200) && !remembered(0));
    }

    #[test]
    fn a_rate_is_so_many_within_so_many_seconds() {
        for (text, rate) in [
            ("6000/60", Ok(PUBLIC_RATE)),
            ("1/3600", Ok(Rate::of(1, 3_600))),
            ("0/60", Err(NotARate)),
            ("60/0", Err(NotARate)),
            ("1000001/1", Err(NotARate)),
            ("60", Err(NotARate)),
            ("many/60", Err(NotARate)),
        ] {
            assert_eq!(text.parse(), rate, "{text}");
        }
        assert_eq!(TOKEN_RATE.to_string(), "12000/60");
    }
}
