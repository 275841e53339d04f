//! What a host has sent and received, as a recording for Wireshark and its like.

use base::{Instant, Path};
use recording::Recording;

pub use recording::Flow;

use crate::{Datagram, Plaintext};

/// What a host has sent and received, as pcapng.
///
/// Datagrams are IP packets of interface 0; packets that the host knew how to decrypt are packets of interface 1.
#[derive(Debug)]
pub struct Capture {
    /// Nothing that is written into memory fails.
    recording: Option<Recording<Vec<u8>>>,
}

impl Default for Capture {
    fn default() -> Self {
        Self { recording: Recording::new(Vec::new()).ok() }
    }
}

impl Capture {
    /// The file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.recording.as_ref().map_or(&[], |recording| recording.get_ref())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Those of the system.
    pub fn save(&self, path: impl AsRef<std::path::Path>) -> std::io::Result<()> {
        std::fs::write(path, self.as_bytes())
    }

    /// Records a datagram. One that no IP packet holds is left out.
    pub fn datagram(&mut self, now: Instant, flow: Flow, datagram: &Datagram) {
        let path = match flow {
            Flow::Sent => Path::udp(datagram.source, datagram.destination),
            Flow::Received => Path::udp(datagram.destination, datagram.source),
        };
        if let Some(recording) = &mut self.recording {
            let _ = recording.datagram(now, flow, path, datagram.ecn, &datagram.payload);
        }
    }

    /// Records a decrypted packet.
    pub fn plaintext(&mut self, now: Instant, plaintext: &Plaintext) {
        let flow = if plaintext.sent { Flow::Sent } else { Flow::Received };
        if let Some(recording) = &mut self.recording {
            let _ = recording.sctp_packet(now, flow, &plaintext.packet);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_has_a_section_two_interfaces_and_the_packets() {
        let mut capture = Capture::default();
        let before = capture.as_bytes().len();
        capture.datagram(Instant::ZERO, Flow::Received, &Datagram::example(b"abc"));
        let datagram = capture.as_bytes()[before..].to_vec();
        assert!(datagram.starts_with(&[6, 0, 0, 0]) && datagram.windows(3).any(|bytes| bytes == b"abc"));
        capture.plaintext(Instant::ZERO, &Plaintext { sent: true, packet: vec![1, 2, 3, 4] });
        let packet = &capture.as_bytes()[before + datagram.len()..];
        assert!(packet.starts_with(&[6, 0, 0, 0]) && packet[8] == 1, "of the second interface");
    }
}
