//! A connection of `rtc` that is recorded.

use std::io::{self, Write};

use rtc::{DtlsTransportState, ObservedLayer, PeerConnection, SctpTransport};

use crate::{Flow, Recording};

impl<W: Write> Recording<W> {
    /// Has a connection keep what [`take`](Self::take) records: its datagrams, and the SCTP packets inside them.
    pub fn begin(&self, connection: &mut PeerConnection) {
        connection.observe_datagrams(true);
        connection.observe_packets(true);
    }

    /// Records what a connection has sent and received since the last time. Call it wherever you take events: a connection keeps
    /// the last 1,024 packets.
    ///
    /// If `dtls::Config::key_log` was set when the connection was made, its secret is recorded too. Wireshark wants it to stand before
    /// what it opens, so that nothing is recorded while a handshake is under way, but when it is over.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn take(&mut self, connection: &mut PeerConnection) -> io::Result<()> {
        if awaits_secret(connection) {
            return Ok(());
        }
        while let Some(line) = connection.poll_key_log() {
            self.secrets(&format!("{}\n", line.as_str()))?;
        }
        while let Some(observed) = connection.poll_packet() {
            let flow = if observed.sent { Flow::Sent } else { Flow::Received };
            match observed.layer {
                ObservedLayer::Datagram(path, ecn) => {
                    self.datagram(observed.at, flow, path, ecn, &observed.packet)?;
                }
                ObservedLayer::Sctp => self.sctp_packet(observed.at, flow, &observed.packet)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a handshake is under way whose secret is to be recorded.
fn awaits_secret(connection: &PeerConnection) -> bool {
    let is_connecting = |sctp: SctpTransport<'_>| sctp.transport().state() == DtlsTransportState::Connecting;
    connection.configuration().dtls.key_log && connection.sctp().is_some_and(is_connecting)
}
