//! A recording in the format pcapng (draft-ietf-opsawg-pcapng), for Wireshark and its like.
//!
//! ```text
//!  Section Header │ Interface 0: IP │ Interface 1: SCTP │ Enhanced Packet │ [Decryption Secrets] │ Enhanced Packet │ …
//! ```

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path;
use std::time::Duration;

use base::{Ecn, Instant, Path};
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::SectionHeaderBlock;
use pcap_file::pcapng::blocks::unknown::UnknownBlock;
use pcap_file::pcapng::{PcapNgBlock, PcapNgWriter};
use pcap_file::{DataLink, Endianness, PcapError};

use crate::ip::ip_packet;

/// The interface of datagrams, with headers of IP and UDP before them.
const DATAGRAMS: u32 = 0;
/// The interface of decrypted packets, from SCTP's common header on.
const INSIDE: u32 = 1;

/// `if_tsresol`: nanoseconds.
const NANOSECONDS: u8 = 9;

/// The block for secrets, which `pcap-file` has no type for.
const DECRYPTION_SECRETS: u32 = 0xa;
/// Secrets in the format that NSS writes: "TLSK".
const TLS_KEY_LOG: u32 = 0x544c_534b;

/// Which way a packet went.
// Closed: there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It was sent.
    Sent,
    /// It was received.
    Received,
}

/// A recording that is being written.
///
/// What it shows of SCTP, and what it holds of secrets, is what DTLS protects from everybody else: keep it as you would keep the
/// conversation itself. Times count from the origin of the caller's timeline, which Wireshark shows as the year 1970.
///
/// Example: [on the first page](crate).
pub struct Recording<W: Write> {
    writer: PcapNgWriter<W>,
}

impl Recording<BufWriter<File>> {
    /// A recording in a new file, in the place of one that is there. What is not [flushed](Recording::flush) may be missing from it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(path: impl AsRef<path::Path>) -> io::Result<Self> {
        Self::new(BufWriter::new(File::create(path)?))
    }
}

impl<W: Write> Recording<W> {
    /// A recording that is written there.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(writer: W) -> io::Result<Self> {
        let section = SectionHeaderBlock { endianness: Endianness::Little, ..SectionHeaderBlock::default() };
        let mut writer = PcapNgWriter::with_section_header(writer, section).map_err(io_error)?;
        for linktype in [DataLink::RAW, DataLink::SCTP] {
            let options = vec![InterfaceDescriptionOption::IfTsResol(NANOSECONDS)];
            let interface = InterfaceDescriptionBlock { linktype, snaplen: 0, options };
            writer.write_pcapng_block(interface).map_err(io_error)?;
        }
        Ok(Self { writer })
    }

    /// Records a datagram: its bytes as they went over the network.
    ///
    /// # Errors
    /// Those of the writer; `InvalidInput` for one that no IP packet holds.
    pub fn datagram(
        &mut self,
        at: Instant,
        flow: Flow,
        path: Path,
        ecn: Ecn,
        datagram: &[u8],
    ) -> io::Result<()> {
        let (source, destination) = match flow {
            Flow::Sent => (path.local, path.remote),
            Flow::Received => (path.remote, path.local),
        };
        self.packet(at, DATAGRAMS, flow, &ip_packet(source, destination, ecn, datagram)?)
    }

    /// Records an SCTP packet in the clear, from its common header on.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn sctp_packet(&mut self, at: Instant, flow: Flow, packet: &[u8]) -> io::Result<()> {
        self.packet(at, INSIDE, flow, packet)
    }

    /// Records secrets, in lines as `SSLKEYLOGFILE` has them, by which Wireshark opens the datagrams that follow.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn secrets(&mut self, key_log: &str) -> io::Result<()> {
        let len = u32::try_from(key_log.len()).map_err(|_| ErrorKind::InvalidInput)?;
        let mut body = [TLS_KEY_LOG.to_le_bytes(), len.to_le_bytes()].concat();
        body.extend(key_log.as_bytes());
        body.resize(body.len().next_multiple_of(4), 0);
        let block = UnknownBlock { type_: DECRYPTION_SECRETS, length: 0, value: Cow::Owned(body) };
        self.write_block(block)
    }

    /// Hands on to the system what is still held back.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.get_mut().flush()
    }

    /// Where it is written.
    #[must_use]
    pub fn get_ref(&self) -> &W {
        self.writer.get_ref()
    }

    fn packet(&mut self, at: Instant, interface_id: u32, flow: Flow, packet: &[u8]) -> io::Result<()> {
        let direction = match flow {
            Flow::Received => 1,
            Flow::Sent => 2,
        };
        self.write_block(EnhancedPacketBlock {
            interface_id,
            timestamp: Duration::from_nanos(at.as_nanos()),
            original_len: u32::try_from(packet.len()).map_err(|_| ErrorKind::InvalidInput)?,
            data: Cow::Borrowed(packet),
            options: vec![EnhancedPacketOption::Flags(direction)],
        })
    }

    fn write_block<'a>(&mut self, block: impl PcapNgBlock<'a>) -> io::Result<()> {
        self.writer.write_pcapng_block(block).map(|_| ()).map_err(io_error)
    }
}

fn io_error(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        error => io::Error::new(ErrorKind::InvalidData, error),
    }
}

impl<W: Write> fmt::Debug for Recording<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").finish_non_exhaustive()
    }
}
