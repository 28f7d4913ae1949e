//! Where randomness enters a service.

use uuid::Uuid;

/// The system's random source gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the system's source of randomness failed")]
pub struct NoRandomness;

/// Random bytes fit for keys, from the system: a generator of the cryptographic library would first measure the
/// processor's jitter for some 40 ms, in every process and before its first request is answered.
pub fn draw<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// An id for what derives from nothing: a log, a trace.
pub fn draw_id() -> Result<Uuid, NoRandomness> {
    Ok(uuid::Builder::from_random_bytes(draw()?).into_uuid())
}

/// A secret that a person can type: `words` groups of four letters and digits without those that look alike
/// (20 bits a group).
pub fn draw_password(groups: usize) -> Result<String, NoRandomness> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut password = String::new();
    for group in 0..groups {
        if group > 0 {
            password.push('-');
        }
        for byte in draw::<4>()? {
            // 256 is a multiple of 32: every letter is as likely as any other.
            let letter = LETTERS.get(usize::from(byte) % LETTERS.len()).copied().unwrap_or(b'a');
            password.push(char::from(letter));
        }
    }
    Ok(password)
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// A fraction in [0, 1) that spreads retries; not for keys, and zero if there is no randomness.
pub(crate) fn jitter() -> f64 {
    draw::<4>().map_or(0.0, |bytes| f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_password_is_in_groups_and_differs_each_time() {
        let password = draw_password(4).unwrap();
        assert_eq!(password.len(), 19);
        assert_ne!(password, draw_password(4).unwrap());
    }
}
