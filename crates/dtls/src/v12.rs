//! DTLS 1.2 behind the hello (RFC 6347 §4.2.4, Figure 1).

pub(crate) mod client;
pub(crate) mod schedule;
pub(crate) mod server;
mod twin;

use alloc::vec::Vec;

use crypto::{CertificateDer, PublicKey, Secret, SignatureScheme};

use crate::alert::AlertDescription;
use crate::config::Role;
use crate::credential::Choice;
use crate::fingerprint::FingerprintVerified;
use crate::key_log::KeyLog;
use crate::reassembly::Message;
use crate::record::{KeyBlock, PROTECTED};
use crate::srtp::SrtpProfile;
use crate::stage::{Core, expect};
use crate::suite::{CipherSuite, Parts};
use crate::wire::certificate::parse_certificate;
use crate::wire::handshake::HandshakeType;
use crate::wire::hello::Random;
use schedule::{MasterSecret, Randoms, VERIFY_DATA_LEN};

/// What the two hellos settled.
#[derive(Clone, Debug)]
pub(crate) struct Negotiated {
    pub(crate) suite: CipherSuite,
    pub(crate) parts: Parts,
    pub(crate) client_random: Random,
    pub(crate) server_random: Random,
    pub(crate) srtp_profile: Option<SrtpProfile>,
    pub(crate) alpn: Option<Vec<u8>>,
}

impl Negotiated {
    fn randoms(&self) -> Randoms<'_> {
        Randoms { client: &self.client_random, server: &self.server_random }
    }
}

/// Who shows a certificate that signalling has promised. There is no other peer.
pub(crate) struct Peer {
    /// The chain, leaf first.
    pub(crate) chain: Vec<CertificateDer>,
    /// The key of the leaf.
    pub(crate) key: PublicKey,
    pub(crate) proof: FingerprintVerified,
}

/// A handshake whose keys stand: the peer has signed for it.
pub(crate) struct Established {
    pub(crate) negotiated: Negotiated,
    pub(crate) master: MasterSecret,
    pub(crate) peer: Peer,
    /// What we have shown and signed with.
    pub(crate) ours: Choice,
}

impl Established {
    /// Keying material for another protocol (RFC 5705 §4).
    pub(crate) fn export(
        &self,
        core: &Core,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Option<()> {
        let hmac = self.negotiated.parts.hash.hmac(core.provider);
        self.master.export(hmac, label, self.negotiated.randoms(), context, out)
    }

    /// The secret, for who debugs.
    pub(crate) fn key_log(&self) -> KeyLog {
        self.master.key_log(self.negotiated.randoms())
    }

    fn verify_data(&self, core: &Core, label: &[u8]) -> [u8; VERIFY_DATA_LEN] {
        let hash = self.negotiated.parts.hash;
        let transcript = hash.hash(core.provider).hash(&[&core.transcript]);
        self.master.verify_data(hash.hmac(core.provider), label, transcript.as_ref())
    }

    /// Whether the peer's Finished is right (RFC 5246 §7.4.9): it came protected, so if it is not, all is over.
    fn check_finished(&self, core: &Core, message: &Message, label: &[u8]) -> Result<(), AlertDescription> {
        if crypto::constant_time_eq(&message.body, &self.verify_data(core, label)) {
            Ok(())
        } else {
            Err(AlertDescription::DECRYPT_ERROR)
        }
    }
}

/// The secrets of the connection from the agreed one; its transcript ends with the ClientKeyExchange (RFC 7627 §4).
///
/// The keys of epoch 1 are installed.
fn establish(
    core: &mut Core,
    negotiated: Negotiated,
    premaster: &Secret,
    session_hash: &[u8],
    (peer, ours): (Peer, Choice),
) -> Result<Established, AlertDescription> {
    let hmac = negotiated.parts.hash.hmac(core.provider);
    let master = MasterSecret::new(hmac, premaster.as_ref(), session_hash);
    let cut = KeyBlock::new(negotiated.parts.aead, core.provider);
    let block = master.key_block(hmac, negotiated.randoms(), cut.len());
    let keys = cut.cut(core.provider, block.as_ref()).map_err(|_| AlertDescription::INTERNAL_ERROR)?;
    match (core.role, keys) {
        (Role::Client, (client, server)) => core.records.install(client, server),
        (Role::Server, (client, server)) => core.records.install(server, client),
    }
    Ok(Established { negotiated, master, peer, ours })
}

/// Takes the peer's certificate. Nobody signs for it: the fingerprint decides, before anything of it is read
/// (RFC 8122 §6.2).
fn check_certificate(core: &mut Core, message: &Message) -> Result<Peer, AlertDescription> {
    expect(message, crate::record::CLEAR, HandshakeType::CERTIFICATE)?;
    let chain = parse_certificate(&message.body)?;
    let leaf = chain.first().ok_or(AlertDescription::BAD_CERTIFICATE)?;
    let proof =
        core.expected.judge(core.now, core.provider, leaf).ok_or(AlertDescription::BAD_CERTIFICATE)?;
    let fields = core.provider.x509.read(leaf).map_err(|_| AlertDescription::BAD_CERTIFICATE)?;
    let key =
        fields.public_key.filter(|_| fields.may_sign).ok_or(AlertDescription::UNSUPPORTED_CERTIFICATE)?;
    Ok(Peer { chain, key, proof })
}

/// Checks a signature of the peer with a scheme that we offered.
fn check_signature(
    core: &Core,
    scheme: SignatureScheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), AlertDescription> {
    let verifier = core.provider.verifier;
    if !verifier.schemes().contains(&scheme) {
        return Err(AlertDescription::ILLEGAL_PARAMETER);
    }
    verifier.verify(scheme, key, message, signature).map_err(|_| AlertDescription::DECRYPT_ERROR)
}

/// Appends our ChangeCipherSpec and Finished.
fn send_finished(core: &mut Core, established: &Established, label: &[u8]) {
    let verify_data = established.verify_data(core, label);
    let mut body = crate::wire::Body::default();
    body.bytes(&verify_data);
    core.flight.push_change_cipher_spec();
    core.records.change_write_epoch();
    core.send(PROTECTED, HandshakeType::FINISHED, body);
}
