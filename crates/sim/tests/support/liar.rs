//! The authenticated peer, which lies: it connects as everybody does, and then sends well-formed nonsense.

use std::net::SocketAddr;

use core::ops::Range;
use core::time::Duration;

use rtc::crypto::Fingerprint;
use rtc::{SessionDescription, dtls, ice, jsep, sctp, sdp};
use sim::{Ecn, Host, Instant, Path, Random, Transmit};

use super::certificates;
use super::lies::Lies;
use super::peer::generator;

/// How many lies are told at most: of any kind, and of those that fill the victim, enough for more than its budget.
const MOST: [u32; 2] = [500, 8000];

/// The longest datagram.
const DATAGRAM: usize = 1500;

/// A peer of which only the lower layers are honest.
pub struct Liar {
    address: SocketAddr,
    victim: SocketAddr,
    window: Range<Instant>,
    most: u32,
    /// How long it waits between two lies at most.
    pause: Duration,
    /// Whether it is still there when it has stopped to lie.
    pub stays: bool,
    random: Random,
    lies: Lies,
    pub told: u32,
    next_lie: Option<Instant>,
    ice: ice::Agent,
    dtls: dtls::Connection,
    sctp: sctp::Association,
    is_secure: bool,
    is_gone: bool,
}

impl Liar {
    /// Answers the offer of its victim, to lie in this window.
    pub fn answering(
        random: &mut Random,
        window: Range<Instant>,
        [address, victim]: [SocketAddr; 2],
        offer: &SessionDescription,
    ) -> (Self, SessionDescription) {
        let provider = &crypto_rust::PROVIDER;
        let now = window.start;
        let identity = certificates()[2].identity();
        let fingerprint = identity.fingerprint(provider, dtls::FingerprintAlgorithm::Sha256).unwrap();
        let config = jsep::Config::new(vec![in_sdp(fingerprint)]);
        let mut session = jsep::Session::new(config, Box::new(generator(random.bits())));
        session.set_remote_description(offer).unwrap();
        let answer = session.set_local_description_due().unwrap();
        let agreed = &session.transports()[0];
        let theirs = agreed.remote.as_ref().unwrap();
        let ice = agent(now, random, address, &agreed.local, &theirs.ice);
        let role = match agreed.dtls_role.unwrap() {
            jsep::DtlsRole::Client => dtls::Role::Client,
            jsep::DtlsRole::Server => dtls::Role::Server,
        };
        let rng = Box::new(generator(random.bits()));
        let mut dtls =
            dtls::Connection::new(dtls::Config::default(), role, [identity], provider, rng).unwrap();
        dtls.set_remote_fingerprints(now, theirs.fingerprints.iter().map(from_sdp).collect());
        let fills = random.chance(0.1);
        let pauses = if fills { [1; 3] } else { [3, 20, 200] };
        let liar = Self {
            most: MOST[usize::from(fills)],
            address,
            victim,
            window,
            pause: Duration::from_millis(*random.pick(&pauses).unwrap()),
            stays: random.chance(0.5),
            lies: Lies::new(random.bits(), fills),
            told: 0,
            next_lie: None,
            ice,
            dtls,
            sctp: association(random),
            random: random.child(),
            is_secure: false,
            is_gone: false,
        };
        (liar, answer)
    }

    /// What follows from what came, and from time.
    fn live(&mut self, now: Instant) {
        self.is_gone = now >= self.window.end && !self.stays;
        self.ice.handle_timeout(now);
        self.dtls.handle_timeout(now);
        self.sctp.handle_timeout(now);
        if self.ice.send_path().is_some() {
            self.dtls.start(now);
        }
        while let Some(event) = self.dtls.poll_event() {
            if event == dtls::Event::Connected {
                self.is_secure = true;
                self.sctp.connect(now);
                self.next_lie = Some(now);
            }
        }
        while self.ice.poll_event().is_some() || self.sctp.poll_event().is_some() {}
        while self.sctp.receive().is_some() {}
        // Where its lies have ended the association, it begins another one (RFC 9260 §5.2).
        if self.is_secure && self.sctp.state() == sctp::State::Closed && self.window.contains(&now) {
            self.sctp = association(&mut self.random);
            self.sctp.connect(now);
        }
    }

    /// What it says honestly.
    fn truth(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        if let Some(transmit) = self.ice.poll_transmit(now, out) {
            return Some(transmit);
        }
        let len = match self.dtls.poll_transmit(now, out) {
            Some(len) => len,
            None if self.is_secure => {
                let inner = self.dtls.overhead().inner(out)?;
                let len = self.sctp.poll_transmit(now, inner)?;
                self.lies.on_sent(&inner[..len], self.sctp.state());
                self.dtls.seal(out, len).ok()?
            }
            None => return None,
        };
        Some(self.to_victim(len, self.address))
    }

    /// The next lie, if it is time for one.
    fn lie(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.next_lie.filter(|at| *at <= now && now < self.window.end && self.told < self.most)?;
        self.next_lie = Some(now + Duration::from_micros(1) + self.random.span(self.pause));
        self.told += 1;
        let mut from = self.address;
        let len = if self.lies.below(5) == 0 {
            // Now and then from where it is not.
            from.set_port(from.port() ^ self.lies.pick(&[0, 0, 1, 2, 64]));
            let message = self.lies.message(&self.ice, self.victim)?;
            out[..message.len()].copy_from_slice(&message);
            message.len()
        } else {
            let packet = self.lies.packet()?;
            self.dtls.overhead().inner(out)?[..packet.len()].copy_from_slice(&packet);
            self.dtls.seal(out, packet.len()).ok()?
        };
        Some(self.to_victim(len, from))
    }

    const fn to_victim(&self, len: usize, from: SocketAddr) -> Transmit {
        Transmit::new(Path::udp(from, self.victim), len)
    }
}

impl Host for Liar {
    fn handle_input(&mut self, now: Instant, path: Path, _ecn: Ecn, datagram: &mut [u8]) {
        if datagram.first().is_some_and(|first| *first < 4) {
            self.lies.on_check(datagram);
            let _ = self.ice.handle_input(now, path, datagram);
        } else {
            let mut packets = vec![];
            let _ = self.dtls.handle_input(now, datagram, &mut |packet| packets.push(packet.to_vec()));
            for packet in packets {
                self.lies.on_received(&packet);
                let _ = self.sctp.handle_input(now, &packet);
            }
        }
        self.live(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.live(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        if self.is_gone {
            return None;
        }
        let out = out.get_mut(..DATAGRAM)?;
        self.truth(now, out).or_else(|| self.lie(now, out))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.is_gone {
            return None;
        }
        let lie = self.next_lie.filter(|at| *at < self.window.end && self.told < self.most);
        let leaves = Some(self.window.end).filter(|_| !self.stays);
        let layers = [self.ice.poll_timeout(), self.dtls.poll_timeout(), self.sctp.poll_timeout()];
        layers.into_iter().chain([lie, leaves]).flatten().min()
    }
}

fn agent(
    now: Instant,
    random: &mut Random,
    address: SocketAddr,
    ours: &jsep::IceCredentials,
    theirs: &jsep::IceCredentials,
) -> ice::Agent {
    let parameters = |ice: &jsep::IceCredentials| {
        ice::Parameters::new(ice.username_fragment.clone(), ice.password.clone())
    };
    let mut config = ice::Config::default();
    config.local_parameters = Some(parameters(ours));
    let rng = Box::new(generator(random.bits()));
    let mut agent = ice::Agent::new(config, &crypto_rust::PROVIDER, rng).unwrap();
    agent.set_role(ice::Role::Controlled);
    agent.set_remote_parameters(now, parameters(theirs)).unwrap();
    agent.add_local_address(now, address, rtc::Protocol::Udp).unwrap();
    agent
}

fn association(random: &mut Random) -> sctp::Association {
    let rng = Box::new(generator(random.bits()));
    sctp::Association::new(sctp::Config::default(), &crypto_rust::PROVIDER, rng).unwrap()
}

fn in_sdp(Fingerprint { algorithm, digest }: Fingerprint) -> sdp::Fingerprint {
    sdp::Fingerprint { algorithm, digest }
}

fn from_sdp(fingerprint: &sdp::Fingerprint) -> Fingerprint {
    Fingerprint { algorithm: fingerprint.algorithm.clone(), digest: fingerprint.digest.clone() }
}
