//! What goes out: flights and alerts in datagrams of their own, application data in place.

use base::Instant;

use super::{Connection, Over, Overhead, Phase};
use crate::alert::{Alert, AlertDescription};
use crate::error::SealError;
use crate::event::Reason;
use crate::record::{PROTECTED, Records};
use crate::wire::record::ContentType;

impl Connection {
    /// Writes the next datagram of the handshake, or an alert, and returns its length.
    ///
    /// No datagram is longer than `Config::mtu`. In a shorter `out` the messages are cut into smaller fragments; below
    /// 64 bytes nothing may fit, and stays due.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<usize> {
        self.advance_clock(now);
        let earlier = self.earlier.as_ref().is_some_and(|earlier| earlier.flight().is_due());
        if !self.core.flight.is_due() && self.alerts.is_empty() && !earlier {
            return None;
        }
        let room = out.len().min(self.core.config.mtu);
        let out = out.get_mut(..room).unwrap_or_default();
        // The earlier handshake first: if that can still be finished, the new one is not needed.
        if let Some(len) = self.in_earlier(|connection| connection.pack_flight(out)).filter(|len| *len > 0) {
            return Some(len);
        }
        let mut len = self.pack_flight(out);
        while let Some((epoch, alert)) = self.alerts.front().filter(|_| !self.core.flight.is_due()) {
            let rest = out.get_mut(len..).unwrap_or_default();
            match self.core.records.emit(*epoch, ContentType::ALERT, &alert.emit(), rest) {
                Err(SealError::BufferTooSmall) => break,
                Err(_) => {}
                Ok(written) => {
                    len += written;
                    self.stats.records_sent += 1;
                }
            }
            self.alerts.pop_front();
        }
        (len > 0).then_some(len)
    }

    fn pack_flight(&mut self, out: &mut [u8]) -> usize {
        let (len, records) = self.core.flight.pack(&mut self.core.records, out);
        self.stats.records_sent += records;
        len
    }

    /// The room that [`seal`](Self::seal) needs around a plaintext. It stands once the connection is open.
    #[must_use]
    pub fn overhead(&self) -> Overhead {
        Overhead { header: self.core.records.header_len(PROTECTED), tag: Records::tag_len(PROTECTED) }
    }

    /// Seals the application data that stands in `out` behind [`Overhead::header`]; returns the datagram's length.
    ///
    /// Nothing is copied or allocated. What [`poll_transmit`](Self::poll_transmit) has due should go out first: data
    /// that overtakes our Finished is dropped by some peers.
    ///
    /// # Errors
    /// [`SealError`]; with [`SealError::Exhausted`] the connection has closed.
    pub fn seal(&mut self, out: &mut [u8], plaintext_len: usize) -> Result<usize, SealError> {
        if !matches!(self.phase, Phase::Open(_)) {
            return Err(SealError::NotConnected);
        }
        if self.core.records.protected_sent() >= self.core.config.max_records {
            self.tell(Alert::warning(AlertDescription::CLOSE_NOTIFY));
            self.end(Over::Closed, Reason::SequenceExhausted);
            return Err(SealError::Exhausted);
        }
        let len = self.core.records.seal(PROTECTED, ContentType::APPLICATION_DATA, out, plaintext_len)?;
        self.stats.records_sent += 1;
        Ok(len)
    }
}
