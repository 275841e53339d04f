//! An ICE agent, asked by a peer that knows the passwords and by one that does not.

use std::net::SocketAddr;

use base::{Instant, Path, Protocol};
use stun::{Attribute, Class, Integrity, Key, MessageType, MessageWriter, Method, TransactionId};

use crate::{Commands, rng};

const REMOTE_PASSWORD: &str = "remotepasswordremotepassword";

fn agent() -> ice::Agent {
    let mut agent =
        ice::Agent::new(ice::Config::default(), &crypto_rust::PROVIDER, Box::new(rng(3))).expect("an agent");
    let start = Instant::ZERO;
    announce(&mut agent, start);
    let parameters = ice::Parameters::new("remo".into(), REMOTE_PASSWORD.into());
    agent.set_remote_parameters(start, parameters).expect("valid parameters");
    agent
}

/// Both addresses are candidates of the present generation.
fn announce(agent: &mut ice::Agent, now: Instant) {
    for address in ["192.0.2.1:1000", "[2001:db8::1]:1000"] {
        agent
            .add_local_address(now, address.parse().expect("an address"), Protocol::Udp)
            .expect("a candidate");
    }
}

/// Runs the commands.
pub fn run(data: &[u8]) {
    let mut commands = Commands::new(data);
    let mut agent = agent();
    let mut now = Instant::ZERO;
    let mut sent = Vec::new();
    while !commands.is_empty() {
        match commands.byte() % 7 {
            0 => now = now + commands.span(),
            1 => drop(agent.handle_input(now, path(&mut commands), commands.bytes())),
            2 => {
                let request = request(&agent, &mut commands);
                let _ = agent.handle_input(now, path(&mut commands), &request);
            }
            3 => answer(&mut agent, now, &sent, &mut commands),
            4 => {
                agent.restart(now);
                announce(&mut agent, now);
            }
            5 => {
                let parameters =
                    ice::Parameters::new(format!("remo{}", commands.byte()), REMOTE_PASSWORD.into());
                let _ = agent.set_remote_parameters(now, parameters);
                announce(&mut agent, now);
            }
            _ => agent.set_role(if commands.byte().is_multiple_of(2) {
                ice::Role::Controlling
            } else {
                ice::Role::Controlled
            }),
        }
        turn(&mut agent, now, &mut sent);
    }
}

fn turn(agent: &mut ice::Agent, now: Instant, sent: &mut Vec<(Path, Vec<u8>)>) {
    agent.handle_timeout(now);
    let mut out = [0; ice::MAX_MESSAGE_LEN];
    let mut count = 0;
    while let Some(transmit) = agent.poll_transmit(now, &mut out) {
        sent.push((transmit.path, out[..transmit.len].to_vec()));
        count += 1;
        assert!(count < 1000, "it talks without end");
    }
    sent.drain(..sent.len().saturating_sub(16));
    agent.handle_timeout(now);
    assert!(agent.poll_timeout().is_none_or(|at| at > now), "a deadline in the past");
    while let Some(event) = agent.poll_event() {
        let _ = format!("{event:?}");
    }
    assert!(agent.pairs().count() <= 200, "pairs without bound");
}

fn path(commands: &mut Commands<'_>) -> Path {
    let byte = commands.byte();
    let (local, remote) =
        if byte & 1 == 0 { ("192.0.2.1:1000", "192.0.2.9") } else { ("[2001:db8::1]:1000", "2001:db8::9") };
    let remote = SocketAddr::new(remote.parse().expect("an address"), u16::from(byte));
    Path::udp(local.parse().expect("an address"), remote)
}

/// A check with the right integrity.
fn request(agent: &ice::Agent, commands: &mut Commands<'_>) -> Vec<u8> {
    let local = agent.local_parameters();
    let username = format!("{}:remo", local.username_fragment);
    let id = TransactionId([commands.byte(); 12]);
    let flags = commands.byte();
    let tie_breaker = u64::from(commands.short()) << 48;
    let role = match flags & 2 {
        0 => Attribute::IceControlling(tie_breaker),
        _ => Attribute::IceControlled(tie_breaker),
    };
    let mut attributes =
        vec![Attribute::Username(&username), Attribute::Priority(u32::from(commands.short()) << 8), role];
    if flags & 1 != 0 {
        attributes.push(Attribute::UseCandidate);
    }
    message(Class::Request, id, &attributes, &local.password)
}

/// A response to one of the agent's own checks.
fn answer(agent: &mut ice::Agent, now: Instant, sent: &[(Path, Vec<u8>)], commands: &mut Commands<'_>) {
    let Some((path, request)) = sent.get(usize::from(commands.byte()) % sent.len().max(1)) else { return };
    let Ok(request) = stun::Message::parse(request) else { return };
    let id = request.transaction_id();
    let response = if commands.byte().is_multiple_of(4) {
        let codes = [400, 403, 420, 487, 500];
        let code = codes[usize::from(commands.byte()) % codes.len()];
        let code = stun::ErrorCode::new(code, "").expect("a code");
        message(Class::Error, id, &[Attribute::ErrorCode(code)], REMOTE_PASSWORD)
    } else {
        message(Class::Success, id, &[Attribute::XorMappedAddress(path.local)], REMOTE_PASSWORD)
    };
    let _ = agent.handle_input(now, *path, &response);
}

fn message(class: Class, id: TransactionId, attributes: &[Attribute<'_>], password: &str) -> Vec<u8> {
    let key = Key::short_term(&crypto_rust::PROVIDER, password).expect("a password");
    let mut buffer = [0; 512];
    let kind = MessageType { class, method: Method::BINDING };
    let mut writer = MessageWriter::new(&mut buffer, kind, id).expect("room");
    for attribute in attributes {
        writer.attribute(attribute).expect("room");
    }
    writer.integrity(Integrity::Sha1, &key).expect("room");
    let len = writer.fingerprint().expect("room");
    buffer[..len].to_vec()
}
