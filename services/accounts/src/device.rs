//! Browsers from which somebody has signed in to an account before.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::keys::{self, NoRandomness};

/// The cookie by which a browser is known again. It lets nobody in: it says that somebody got in from here.
pub(crate) const DEVICE_COOKIE: &str = "huiju_device";

/// A browser, for one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Device(pub(crate) [u8; 16]);

/// Makes and knows such cookies, under the issuer's key.
pub(crate) struct Devices(hmac::Key);

impl Devices {
    pub(crate) fn under(secret: &[u8]) -> Devices {
        Devices(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// A cookie's value for a browser from which somebody just signed in.
    pub(crate) fn issue(&self, account: &str) -> Result<String, NoRandomness> {
        let device = Device(keys::draw()?);
        let tag = hmac::sign(&self.0, &said(account, device));
        Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(device.0), URL_SAFE_NO_PAD.encode(tag.as_ref())))
    }

    /// The browser of a cookie, if the cookie was made here and for this account.
    pub(crate) fn known(&self, account: &str, cookie: &str) -> Option<Device> {
        let (device, tag) = cookie.split_once('.')?;
        let device = Device(URL_SAFE_NO_PAD.decode(device).ok()?.try_into().ok()?);
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.0, &said(account, device), &tag).ok().map(|()| device)
    }
}

/// What the tag is of. The key signs tokens as well, and those begin otherwise.
fn said(account: &str, Device(device): Device) -> Vec<u8> {
    [b"huiju device\0".as_slice(), &device, account.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_again_for_its_own_account_alone() {
        let (devices, others) = (Devices::under(b"one"), Devices::under(b"other"));
        let cookie = devices.issue("admin").unwrap();
        assert!(devices.known("admin", &cookie).is_some());
        assert_ne!(devices.issue("admin").unwrap(), cookie);
        assert!(devices.known("clerk", &cookie).is_none() && others.known("admin", &cookie).is_none());
        let last = if cookie.ends_with('A') { "E" } else { "A" };
        let altered = format!("{}{last}", &cookie[..cookie.len() - 1]);
        for cookie in ["", ".", "a.b", &altered, "医.医", &cookie[1..]] {
            assert!(devices.known("admin", cookie).is_none(), "{cookie}");
        }
    }
}
