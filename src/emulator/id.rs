//! What cannot be guessed, and how it is compared: user IDs, random numbers, secrets.

use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

use ring::rand::{SecureRandom, SystemRandom};

/// An immutable user ID; shown as `U2` and 25 symbols. Later users have greater ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UserId(u128);

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl UserId {
    /// The ID of the `serial`-th user; its second half cannot be guessed.
    pub(crate) fn new(serial: u64) -> Self {
        UserId(u128::from(serial) << 64 | u128::from(random_number()))
    }
}

/// A number that cannot be guessed, for user and session IDs.
pub(crate) fn random_number() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness the ID is still unique by its serial; codes, which must not be guessed, have no such way out.
    let _drawn = SystemRandom::new().fill(&mut bytes);
    u64::from_ne_bytes(bytes)
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut symbols = [b'0'; 25];
        let mut rest = self.0;
        for symbol in symbols.iter_mut().rev() {
            *symbol = BASE62[(rest % 62) as usize];
            rest /= 62;
        }
        write!(f, "U2{}", String::from_utf8_lossy(&symbols))
    }
}

impl FromStr for UserId {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let symbols = text.strip_prefix("U2").filter(|symbols| symbols.len() == 25).ok_or(())?;
        let digit = |symbol| BASE62.iter().position(|known| *known == symbol).ok_or(());
        let add = |sum: u128, symbol| {
            let digit = digit(symbol)? as u128;
            sum.checked_mul(62).and_then(|sum| sum.checked_add(digit)).ok_or(())
        };
        symbols.bytes().try_fold(0, add).map(UserId)
    }
}

/// Equality whose time tells nothing about where two texts of one length part.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |sum, (x, y)| black_box(sum | (x ^ y)));
    a.len() == b.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_read_back() {
        let id = UserId::new(7);
        assert_eq!(id.to_string().len(), 27);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "U2",
            "U2zzzzzzzzzzzzzzzzzzzzzzzzz",
            "X2000000000000000000000000a",
            "U2-000000000000000000000000",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(()), "{text}");
        }
    }
}
