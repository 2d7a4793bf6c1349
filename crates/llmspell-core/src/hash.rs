//! Hashes as text.

use sha2::{Digest, Sha256};

/// The begin of a text's SHA-256: `bytes` bytes of it (at most 32) in hexadecimal digits.
pub(crate) fn hex(text: &str, bytes: usize) -> String {
    Sha256::digest(text.as_bytes()).iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}
