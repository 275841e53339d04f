//! Well-formed nonsense, made from one seed: of SCTP, of DCEP, and of ICE with the right passwords.

use std::net::SocketAddr;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use rtc::{ice, sctp};
use stun::{
    Attribute, AttributeType, ErrorCode, Integrity, Key, Message, MessageType, MessageWriter, TransactionId,
};

/// The longest packet of SCTP.
const LONGEST: usize = 1180;

/// What a liar says, in place of what it should.
pub struct Lies {
    rng: ChaCha20Rng,
    /// The head of its packets: ports and tag.
    head: Option<[u8; 8]>,
    /// The last number that it sent, and the last that it got.
    sent: u32,
    received: u32,
    /// The last check that it got.
    check: Option<TransactionId>,
    /// Whether it wants to fill its victim with what can never be delivered.
    fills: bool,
}

impl Lies {
    pub fn new(seed: u64, fills: bool) -> Self {
        Self { rng: ChaCha20Rng::seed_from_u64(seed), head: None, sent: 0, received: 0, check: None, fills }
    }

    pub fn below(&mut self, end: u32) -> u32 {
        self.rng.next_u32() % end
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }

    /// What its honest association sends.
    pub fn on_sent(&mut self, packet: &[u8], state: sctp::State) {
        match packet[12] {
            // INIT and INIT ACK name the first number (RFC 9260 §3.3.2).
            1 | 2 => self.sent = u32::from_be_bytes(packet[28..32].try_into().unwrap()).wrapping_sub(1),
            0 => self.sent = u32::from_be_bytes(packet[16..20].try_into().unwrap()),
            _ => {}
        }
        if state == sctp::State::Established {
            self.head = Some(packet[..8].try_into().unwrap());
        }
    }

    /// What its victim sends.
    pub fn on_received(&mut self, packet: &[u8]) {
        if packet.get(12) == Some(&0) {
            self.received = u32::from_be_bytes(packet[16..20].try_into().unwrap());
        }
    }

    /// A check of its victim.
    pub fn on_check(&mut self, datagram: &[u8]) {
        self.check = Message::parse(datagram).ok().map(|message| message.transaction_id());
    }

    /// Of ICE: a check with the victim's password, or an answer with the liar's own.
    pub fn message(&mut self, agent: &ice::Agent, victim: SocketAddr) -> Option<Vec<u8>> {
        let theirs = agent.remote_parameters()?;
        let ours = agent.local_parameters();
        let kind = self.pick(&[
            MessageType::BINDING_REQUEST,
            MessageType::BINDING_REQUEST,
            MessageType::BINDING_SUCCESS,
            MessageType::BINDING_ERROR,
            MessageType::BINDING_INDICATION,
        ]);
        let is_answer = matches!(kind, MessageType::BINDING_SUCCESS | MessageType::BINDING_ERROR);
        let fresh = TransactionId(std::array::from_fn(|_| self.rng.next_u32() as u8));
        let id = self.check.filter(|_| is_answer).unwrap_or(fresh);
        let username = format!("{}:{}", theirs.username_fragment, ours.username_fragment);
        let noise = self.noise(40);
        let port = self.rng.next_u32() as u16;
        let mut attributes = if is_answer { vec![] } else { vec![Attribute::Username(&username)] };
        for _ in 0..self.below(6) {
            attributes.push(match self.below(8) {
                0 => Attribute::Priority(self.pick(&[0, 1, 9, u32::MAX, 1 << 31])),
                1 => Attribute::UseCandidate,
                2 => Attribute::IceControlling(self.pick(&[0, u64::MAX, 1 << 40])),
                3 => Attribute::IceControlled(self.pick(&[0, u64::MAX, 1 << 40])),
                4 => Attribute::XorMappedAddress(SocketAddr::new(victim.ip(), port)),
                5 => Attribute::ErrorCode(ErrorCode::new(self.pick(&[300, 400, 401, 420, 487, 500]), "no")?),
                6 => Attribute::Other(AttributeType(self.pick(&[0x7f00, 0x0001, 0xc057, 0xff00])), &noise),
                _ => Attribute::Nomination(self.pick(&[0, 1, u32::MAX])),
            });
        }
        let mut buffer = vec![0; 1200];
        let mut writer = MessageWriter::new(&mut buffer, kind, id).ok()?;
        attributes.iter().try_for_each(|attribute| writer.attribute(attribute)).ok()?;
        let password = if is_answer { &ours.password } else { &theirs.password };
        let key = Key::from_bytes(&crypto_rust::PROVIDER, password.as_bytes());
        writer.integrity(Integrity::Sha1, &key).ok()?;
        let len = writer.fingerprint().ok()?;
        buffer.truncate(len);
        Some(buffer)
    }

    /// Of SCTP, once there is an association: a packet with the right ports, tag and checksum.
    pub fn packet(&mut self) -> Option<Vec<u8>> {
        let mut packet = self.head?.to_vec();
        packet.extend([0; 4]);
        for _ in 0..=self.below(12) {
            let (kind, flags, value) = self.chunk();
            let length = u16::try_from(4 + value.len()).unwrap();
            if packet.len() + value.len() + 8 > LONGEST {
                break;
            }
            packet.extend([kind, flags]);
            packet.extend(length.to_be_bytes());
            packet.extend(&value);
            packet.resize(packet.len().next_multiple_of(4), 0);
        }
        seal(&mut packet);
        Some(packet)
    }

    fn chunk(&mut self) -> (u8, u8, Vec<u8>) {
        if self.fills && self.below(20) > 0 {
            return self.filling();
        }
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
        let payload = if ppid == 50 { self.dcep() } else { self.noise(1000) };
        let value = [
            &tsn.to_be_bytes()[..],
            &stream.to_be_bytes(),
            &ssn.to_be_bytes(),
            &ppid.to_be_bytes(),
            &payload,
        ];
        (0, self.pick(&[7, 7, 7, 7, 7, 3, 3, 0, 1, 2, 4, 255]), value.concat())
    }

    /// DATA beyond a gap.
    fn filling(&mut self) -> (u8, u8, Vec<u8>) {
        let tsn = self.sent.wrapping_add(2 + self.below(60_000));
        let (stream, ssn) = (self.below(1000) as u16, self.below(1000) as u16);
        let head = [&tsn.to_be_bytes()[..], &stream.to_be_bytes(), &ssn.to_be_bytes(), &[0, 0, 0, 53]];
        (0, 3, [head.concat(), vec![1; 1100]].concat())
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
            |lies: &mut Self| lies.sent.wrapping_add(lies.pick(&[0, 1, 1, 2, u32::MAX])).to_be_bytes();
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
