//! Perfect negotiation (webrtc-pc §10.7): what a well-behaved application does with descriptions and candidates.

use rtc::{Event, Instant, SdpType, SessionDescription, SignalingState};

use super::metered::Metered;

/// What travels beside the network.
#[derive(Clone, Debug)]
pub enum Signal {
    Description(SessionDescription),
    Candidate(rtc::IceCandidateInit),
}

/// One side's part.
#[derive(Debug)]
pub struct Signalling {
    polite: bool,
    ignoring_offer: bool,
    /// What waits to be carried over.
    pub outbox: Vec<Signal>,
    /// How often offers met.
    pub glares: u32,
}

impl Signalling {
    pub fn new(polite: bool) -> Self {
        Self { polite, ignoring_offer: false, outbox: Vec::new(), glares: 0 }
    }

    /// Takes an event of the connection.
    pub fn on_event(&mut self, now: Instant, pc: &mut Metered, event: &Event) -> Result<(), String> {
        match event {
            Event::NegotiationNeeded if pc.signaling_state() == SignalingState::Stable => {
                self.describe(now, pc)
            }
            Event::IceCandidate(Some(candidate)) => {
                self.outbox.push(Signal::Candidate(candidate.to_init()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes a signal of the peer.
    pub fn on_signal(&mut self, now: Instant, pc: &mut Metered, signal: &Signal) -> Result<(), String> {
        match signal {
            Signal::Description(description) => self.on_description(now, pc, description),
            Signal::Candidate(init) => match pc.does(|pc| pc.add_ice_candidate(now, init)) {
                Err(error) if !self.ignoring_offer && is_current(pc, init) => {
                    Err(format!("candidate {init:?}: {error}"))
                }
                _ => Ok(()),
            },
        }
    }

    fn on_description(
        &mut self,
        now: Instant,
        pc: &mut Metered,
        description: &SessionDescription,
    ) -> Result<(), String> {
        let offer = description.kind == SdpType::Offer;
        let collision = offer && pc.signaling_state() != SignalingState::Stable;
        self.glares += u32::from(collision);
        self.ignoring_offer = collision && !self.polite;
        if self.ignoring_offer {
            return Ok(());
        }
        pc.does(|pc| pc.set_remote_description(now, description))
            .map_err(|error| format!("remote description: {error}"))?;
        if offer { self.describe(now, pc) } else { Ok(()) }
    }

    fn describe(&mut self, now: Instant, pc: &mut Metered) -> Result<(), String> {
        pc.does(|pc| pc.set_local_description_due(now))
            .map_err(|error| format!("local description: {error}"))?;
        let description = pc.local_description().ok_or("no local description")?;
        self.outbox.push(Signal::Description(description));
        Ok(())
    }
}

/// Whether a candidate is of the generation that the peer has described. An application that was paused may send one late.
fn is_current(pc: &Metered, init: &rtc::IceCandidateInit) -> bool {
    let remote = pc.remote_description().map(|remote| remote.sdp).unwrap_or_default();
    init.username_fragment.as_ref().is_none_or(|ufrag| remote.contains(&format!("a=ice-ufrag:{ufrag}\r\n")))
}
