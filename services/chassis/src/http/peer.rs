//! Where a request comes from.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Request};
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// The other end of the connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connected(pub IpAddr);

/// Whose `X-Forwarded-For` is believed: a proxy's on this machine, and of these networks.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Those of these networks, beside this machine's.
    pub fn of(networks: Vec<IpNet>) -> Proxies {
        Proxies(networks.into())
    }

    fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address or a network of addresses.
///
/// # Errors
/// When it is neither.
pub fn network_of(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "应为地址或网段 an address, or a network as 10.0.0.0/8".to_owned())
}

/// The address that a request comes from: the connection's or, where that is a proxy's ([`Proxies`]), the last one that is said in
/// `X-Forwarded-For` and is no proxy's either. What anybody else says there is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer(pub IpAddr);

impl Peer {
    fn of(connected: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> Peer {
        let lines = headers.get_all("x-forwarded-for").iter().rev().map(|said| said.to_str().ok());
        let mut said = lines.flat_map(|line| line.map_or(vec![None], |line| line.rsplit(',').map(address).collect()));
        let mut peer = connected;
        // A proxy says who asked it; that may be a proxy that is believed as well.
        while proxies.has(peer) {
            let Some(Some(before)) = said.next() else { break };
            peer = before;
        }
        Peer(peer)
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
        let proxies = extensions.get::<Proxies>().cloned().unwrap_or_default();
        Peer::of(connected, headers, &proxies)
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
            let peer = Peer::of(connected.parse().unwrap(), &headers, &Proxies::default());
            assert_eq!(peer.0.to_string(), expected, "{connected} {said:?}");
        }
    }

    #[test]
    fn a_proxy_elsewhere_is_believed_when_its_network_is_named_and_one_behind_another_too() {
        let proxies = Proxies::of(vec![network_of("10.0.0.0/8").unwrap(), network_of("198.51.100.4").unwrap()]);
        for (connected, said, expected) in [
            ("10.1.2.3", "203.0.113.7", "203.0.113.7"),
            ("::ffff:10.1.2.3", "203.0.113.7", "203.0.113.7"),
            ("198.51.100.4", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
            ("10.1.2.3", "6.6.6.6, 203.0.113.7, 10.9.9.9", "203.0.113.7"),
            ("127.0.0.1", "203.0.113.7, 10.9.9.9", "203.0.113.7"),
            ("10.1.2.3", "10.9.9.9", "10.9.9.9"),
            ("10.1.2.3", "nonsense, 10.9.9.9", "10.9.9.9"),
            ("198.51.100.5", "203.0.113.7", "198.51.100.5"),
        ] {
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), said.parse().unwrap())]);
            let peer = Peer::of(connected.parse().unwrap(), &headers, &proxies);
            assert_eq!(peer.0.to_string(), expected, "{connected} {said:?}");
        }
        assert!(network_of("10.0.0.0/33").is_err() && network_of("proxy.example").is_err());
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
