//! Stable ids: hashes of what a thing is, never of the line it stands on.

/// A prefix and ten hexadecimal digits (FNV-1a, 64 bits, of the parts).
#[must_use]
pub(crate) fn of(prefix: &str, parts: &[&str]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash ^= u64::from(byte);
            hash = hash.wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{prefix}{:010x}", hash >> 24)
}
