//! A recording in the format pcapng (draft-ietf-opsawg-pcapng), for Wireshark and its like.
//!
//! ```text
//!  Section Header │ Interface 0: IP │ Interface 1: SCTP │ Enhanced Packet │ Enhanced Packet │ …
//! ```

use core::net::{IpAddr, SocketAddr};

use base::Instant;

use crate::{Datagram, Plaintext};

/// IPv4 or IPv6, by the first four bits.
const LINKTYPE_RAW: u16 = 101;
/// SCTP, from the common header on.
const LINKTYPE_SCTP: u16 = 248;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

/// Whether a host sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The host sent it.
    Sent,
    /// The host received it.
    Received,
}

/// What a host has sent and received.
///
/// Datagrams are IP packets of interface 0; packets that the host knew how to decrypt are packets of interface 1.
#[derive(Clone, Debug)]
pub struct Capture {
    bytes: Vec<u8>,
}

impl Default for Capture {
    fn default() -> Self {
        let mut capture = Self { bytes: Vec::new() };
        capture.open();
        capture
    }
}

impl Capture {
    /// The file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Records a datagram.
    pub fn datagram(&mut self, now: Instant, flow: Flow, datagram: &Datagram) {
        self.packet(now, 0, flow, &ip_packet(datagram));
    }

    /// Records a decrypted packet.
    pub fn plaintext(&mut self, now: Instant, plaintext: &Plaintext) {
        let flow = if plaintext.sent { Flow::Sent } else { Flow::Received };
        self.packet(now, 1, flow, &plaintext.packet);
    }

    fn open(&mut self) {
        let mut section = Vec::new();
        section.extend(0x1a2b_3c4d_u32.to_le_bytes());
        section.extend(1_u16.to_le_bytes());
        section.extend(0_u16.to_le_bytes());
        // The length of the section is not known.
        section.extend(u64::MAX.to_le_bytes());
        self.block(SECTION_HEADER, &section);
        for link_type in [LINKTYPE_RAW, LINKTYPE_SCTP] {
            let mut interface = Vec::new();
            interface.extend(link_type.to_le_bytes());
            interface.extend([0; 6]);
            // if_tsresol: nanoseconds.
            interface.extend([9, 0, 1, 0, 9, 0, 0, 0]);
            interface.extend([0; 4]);
            self.block(INTERFACE_DESCRIPTION, &interface);
        }
    }

    fn packet(&mut self, now: Instant, interface: u32, flow: Flow, packet: &[u8]) {
        let nanos = now.as_nanos();
        let len = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        let mut body = Vec::with_capacity(packet.len().saturating_add(40));
        body.extend(interface.to_le_bytes());
        for word in [nanos >> 32, nanos & 0xffff_ffff] {
            body.extend(u32::try_from(word).unwrap_or(0).to_le_bytes());
        }
        body.extend(len.to_le_bytes());
        body.extend(len.to_le_bytes());
        body.extend(packet);
        body.resize(body.len().next_multiple_of(4), 0);
        // epb_flags: inbound or outbound.
        let direction = if flow == Flow::Received { 1 } else { 2 };
        body.extend([2, 0, 4, 0, direction, 0, 0, 0]);
        body.extend([0; 4]);
        self.block(ENHANCED_PACKET, &body);
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        let len = u32::try_from(body.len().saturating_add(12)).unwrap_or(u32::MAX).to_le_bytes();
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend(len);
        self.bytes.extend(body);
        self.bytes.extend(len);
    }
}

/// The datagram with the headers of IP and UDP.
fn ip_packet(datagram: &Datagram) -> Vec<u8> {
    let udp = udp_datagram(datagram);
    let len = u16::try_from(udp.len()).unwrap_or(u16::MAX);
    let mut packet = Vec::with_capacity(udp.len().saturating_add(40));
    match (datagram.source.ip(), datagram.destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            packet.extend([0x45, datagram.ecn.bits()]);
            packet.extend(len.saturating_add(20).to_be_bytes());
            // No identification, don't fragment, 64 hops, UDP, and a checksum to come.
            packet.extend([0, 0, 0x40, 0, 64, 17, 0, 0]);
            packet.extend(source.octets());
            packet.extend(destination.octets());
            let sum = checksum(&[&packet]).to_be_bytes();
            if let Some(field) = packet.get_mut(10..12) {
                field.copy_from_slice(&sum);
            }
        }
        _ => {
            packet.extend([0x60, datagram.ecn.bits() << 4, 0, 0]);
            packet.extend(len.to_be_bytes());
            packet.extend([17, 64]);
            packet.extend(octets(datagram.source));
            packet.extend(octets(datagram.destination));
        }
    }
    packet.extend(udp);
    packet
}

fn udp_datagram(datagram: &Datagram) -> Vec<u8> {
    let len = u16::try_from(datagram.payload.len().saturating_add(8)).unwrap_or(u16::MAX).to_be_bytes();
    let mut udp = Vec::with_capacity(datagram.payload.len().saturating_add(8));
    udp.extend(datagram.source.port().to_be_bytes());
    udp.extend(datagram.destination.port().to_be_bytes());
    udp.extend(len);
    udp.extend([0, 0]);
    udp.extend(&datagram.payload);
    let pseudo = [&octets(datagram.source), &octets(datagram.destination), &[0, 17][..], &len[..], &udp[..]];
    // Zero would mean that there is none (RFC 768).
    let sum = match checksum(&pseudo) {
        0 => u16::MAX,
        sum => sum,
    };
    if let Some(field) = udp.get_mut(6..8) {
        field.copy_from_slice(&sum.to_be_bytes());
    }
    udp
}

fn octets(address: SocketAddr) -> Vec<u8> {
    match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// The Internet checksum (RFC 1071). Every part but the last has an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let sum: u64 = words
        .map(|word| word.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)) << (8 * (2 - word.len())))
        .sum();
    let mut sum = sum;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The blocks of a file: kinds and bodies.
    fn blocks(mut bytes: &[u8]) -> Vec<(u32, &[u8])> {
        let word = |at: usize, bytes: &[u8]| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let mut blocks = Vec::new();
        while !bytes.is_empty() {
            let len = word(4, bytes) as usize;
            assert_eq!(len % 4, 0);
            assert_eq!(word(len - 4, bytes) as usize, len);
            blocks.push((word(0, bytes), &bytes[8..len - 4]));
            bytes = &bytes[len..];
        }
        blocks
    }

    #[test]
    fn a_file_has_its_interfaces_and_its_packets() {
        let mut capture = Capture::default();
        capture.datagram(Instant::from_nanos(0x1_0000_0002), Flow::Received, &Datagram::example(b"abc"));
        capture.plaintext(Instant::ZERO, &Plaintext { sent: true, packet: vec![1, 2, 3, 4] });
        let blocks = blocks(capture.as_bytes());
        let kinds: Vec<u32> = blocks.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [SECTION_HEADER, INTERFACE_DESCRIPTION, INTERFACE_DESCRIPTION, 6, 6]);
        let packet = blocks[3].1;
        assert_eq!(packet[..20], [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 31, 0, 0, 0, 31, 0, 0, 0]);
        assert!(packet[20..].starts_with(&ip_packet(&Datagram::example(b"abc"))));
        assert_eq!(blocks[4].1[0], 1);
    }

    #[test]
    fn checksums_verify() {
        // The example of RFC 1071 §3.
        assert_eq!(checksum(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]]), !0xddf2);
        let datagram = Datagram::example(b"odd");
        let packet = ip_packet(&datagram);
        assert_eq!(checksum(&[&packet[..20]]), 0);
        let pseudo = [&packet[12..20], &[0, 17, 0, 11][..], &packet[20..]];
        assert_eq!(checksum(&pseudo), 0);
    }

    #[test]
    fn a_packet_of_version_six_has_its_addresses() {
        let mut datagram = Datagram::example(b"x");
        datagram.source = "[2001:db8::1]:1".parse().unwrap();
        datagram.destination = "[2001:db8::2]:2".parse().unwrap();
        let packet = ip_packet(&datagram);
        assert_eq!(packet.len(), 40 + 8 + 1);
        assert_eq!(packet[0] >> 4, 6);
        assert_eq!(packet[23], 1);
        assert_eq!(packet[39], 2);
    }
}
