//! How a password is kept.

use argon2::{Algorithm, Argon2, Params, Version};
use chassis::keys::{self, NoRandomness};

/// Argon2id with 19 MiB, two passes and one lane: the OWASP Password Storage Cheat Sheet's minimum (2025). Kept with
/// each hash, so that a later change leaves old passwords usable.
const NOW: Costs = Costs { memory_kib: 19_456, passes: 2, lanes: 1 };

/// A password, hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hashed {
    pub(crate) costs: Costs,
    pub(crate) salt: [u8; 16],
    pub(crate) hash: [u8; 32],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Costs {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

/// Hashes a password with a new salt. Takes some tens of milliseconds, and memory.
pub(crate) fn hash(password: &str) -> Result<Hashed, NoRandomness> {
    let salt = keys::draw::<16>()?;
    // These costs are within argon2's limits, so there is always a hash.
    let hash = compute(NOW, &salt, password).ok_or(NoRandomness)?;
    Ok(Hashed { costs: NOW, salt, hash })
}

/// Whether a password is the hashed one. Takes as long as hashing; with nothing to compare, too, so that the time
/// does not tell which accounts there are.
pub(crate) fn matches(password: &str, hashed: Option<&Hashed>) -> bool {
    let nobody = Hashed { costs: NOW, salt: [0; 16], hash: [0; 32] };
    let compared = hashed.unwrap_or(&nobody);
    let same = compute(compared.costs, &compared.salt, password).is_some_and(|hash| keys::same(&hash, &compared.hash));
    same && hashed.is_some()
}

fn compute(costs: Costs, salt: &[u8], password: &str) -> Option<[u8; 32]> {
    let params = Params::new(costs.memory_kib, costs.passes, costs.lanes, Some(32)).ok()?;
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut hash)
        .ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_matches_and_each_hash_is_salted() {
        let hashed = hash("正确的密码").unwrap();
        assert!(matches("正确的密码", Some(&hashed)));
        assert!(!matches("错误的密码", Some(&hashed)));
        assert!(!matches("", None));
        assert_ne!(hashed, hash("正确的密码").unwrap());
    }
}
