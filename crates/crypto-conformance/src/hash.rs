//! MD5 (RFC 1321 §A.5), SHA-1 and SHA-2 (FIPS 180-4: the examples of NIST).

use crypto::{HashAlgorithm, Provider};

use crate::{Report, hex};

pub(crate) fn run(provider: &Provider) -> Vec<Report> {
    vec![
        check("MD5", provider.md5, "900150983cd24fb0d6963f7d28e17f72", "d41d8cd98f00b204e9800998ecf8427e"),
        check(
            "SHA-1",
            provider.sha1,
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ),
        check(
            "SHA-256",
            provider.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        check(
            "SHA-384",
            provider.sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        ),
        check(
            "SHA-512",
            provider.sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
             47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        ),
    ]
}

fn check(name: &'static str, hash: &dyn HashAlgorithm, of_abc: &str, of_nothing: &str) -> Report {
    let mut report = Report::new(name);
    report.check(hash.hash(&[b"abc"]).as_ref() == hex(of_abc), || "abc".into());
    report.check(hash.hash(&[b"a", b"", b"bc"]).as_ref() == hex(of_abc), || "abc in parts".into());
    report.check(hash.hash(&[]).as_ref() == hex(of_nothing), || "nothing".into());
    report.check(hash.output_len() * 2 == of_abc.len(), || "length of the output".into());

    let mut running = hash.start();
    report.check(running.current().as_ref() == hex(of_nothing), || "running, nothing".into());
    running.update(b"a");
    let _ = running.current();
    running.update(b"bc");
    report.check(running.current().as_ref() == hex(of_abc), || "running on after a look".into());

    let long = [0x5a; 1000];
    let mut running = hash.start();
    long.chunks(37).for_each(|chunk| running.update(chunk));
    report.check(running.current() == hash.hash(&[&long]), || "a long input in pieces".into());
    report
}
