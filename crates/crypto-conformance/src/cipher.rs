//! AES in counter mode: NIST SP 800-38A §F.5 and RFC 3711 §B.2.

use crypto::{Provider, StreamCipherAlgorithm};

use crate::{Report, hex};

const KEY_128: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const KEY_256: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
const COUNTER: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
const PLAINTEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                         30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
const CIPHERTEXT_128: &str = "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff\
                              5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee";
const CIPHERTEXT_256: &str = "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5\
                              2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6";

pub(crate) fn run(provider: &Provider) -> Vec<Report> {
    let mut aes_128 = check("AES-128-CTR", provider.aes_128_ctr, KEY_128, CIPHERTEXT_128);
    let start = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000");
    let stream = apply(provider.aes_128_ctr, &hex(KEY_128), &start, &[0; 16]);
    let expected = hex("e03ead0935c95e80e166b16dd92b4eb4");
    aes_128.check(stream == Some(expected), || "RFC 3711 §B.2".into());
    vec![aes_128, check("AES-256-CTR", provider.aes_256_ctr, KEY_256, CIPHERTEXT_256)]
}

fn check(name: &'static str, cipher: &dyn StreamCipherAlgorithm, key: &str, ciphertext: &str) -> Report {
    let mut report = Report::new(name);
    let (key, counter) = (hex(key), hex(COUNTER));
    let encrypted = apply(cipher, &key, &counter, &hex(PLAINTEXT));
    report.check(encrypted == Some(hex(ciphertext)), || "SP 800-38A §F.5".into());
    let decrypted = apply(cipher, &key, &counter, &hex(ciphertext));
    report.check(decrypted == Some(hex(PLAINTEXT)), || "decryption is the same".into());

    let part = hex(PLAINTEXT).into_iter().take(21).collect::<Vec<_>>();
    let expected = hex(ciphertext).into_iter().take(21).collect::<Vec<_>>();
    report.check(apply(cipher, &key, &counter, &part) == Some(expected), || "a part of a block".into());

    let across = apply(cipher, &key, &[0xff; 16], &[0; 32]).unwrap_or_default();
    let after = apply(cipher, &key, &[0; 16], &[0; 16]);
    report.check(across.get(16..).map(<[u8]>::to_vec) == after, || "the counter wraps at 128 bits".into());
    report.check(cipher.key(&[0; 5]).is_err(), || "a key of a wrong length".into());
    report
}

fn apply(cipher: &dyn StreamCipherAlgorithm, key: &[u8], counter: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut data = data.to_vec();
    cipher.key(key).ok()?.apply(counter.try_into().ok()?, &mut data);
    Some(data)
}
