//! Parsers, and what they write again.

use crate::rng;

/// A STUN message: every accessor, and integrity under a key.
pub fn stun_message(data: &[u8]) {
    let Ok(message) = stun::Message::parse(data) else { return };
    let attributes = message.attributes().raw().count();
    assert!(attributes <= data.len() / 4, "more attributes than there is room for");
    for attribute in message.attributes() {
        let _ = format!("{attribute:?}");
    }
    let key = stun::Key::short_term(&crypto_rust::PROVIDER, "a password of 22 bytes").expect("a password");
    let _ = message.verify(&key);
    let _ = message.verify_truncated(&key, 16);
    let _ = message.unknown_required(|_| false).count();
}

/// A session description: what was read is written, and read again, and means the same.
pub fn sdp_description(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(mut description) = sdp::SessionDescription::parse(text) else { return };
    let written = description.to_string();
    let mut again = sdp::SessionDescription::parse(&written).expect("what we write can be read");
    assert_eq!(again.to_string(), written);
    // Lenient in, strict out: a description without its times gets some.
    if description.timings.is_empty() {
        description.timings.clone_from(&again.timings);
    }
    // A malformed attribute remembers its line, which moves; everything else has to be equal.
    for description in [&mut description, &mut again] {
        let sections = description.media.iter_mut().flat_map(|media| &mut media.attributes);
        for attribute in description.attributes.iter_mut().chain(sections) {
            if let sdp::Attribute::Malformed { line, .. } = attribute {
                *line = 0;
            }
        }
    }
    assert_eq!(again, description, "{written}");
}

/// DATA_CHANNEL_OPEN, through the channels that take it.
pub fn dcep_open(data: &[u8]) {
    let mut channels = datachannel::Channels::new(datachannel::Config::default());
    channels.set_role(datachannel::Role::Even);
    channels.handle_connected(65_535);
    let _ = channels.handle_message(1, datachannel::Ppid(50), bytes::Bytes::copy_from_slice(data));
    while let Some(event) = channels.poll_event() {
        let _ = format!("{event:?}");
    }
    while channels.poll_command().is_some() {}
}

/// A remote offer: taken or refused, and answered if taken.
pub fn remote_offer(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut session = session(1);
    let offer = jsep::Description::offer(text);
    if session.set_remote_description(&offer).is_ok() {
        let answer = session.create_answer().expect("an offer that was taken can be answered");
        session.set_local_description(&answer).expect("our own answer can be applied");
        sdp::SessionDescription::parse(&answer.sdp).expect("our own answer can be read");
    }
}

/// A peer's certificate, its key, and a signature by it: what stands at the end of the bytes.
pub fn certificate(data: &[u8]) {
    let provider = &crypto_rust::PROVIDER;
    let Ok(fields) = provider.x509.read(data) else { return };
    let Some(key) = fields.public_key else { return };
    let signature = &data[data.len().saturating_sub(72)..];
    for scheme in provider.verifier.schemes() {
        let verified = provider.verifier.verify(*scheme, &key, b"signed by nobody", signature);
        assert!(verified.is_err(), "nobody has signed");
    }
}

/// An offer/answer session with a fingerprint of nobody.
pub fn session(seed: u8) -> jsep::Session {
    let fingerprint = format!("sha-256 {}", ["00"; 32].join(":"));
    let fingerprint = fingerprint.parse().expect("a fingerprint");
    jsep::Session::new(jsep::Config::new(vec![fingerprint]), Box::new(rng(seed)))
}
