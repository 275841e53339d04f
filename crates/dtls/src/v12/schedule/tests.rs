//! A session of Firefox with itself, secrets known: what it sent is what we would have computed.

use super::*;
use alloc::vec::Vec;

use crate::reassembly::Reassembly;
use crate::record::{KeyBlock, Records};
use crate::suite::CipherSuite;
use crate::wire::handshake::{FragmentHeader, HandshakeType};
use crate::wire::hello::{ClientHello, ServerHello};
use crate::wire::record::{ContentType, HEADER_LEN, ProtocolVersion, RecordHeader};
use base::Reader;

const SESSION: &str = include_str!("../../../tests/fixtures/firefox-153-dtls12-session.txt");
const PROVIDER: crypto::Provider = crypto_rust::PROVIDER;

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
        .collect()
}

/// The lines of the session with this first word.
fn lines(word: &str) -> impl Iterator<Item = Vec<u8>> {
    SESSION.lines().filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' ').map(hex))
}

fn secret(word: &str) -> Vec<u8> {
    lines(word).next().unwrap()
}

struct Session {
    master: MasterSecret,
    client: Random,
    server: Random,
}

impl Session {
    fn new() -> Self {
        Self {
            master: MasterSecret(Secret::new(secret("master_secret"))),
            client: secret("client_random").try_into().unwrap(),
            server: secret("server_random").try_into().unwrap(),
        }
    }

    fn randoms(&self) -> Randoms<'_> {
        Randoms { client: &self.client, server: &self.server }
    }

    /// The records as one side reads those of the other.
    fn records(&self, reads_the_client: bool) -> Records {
        let parts = CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256.parts().unwrap();
        let cut = KeyBlock::new(parts.aead, &PROVIDER);
        let block = self.master.key_block(PROVIDER.hmac_sha256, self.randoms(), cut.len());
        let (client, server) = cut.cut(&PROVIDER, block.as_ref()).unwrap();
        let mut records = Records::new();
        records.agree(ProtocolVersion::DTLS_1_2);
        let (write, read) = if reads_the_client { (server, client) } else { (client, server) };
        records.install(write, read);
        records
    }
}

/// A record, opened: who sent it, what it carries.
struct Opened {
    from_client: bool,
    header: RecordHeader,
    plaintext: Vec<u8>,
}

fn opened() -> Vec<Opened> {
    let session = Session::new();
    let (mut of_client, mut of_server) = (session.records(true), session.records(false));
    let mut all = Vec::new();
    for line in SESSION.lines() {
        let (from_client, digits) = match line.split_once(' ') {
            Some(("client", digits)) => (true, digits),
            Some(("server", digits)) => (false, digits),
            _ => continue,
        };
        let mut datagram = hex(digits);
        let mut rest = datagram.as_mut_slice();
        while !rest.is_empty() {
            let (header, len) = RecordHeader::parse(rest).unwrap();
            let (record, behind) = rest.split_at_mut(HEADER_LEN + len);
            rest = behind;
            let fragment = &mut record[HEADER_LEN..];
            let records = if from_client { &mut of_client } else { &mut of_server };
            let range = if header.epoch == 0 { 0..len } else { records.open(&header, fragment).unwrap() };
            all.push(Opened { from_client, header, plaintext: fragment[range].to_vec() });
        }
    }
    all
}

/// RFC 5246 §6.3 and §6.2.3.3.
#[test]
fn every_record_of_firefox_opens() {
    let opened = opened();
    assert!(opened.iter().filter(|record| record.header.epoch == 1).count() >= 10);
    let data = opened.iter().filter(|record| record.header.content_type == ContentType::APPLICATION_DATA);
    // What DTLS carries here is SCTP: its ports stand in front.
    assert!(data.clone().count() >= 8);
    assert!(data.into_iter().all(|record| record.plaintext.starts_with(&[0x13, 0x88, 0x13, 0x88])));
}

/// RFC 5246 §5 and §7.4.9, RFC 6347 §4.2.6.
#[test]
fn both_finished_of_firefox_are_what_we_compute() {
    let session = Session::new();
    let (mut of_client, mut of_server) = (Reassembly::new(10_000), Reassembly::new(10_000));
    let (mut transcript, mut finished) = (Vec::new(), 0);
    for record in opened().iter().filter(|record| record.header.content_type == ContentType::HANDSHAKE) {
        let reassembly = if record.from_client { &mut of_client } else { &mut of_server };
        let mut reader = Reader::new(&record.plaintext);
        while !reader.is_empty() {
            let (header, fragment) = FragmentHeader::parse(&mut reader).unwrap();
            reassembly.insert(record.header.epoch, &header, fragment).unwrap();
        }
        while let Some(message) = reassembly.front() {
            reassembly.advance();
            if message.kind == HandshakeType::FINISHED {
                let label = if record.from_client { CLIENT_FINISHED } else { SERVER_FINISHED };
                let hash = PROVIDER.sha256.hash(&[&transcript]);
                let expected = session.master.verify_data(PROVIDER.hmac_sha256, label, hash.as_ref());
                assert_eq!(message.body, expected);
                finished += 1;
            }
            match message.kind {
                HandshakeType::CLIENT_HELLO => {
                    assert_eq!(ClientHello::parse(&message.body).unwrap().random, session.client);
                }
                HandshakeType::SERVER_HELLO => {
                    let hello = ServerHello::parse(&message.body).unwrap();
                    assert_eq!(hello.random, session.server);
                    assert_eq!(hello.suite, CipherSuite::ECDHE_ECDSA_AES_128_GCM_SHA256);
                }
                _ => {}
            }
            transcript.extend(FragmentHeader::whole(message.kind, message.seq, message.body.len()));
            transcript.extend(message.body);
        }
    }
    assert_eq!(finished, 2);
}

/// RFC 5705 §4, RFC 5764 §4.2.
#[test]
fn the_srtp_keys_of_firefox_are_what_we_export() {
    let session = Session::new();
    let expected = secret("exporter");
    let mut output = vec![0; expected.len()];
    let hmac = PROVIDER.hmac_sha256;
    session.master.export(hmac, b"EXTRACTOR-dtls_srtp", session.randoms(), None, &mut output).unwrap();
    assert_eq!(output, expected);
    let mut with_context = output.clone();
    session
        .master
        .export(hmac, b"EXTRACTOR-dtls_srtp", session.randoms(), Some(&[]), &mut with_context)
        .unwrap();
    assert_ne!(with_context, output, "an empty context is not none");
    let too_long = vec![0; 65536];
    assert_eq!(session.master.export(hmac, b"", session.randoms(), Some(&too_long), &mut output), None);
}
