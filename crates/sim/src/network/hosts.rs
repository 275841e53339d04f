//! The hosts of a network: fetching, delivering, waking.

use base::{Instant, Path};

use super::{Counters, HostId, LinkId, Network};
use crate::{Capture, Datagram, Direction, Fault, Flow, Host};

/// A host at the end of its link.
#[derive(Debug)]
pub(super) struct Attached<H> {
    pub(super) link: LinkId,
    pub(super) host: H,
    pub(super) counters: Counters,
    pub(super) capture: Option<Capture>,
    /// Whether it may have something to send.
    pub(super) stirred: bool,
    /// The virtual second in which it woke up last, and how often for nothing.
    idle: (u64, u32),
}

impl<H: Host> Attached<H> {
    pub(super) fn new(link: LinkId, host: H) -> Self {
        Self { link, host, counters: Counters::default(), capture: None, stirred: true, idle: (0, 0) }
    }

    /// Counts a timeout that had no effect; returns how many there were in this second.
    fn idles(&mut self, now: Instant) -> u32 {
        let second = now.as_millis() / 1000;
        if self.idle.0 != second {
            self.idle = (second, 0);
        }
        self.idle.1 = self.idle.1.saturating_add(1);
        self.idle.1
    }

    /// Records a datagram, and what the host knows to be inside.
    fn record(&mut self, now: Instant, flow: Flow, datagram: &Datagram) {
        let Some(capture) = &mut self.capture else { return };
        capture.datagram(now, flow, datagram);
        while let Some(plaintext) = self.host.poll_plaintext() {
            capture.plaintext(now, &plaintext);
        }
    }
}

impl<H: Host> Network<H> {
    /// Takes everything that a host has to send. Says whether that was anything.
    pub(super) fn fetch(&mut self, id: HostId) -> Result<bool, Fault> {
        let Some(attached) = self.hosts.get_mut(id.0).filter(|attached| attached.stirred) else {
            return Ok(false);
        };
        attached.stirred = false;
        let link = attached.link;
        let mut burst = 0_u32;
        while let Some(datagram) = self.fetch_one(id)? {
            burst = burst.saturating_add(1);
            if burst > self.limits.burst {
                return Err(Fault::EndlessBurst { host: id, now: self.now });
            }
            let entered = match self.links.get_mut(link.0) {
                Some(link) => link.enter(self.now, &mut self.random, Direction::Up, datagram),
                None => None,
            };
            if let Some(datagram) = entered {
                self.leave(link, Direction::Up, datagram);
            }
        }
        Ok(burst > 0)
    }

    fn fetch_one(&mut self, id: HostId) -> Result<Option<Datagram>, Fault> {
        let now = self.now;
        let Some(attached) = self.hosts.get_mut(id.0) else { return Ok(None) };
        let Some(transmit) = attached.host.poll_transmit(now, &mut self.buffer) else { return Ok(None) };
        let payload = self.buffer.get(..transmit.len).ok_or(Fault::BeyondBuffer { host: id, now })?;
        self.digest.datagram(now, transmit.path, payload);
        let datagram = Datagram {
            source: transmit.path.local,
            destination: transmit.path.remote,
            ecn: transmit.ecn,
            payload: payload.to_vec(),
        };
        attached.counters.sent = attached.counters.sent.saturating_add(1);
        attached.idle.1 = 0;
        attached.record(now, Flow::Sent, &datagram);
        Ok(Some(datagram))
    }

    pub(super) fn deliver(&mut self, id: HostId, mut datagram: Datagram) {
        let Some(attached) = self.hosts.get_mut(id.0) else { return };
        attached.counters.received = attached.counters.received.saturating_add(1);
        attached.idle.1 = 0;
        attached.stirred = true;
        // Before the host decrypts it in place.
        let shown = attached.capture.is_some().then(|| datagram.clone());
        let path = Path::udp(datagram.destination, datagram.source);
        attached.host.handle_input(self.now, path, datagram.ecn, &mut datagram.payload);
        if let Some(shown) = shown {
            attached.record(self.now, Flow::Received, &shown);
        }
    }

    /// Wakes a host if it is due, and sees to it that it sleeps again.
    pub(super) fn wake(&mut self, id: HostId) -> Result<(), Fault> {
        let now = self.now;
        let Some(attached) = self.hosts.get_mut(id.0) else { return Ok(()) };
        if attached.host.poll_timeout().is_none_or(|timeout| timeout > now) {
            return Ok(());
        }
        attached.counters.timeouts = attached.counters.timeouts.saturating_add(1);
        attached.host.handle_timeout(now);
        attached.stirred = true;
        let sent = self.fetch(id)?;
        let limit = self.limits.idle_timeouts;
        let Some(attached) = self.hosts.get_mut(id.0) else { return Ok(()) };
        if let Some(timeout) = attached.host.poll_timeout().filter(|timeout| *timeout <= now) {
            return Err(Fault::TimerInThePast { host: id, now, timeout });
        }
        if !sent && attached.idles(now) > limit {
            return Err(Fault::BusyLoop { host: id, now });
        }
        Ok(())
    }
}
