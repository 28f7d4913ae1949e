//! Where a request comes from.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Request};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The other end of the connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connected(pub IpAddr);

/// The address that a request comes from: the connection's or, where that is a proxy on this machine, the last one that the
/// proxy says in `X-Forwarded-For`. What anybody else says there is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer(pub IpAddr);

impl Peer {
    fn of(connected: IpAddr, headers: &HeaderMap) -> Peer {
        let forwarded = headers.get_all("x-forwarded-for").iter().next_back().and_then(|said| said.to_str().ok());
        let last = forwarded.and_then(|said| said.rsplit(',').next()).and_then(address);
        Peer(last.filter(|_| connected.is_loopback()).unwrap_or(connected))
    }

    /// What stands for the same visitor: an IPv4 address, the /64 network of an IPv6 address.
    pub fn network(self) -> IpAddr {
        network(self.0)
    }
}

/// See [`Peer::network`].
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

/// An address, with or without a port.
fn address(said: &str) -> Option<IpAddr> {
    let said = said.trim();
    let with_port = || said.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = said.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

impl Peer {
    pub(crate) fn of_request<B>(request: &Request<B>) -> Peer {
        Peer::found(request.extensions(), request.headers())
    }

    fn found(extensions: &Extensions, headers: &HeaderMap) -> Peer {
        // Without a connection, in a test, it is this machine that asks.
        let connected = extensions.get::<Connected>().map_or(Ipv4Addr::LOCALHOST.into(), |connected| connected.0);
        Peer::of(connected, headers)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Peer, Infallible> {
        Ok(Peer::found(&parts.extensions, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_of_this_machine_is_believed_in_what_it_says_last_and_nobody_else() {
        for (connected, said, expected) in [
            ("127.0.0.1", &["203.0.113.7"][..], "203.0.113.7"),
            ("127.0.0.1", &["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", &["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
            ("::1", &["203.0.113.7:4711"], "203.0.113.7"),
            ("::1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("127.0.0.1", &["2001:db8::7"], "2001:db8::7"),
            ("127.0.0.1", &["unknown"], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("198.51.100.4", &["203.0.113.7"], "198.51.100.4"),
        ] {
            let mut headers = HeaderMap::new();
            for said in said {
                headers.append("x-forwarded-for", said.parse().unwrap());
            }
            let peer = Peer::of(connected.parse().unwrap(), &headers);
            assert_eq!(peer.0.to_string(), expected, "{connected} {said:?}");
        }
    }

    #[test]
    fn an_ipv6_address_stands_for_its_network() {
        for (address, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::1", "::1"),
        ] {
            assert_eq!(network(address.parse().unwrap()).to_string(), expected);
        }
    }
}
