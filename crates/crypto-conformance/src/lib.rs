//! What every provider of cryptography must pass: the vectors of Wycheproof, of NIST and of the RFCs.

mod aead;
mod certificate;
mod cipher;
mod hash;
mod hmac;
mod key_exchange;
mod rng;
mod signature;

use crypto::Provider;

/// The outcome for one primitive.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The primitive.
    pub name: &'static str,
    /// How many vectors were checked.
    pub vectors: usize,
    /// How many the provider gives no way to check.
    pub skipped: usize,
    /// What went wrong, one line a vector.
    pub failures: Vec<String>,
}

impl Report {
    fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    /// Counts a vector and, if it failed, names it.
    fn check(&mut self, passed: bool, vector: impl FnOnce() -> String) {
        self.vectors += 1;
        if !passed {
            self.failures.push(vector());
        }
    }

    /// Vectors that could not be read are a failure of the suite, not of the provider; yet not to be passed over.
    fn broken(&mut self, error: &dyn std::fmt::Display) {
        self.failures.push(format!("the vectors cannot be read: {error}"));
    }
}

/// Runs everything.
#[must_use]
pub fn run(provider: &'static Provider) -> Vec<Report> {
    let mut reports = hash::run(provider);
    reports.extend(hmac::run(provider));
    reports.extend(aead::run(provider));
    reports.extend(cipher::run(provider));
    reports.extend(key_exchange::run(provider));
    reports.extend(signature::run(provider));
    reports.push(certificate::run(provider));
    reports
}

/// Bytes from pairs of hexadecimal digits.
fn hex(digits: &str) -> Vec<u8> {
    let nibbles: Vec<u8> =
        digits.chars().filter_map(|c| c.to_digit(16)).filter_map(|d| u8::try_from(d).ok()).collect();
    nibbles.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble)).collect()
}
