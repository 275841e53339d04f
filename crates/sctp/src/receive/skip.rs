//! What the peer has given up on (RFC 3758 §3.6).

use base::{Serial16, Serial32};

use super::{Inbound, MAX_AHEAD, Violation};
use crate::StreamId;

impl Inbound {
    /// Takes a FORWARD TSN: everything up to `new_cumulative_tsn` counts as received, and on each of the ordered
    /// `streams` everything up to its sequence number.
    pub(crate) fn on_forward_tsn(
        &mut self,
        new_cumulative_tsn: Serial32,
        streams: impl Iterator<Item = (StreamId, Serial16)>,
    ) -> Result<(), Violation> {
        self.acknowledge.on_data(false);
        let ahead = self.cumulative_tsn.distance_to(new_cumulative_tsn);
        if !new_cumulative_tsn.is_after(self.cumulative_tsn) || ahead > MAX_AHEAD {
            self.acknowledge.at_once();
            return Ok(());
        }
        self.advance(ahead)?;
        // Whatever ends here has been given up on as a whole.
        self.drop_assembly();
        for (stream, ssn) in streams {
            self.order.skip(stream, ssn, &mut self.ready);
        }
        // Only now: the sequence numbers skipped are those from before a reset.
        self.check_deferred();
        self.drain_held()
    }
}
