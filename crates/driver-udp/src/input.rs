//! The way in: from the sockets to the endpoint, many datagrams a call where the system gives them.

use std::array;
use std::io::{self, ErrorKind, IoSliceMut};
use std::ops::Bound;

use quinn_udp::RecvMeta;

use crate::carrier::{Carrier, SocketId};
use crate::socket::{Io, ecn};

/// How many buffers are offered at once.
const BUFFERS: usize = 16;

/// What one of them holds, in bytes: datagrams that the system has joined, up to the longest that it has.
const BUFFER_LEN: usize = 65_536;

/// Where datagrams come into.
#[derive(Debug)]
pub(crate) struct Input {
    buffers: Vec<u8>,
}

impl Default for Input {
    fn default() -> Self {
        Self { buffers: vec![0; BUFFERS * BUFFER_LEN] }
    }
}

impl<S: Io> Carrier<S> {
    /// Takes what has come to the sockets that are ready, as much as one call of each gives. Whether anything came. `is_ready` is
    /// asked again after a call that would have blocked.
    ///
    /// # Errors
    /// Those of the system that are about a socket itself, and those of `is_ready`.
    pub fn receive(&mut self, mut is_ready: impl FnMut(&S) -> io::Result<bool>) -> io::Result<bool> {
        let (mut has_come, mut next) = (false, self.sockets.keys().next().copied());
        while let Some(id) = next {
            while self.socket(id).map_or(Ok(false), &mut is_ready)? {
                if self.receive_from(id)? {
                    has_come = true;
                    break;
                }
            }
            next = self.sockets.range((Bound::Excluded(id), Bound::Unbounded)).next().map(|(id, _)| *id);
        }
        Ok(has_come)
    }

    /// Takes what has come to a socket; `false` if that would have blocked.
    fn receive_from(&mut self, id: SocketId) -> io::Result<bool> {
        let Some(socket) = self.sockets.get(&id) else { return Ok(false) };
        let bound = socket.bound();
        let mut buffers = std::mem::take(&mut self.input.buffers);
        let mut metas = [RecvMeta::default(); BUFFERS];
        let result = {
            let mut each = buffers.chunks_exact_mut(BUFFER_LEN);
            let mut slices: [_; BUFFERS] =
                array::from_fn(|_| IoSliceMut::new(each.next().unwrap_or_default()));
            socket.receive(&mut slices, &mut metas)
        };
        let now = self.now();
        let count = result.as_ref().copied().unwrap_or_default();
        for (meta, buffer) in metas.iter().take(count).zip(buffers.chunks_exact_mut(BUFFER_LEN)) {
            self.stats.buffers_received += 1;
            let datagrams = buffer.get_mut(..meta.len).unwrap_or_default();
            for datagram in datagrams.chunks_mut(meta.stride.max(1)) {
                self.stats.datagrams_received += 1;
                if self.engine.handle_input(now, bound.path(meta), ecn(meta), datagram).is_err() {
                    self.stats.datagrams_ignored += 1;
                }
            }
        }
        self.input.buffers = buffers;
        match result {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock => Ok(false),
                // Somebody's port is closed; the system says so about an earlier datagram, each in its words.
                ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::Interrupted => Ok(true),
                _ => Err(error),
            },
        }
    }
}
