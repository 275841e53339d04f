//! The authenticated peer, which lies: it connects as everybody does, and then sends well-formed nonsense of SCTP, of DCEP and
//! of ICE, made from one seed. Nothing panics, the heap stays below what the connection says it takes at most, and what is done
//! for a datagram stays in proportion to it.

use core::time::Duration;
use std::net::SocketAddr;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use rtc::crypto::Fingerprint;
use rtc::{
    DataChannelInit, Ecn, IceCandidateInit, Instant, Path, PeerConnection, SessionDescription, dtls, ice,
    jsep, sctp, sdp,
};

use crate::support::pair::{address_a, address_b, configuration, connection};

/// How many seeds the tests run.
const SEEDS: u64 = 60;

/// How many packets of nonsense a liar sends.
const LIES: usize = 150;

/// How often the heap may be asked for room because of one datagram, for each of its bytes and besides. A record is opened, a
/// chunk is read, a channel opened, an answer made; and with each the application's event.
const ALLOCATIONS: (u64, u64) = (2, 200);

const STEP: Duration = Duration::from_millis(5);

/// A peer of which only the lower layers are honest.
struct Liar {
    rng: ChaCha20Rng,
    ice: ice::Agent,
    dtls: dtls::Connection,
    sctp: sctp::Association,
    /// The head of its packets: ports and tag; and the first number that it sends, and the last that it got.
    head: Option<[u8; 8]>,
    sent: u32,
    received: u32,
    lies: usize,
    connected: bool,
}

impl Liar {
    /// Answers the victim's offer.
    fn answering(seed: u64, offer: &SessionDescription) -> (Self, SessionDescription) {
        let provider = &crypto_rust::PROVIDER;
        let generator = |n: u64| Box::new(ChaCha20Rng::seed_from_u64(seed * 8 + n));
        let certificate = configuration(seed + 1000).certificates[0].clone();
        let identity = certificate.identity();
        let fingerprint = identity.fingerprint(provider, dtls::FingerprintAlgorithm::Sha256).unwrap();
        let mut session = jsep::Session::new(jsep::Config::new(vec![in_sdp(fingerprint)]), generator(1));
        session.set_remote_description(offer).unwrap();
        let answer = session.set_local_description_due().unwrap();
        let agreed = &session.transports()[0];
        let theirs = agreed.remote.as_ref().unwrap();
        let parameters = |ice: &jsep::IceCredentials| {
            ice::Parameters::new(ice.username_fragment.clone(), ice.password.clone())
        };
        let mut config = ice::Config::default();
        config.local_parameters = Some(parameters(&agreed.local));
        let mut ice = ice::Agent::new(config, provider, generator(2)).unwrap();
        ice.set_role(ice::Role::Controlled);
        ice.set_remote_parameters(Instant::ZERO, parameters(&theirs.ice)).unwrap();
        ice.add_local_address(Instant::ZERO, address_b(), rtc::Protocol::Udp).unwrap();
        let role = match agreed.dtls_role.unwrap() {
            jsep::DtlsRole::Client => dtls::Role::Client,
            jsep::DtlsRole::Server => dtls::Role::Server,
        };
        let mut dtls =
            dtls::Connection::new(dtls::Config::default(), role, [identity], provider, generator(3)).unwrap();
        dtls.set_remote_fingerprints(Instant::ZERO, theirs.fingerprints.iter().map(from_sdp).collect());
        let sctp = sctp::Association::new(sctp::Config::default(), provider, generator(4)).unwrap();
        let rng = ChaCha20Rng::seed_from_u64(seed);
        let (sent, received) = (0, 0);
        (Self { rng, ice, dtls, sctp, head: None, sent, received, lies: 0, connected: false }, answer)
    }

    fn below(&mut self, end: u32) -> u32 {
        self.rng.next_u32() % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }

    fn handle(&mut self, now: Instant, path: Path, datagram: &mut [u8]) {
        if datagram[0] < 4 {
            let _ = self.ice.handle_input(now, path, datagram);
        } else {
            let sctp = &mut self.sctp;
            let mut packets = vec![];
            let _ = self.dtls.handle_input(now, datagram, &mut |packet| packets.push(packet.to_vec()));
            for packet in packets {
                if packet.get(12) == Some(&0) {
                    self.received = u32::from_be_bytes(packet[16..20].try_into().unwrap());
                }
                let _ = sctp.handle_input(now, &packet);
            }
        }
        self.ice.handle_timeout(now);
        self.dtls.handle_timeout(now);
        if self.ice.send_path().is_some() {
            self.dtls.start(now);
        }
        while let Some(event) = self.dtls.poll_event() {
            if event == dtls::Event::Connected {
                self.connected = true;
                self.sctp.connect(now);
            }
        }
        while self.ice.poll_event().is_some() || self.sctp.poll_event().is_some() {}
        while self.sctp.receive().is_some() {}
    }

    /// The next datagram: what is honest first.
    fn poll(&mut self, now: Instant) -> Option<Vec<u8>> {
        let mut out = [0; 1500];
        if let Some(transmit) = self.ice.poll_transmit(now, &mut out) {
            return Some(out[..transmit.len].to_vec());
        }
        if let Some(len) = self.dtls.poll_transmit(now, &mut out) {
            return Some(out[..len].to_vec());
        }
        if !self.connected {
            return None;
        }
        let inner = self.dtls.overhead().inner(&mut out)?;
        if let Some(len) = self.sctp.poll_transmit(now, inner) {
            self.learn(&inner[..len]);
            let len = self.dtls.seal(&mut out, len).ok()?;
            return Some(out[..len].to_vec());
        }
        None
    }

    fn learn(&mut self, packet: &[u8]) {
        match packet[12] {
            // INIT and INIT ACK name the first number (RFC 9260 §3.3.2).
            1 | 2 => self.sent = u32::from_be_bytes(packet[28..32].try_into().unwrap()).wrapping_sub(1),
            0 => self.sent = u32::from_be_bytes(packet[16..20].try_into().unwrap()),
            _ => {}
        }
        let established = self.sctp.state() == sctp::State::Established;
        self.head = established.then(|| packet[..8].try_into().unwrap());
    }

    /// A packet of lies, sealed.
    fn lie(&mut self) -> Option<Vec<u8>> {
        let head = self.head?;
        self.lies += 1;
        let mut packet = head.to_vec();
        packet.extend([0; 4]);
        for _ in 0..=self.below(12) {
            let (kind, flags, value) = self.chunk();
            let length = u16::try_from(4 + value.len()).unwrap();
            if packet.len() + value.len() + 8 > 1180 {
                break;
            }
            packet.extend([kind, flags]);
            packet.extend(length.to_be_bytes());
            packet.extend(&value);
            packet.resize(packet.len().next_multiple_of(4), 0);
        }
        seal(&mut packet);
        let mut out = vec![0; packet.len() + self.dtls.overhead().total()];
        self.dtls.overhead().inner(&mut out)?[..packet.len()].copy_from_slice(&packet);
        let len = self.dtls.seal(&mut out, packet.len()).ok()?;
        out.truncate(len);
        Some(out)
    }

    fn chunk(&mut self) -> (u8, u8, Vec<u8>) {
        match self.below(12) {
            0..=3 => self.data(),
            4 | 5 => (3, 0, self.sack()),
            6 => (192, 0, self.forward_tsn()),
            7 | 8 => (130, 0, self.reconfig()),
            // HEARTBEAT and HEARTBEAT ACK, ERROR, COOKIE ECHO.
            9 => (self.pick(&[4, 5, 9, 10]), 0, self.parameter()),
            10 => (self.pick(&[1, 2, 6, 7, 14, 193, 132]) | 128, self.rng.next_u32() as u8, self.parameter()),
            _ => (1, 0, self.init()),
        }
    }

    /// DATA (RFC 9260 §3.3.1), in turn or far ahead; with a message of DCEP (RFC 8832 §5), or anything.
    fn data(&mut self) -> (u8, u8, Vec<u8>) {
        let ahead = self.pick(&[1, 1, 1, 1, 1, 1, 2, 3, 100, 65_535, 1 << 31, u32::MAX]);
        let tsn = self.sent.wrapping_add(ahead);
        if ahead == 1 {
            self.sent = tsn;
        }
        let stream = self.pick(&[0_u16, 1, 2, 3, 5, 1000, 65_534, 65_535]);
        let ppid = self.pick(&[50_u32, 50, 51, 52, 53, 54, 56, 57, 0, 99]);
        let ssn = self.pick(&[0_u16, 1, 2, 65_535]);
        let payload = if ppid == 50 { self.dcep() } else { self.noise(600) };
        let value = [
            &tsn.to_be_bytes()[..],
            &stream.to_be_bytes(),
            &ssn.to_be_bytes(),
            &ppid.to_be_bytes(),
            &payload,
        ];
        (0, self.pick(&[7, 7, 7, 7, 7, 3, 3, 0, 1, 2, 4, 255]), value.concat())
    }

    fn dcep(&mut self) -> Vec<u8> {
        let (label, protocol) = (self.noise(300), self.noise(100));
        let lie = self.pick(&[0_u16, 0, 0, 1, 60_000]);
        let mut open = vec![self.pick(&[3, 3, 3, 2, 7]), self.pick(&[0, 1, 2, 0x80, 0x81, 0x82, 9])];
        open.extend(self.noise(6).into_iter().chain([0; 6]).take(6));
        open.extend((label.len() as u16).wrapping_add(lie).to_be_bytes());
        open.extend((protocol.len() as u16).to_be_bytes());
        open.extend(label.iter().map(|byte| byte & 0x7f));
        open.extend(protocol.iter().map(|byte| byte & 0x7f));
        open
    }

    fn sack(&mut self) -> Vec<u8> {
        let cumulative = self.received.wrapping_add(self.pick(&[0, 0, 0, 1, u32::MAX, 1000, 1 << 31]));
        let window = self.pick(&[0, 1, 1000, 1 << 20, u32::MAX]);
        let gaps: Vec<u16> = (0..self.below(60)).map(|_| self.rng.next_u32() as u16).collect();
        let blocks = (gaps.len() / 2) as u16;
        let gaps = gaps.chunks_exact(2).flatten().flat_map(|edge| edge.to_be_bytes());
        let fixed = [cumulative.to_be_bytes(), window.to_be_bytes()].concat();
        fixed.into_iter().chain(blocks.to_be_bytes()).chain([0, 0]).chain(gaps).collect()
    }

    fn forward_tsn(&mut self) -> Vec<u8> {
        let ahead = self.pick(&[0, 1, 5, 1000, 65_535, 1 << 31]);
        let to = self.sent.wrapping_add(ahead);
        if ahead < 10 {
            self.sent = to;
        }
        let streams = (0..self.below(40)).flat_map(|_| self.rng.next_u32().to_be_bytes()).collect::<Vec<_>>();
        [&to.to_be_bytes()[..], &streams].concat()
    }

    /// RE-CONFIG (RFC 6525 §4): resets of all streams, of some, answers that nobody asked for.
    fn reconfig(&mut self) -> Vec<u8> {
        let number =
            |liar: &mut Self| liar.sent.wrapping_add(liar.pick(&[0, 1, 1, 2, u32::MAX])).to_be_bytes();
        let mut value = vec![];
        for _ in 0..=self.below(2) {
            let kind = self.pick(&[13_u16, 13, 14, 15, 16, 17, 18]);
            let mut body = [number(self), number(self), number(self)].concat();
            for _ in 0..self.pick(&[0, 0, 1, 5, 60]) {
                body.extend((self.rng.next_u32() as u16 % 8).to_be_bytes());
            }
            value.extend(kind.to_be_bytes());
            value.extend((4 + body.len() as u16).to_be_bytes());
            value.extend(body);
            value.resize(value.len().next_multiple_of(4), 0);
        }
        value
    }

    fn parameter(&mut self) -> Vec<u8> {
        let body = self.noise(400);
        let kind = self.pick(&[1_u16, 7, 9, 0x8008, 0xc000, 3]);
        [&kind.to_be_bytes()[..], &(4 + body.len() as u16).to_be_bytes(), &body].concat()
    }

    fn init(&mut self) -> Vec<u8> {
        let mut value: Vec<u8> = (0..16).map(|_| self.rng.next_u32() as u8).collect();
        value.extend(self.parameter());
        value
    }

    fn noise(&mut self, longest: u32) -> Vec<u8> {
        (0..self.below(longest)).map(|_| self.rng.next_u32() as u8).collect()
    }
}

fn in_sdp(Fingerprint { algorithm, digest }: Fingerprint) -> sdp::Fingerprint {
    sdp::Fingerprint { algorithm, digest }
}

fn from_sdp(fingerprint: &sdp::Fingerprint) -> Fingerprint {
    Fingerprint { algorithm: fingerprint.algorithm.clone(), digest: fingerprint.digest.clone() }
}

/// Makes the checksum right (RFC 9260, appendix A: CRC32c, bit by bit).
fn seal(packet: &mut [u8]) {
    let mut crc = u32::MAX;
    for byte in packet.iter() {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
        }
    }
    packet[8..12].copy_from_slice(&(!crc).to_le_bytes());
}

/// The victim, and what its heap has come to.
struct Victim {
    pc: PeerConnection,
    heap: i64,
    highest: i64,
}

impl Victim {
    /// Does something with the connection. Gives what it returns, and how often the heap was asked for room.
    fn does<T>(&mut self, work: impl FnOnce(&mut PeerConnection) -> T) -> (T, u64) {
        let mut result = None;
        let counted = allocation_counter::measure(|| result = Some(work(&mut self.pc)));
        self.highest = self.highest.max(self.heap + counted.bytes_max as i64);
        self.heap += counted.bytes_current;
        (result.unwrap(), counted.count_total)
    }

    /// Everything that follows from a datagram, the application's events with it.
    fn takes(&mut self, now: Instant, path: Path, datagram: &mut [u8]) -> Vec<Vec<u8>> {
        let mut answers = vec![];
        let (_, count) = self.does(|pc| {
            let _ = pc.handle_input(now, path, Ecn::NotEct, datagram);
            while pc.poll_event().is_some() {}
        });
        let (for_each_byte, besides) = ALLOCATIONS;
        let bound = for_each_byte * datagram.len() as u64 + besides;
        assert!(count <= bound, "{count} allocations for {} bytes", datagram.len());
        let mut out = [0; 1500];
        while let (Some(transmit), _) = self.does(|pc| pc.poll_transmit(now, &mut out)) {
            answers.push(out[..transmit.len].to_vec());
            assert!(answers.len() < 1000, "no end of answers");
        }
        answers
    }
}

fn play(seed: u64) -> Victim {
    let mut now = Instant::from_millis(1000);
    let mut pc = connection(seed, address_a());
    let chat = pc.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pc.set_local_description_due(now).unwrap();
    let (mut liar, answer) = Liar::answering(seed, &pc.local_description().unwrap());
    let mut victim = Victim { pc, heap: 0, highest: 0 };
    victim.does(|pc| pc.set_remote_description(now, &answer).unwrap());
    let candidate =
        format!("candidate:1 1 udp 2130706431 {} {} typ host", address_b().ip(), address_b().port());
    let candidate = IceCandidateInit { candidate, sdp_m_line_index: Some(0), ..IceCandidateInit::default() };
    victim.does(|pc| pc.add_ice_candidate(now, &candidate).unwrap());
    let (from, to): (SocketAddr, SocketAddr) = (address_b(), address_a());
    let mut to_liar: Vec<Vec<u8>> = vec![];
    for step in 0..LIES * 4 {
        for mut datagram in core::mem::take(&mut to_liar) {
            liar.handle(now, Path::udp(from, to), &mut datagram);
        }
        liar.handle(now, Path::udp(from, to), &mut [255]);
        let mut said: Vec<Vec<u8>> = std::iter::from_fn(|| liar.poll(now)).take(100).collect();
        if step > 40 && liar.lies < LIES {
            said.extend(liar.lie());
        }
        for mut datagram in said {
            to_liar.extend(victim.takes(now, Path::udp(to, from), &mut datagram));
        }
        to_liar.extend(victim.takes(now, Path::udp(to, from), &mut [255]));
        let _ = victim.does(|pc| pc.send(now, chat, "still there"));
        now = now + STEP;
        victim.does(|pc| pc.handle_timeout(now));
    }
    assert!(liar.lies > 0, "seed {seed}: the liar never connects");
    victim
}

#[test]
fn a_peer_that_lies_takes_no_more_heap_and_work_than_it_may() {
    let most = configuration(1).most_heap() as i64;
    for seed in 0..SEEDS {
        let victim = play(seed);
        assert!(victim.highest < most, "seed {seed}: {} bytes of heap", victim.highest);
    }
}
