//! The honest side of a connection with a liar: it says a word now and then, and takes what comes, or does not.

use std::net::SocketAddr;

use core::ops::Range;
use core::time::Duration;

use rtc::{
    ChannelId, Configuration, DataChannelInit, Event, IceCandidateInit, IceConnectionState,
    PeerConnectionState, SessionDescription,
};
use sim::{Ecn, Host, Instant, Path, Random, Transmit};

use super::certificates;
use super::metered::Metered;
use super::peer::connection;

/// How long it waits between two words.
const PAUSE: Duration = Duration::from_millis(50);

/// A connection and its application.
pub struct Victim {
    pub pc: Metered,
    chat: ChannelId,
    word: usize,
    next_word: Option<Instant>,
    end: Instant,
    /// Until when it takes no events.
    deaf_until: Option<Instant>,
    /// The states of ICE, as they were heard of.
    states: Vec<(Instant, IceConnectionState)>,
}

impl Victim {
    /// With limits that a liar reaches, and an offer to it.
    pub fn offering(random: &mut Random, window: &Range<Instant>, address: SocketAddr) -> Self {
        let now = window.start;
        let (config, seed) = (small(random), random.bits());
        let mut pc = Metered::new(|| connection(config, seed, address));
        let chat = pc.does(|pc| pc.create_data_channel("chat", DataChannelInit::default())).unwrap();
        pc.does(|pc| pc.set_local_description_due(now)).unwrap();
        let deaf_until = random.chance(0.5).then(|| now + random.span(window.end.since(now)));
        let word = random.between(10, 3_000) as usize;
        Self { pc, chat, word, next_word: Some(now), end: window.end, deaf_until, states: Vec::new() }
    }

    /// The liar has answered, from this address.
    pub fn on_answer(&mut self, now: Instant, answer: &SessionDescription, liar: SocketAddr) {
        self.pc.does(|pc| pc.set_remote_description(now, answer)).unwrap();
        let candidate = format!("candidate:1 1 udp 2130706431 {} {} typ host", liar.ip(), liar.port());
        let candidate = IceCandidateInit::new(candidate).with_sdp_m_line_index(0);
        self.pc.does(|pc| pc.add_ice_candidate(now, &candidate)).unwrap();
    }

    /// What is wrong in the end, long after the lies: whether the liar is still there or not, the state has a name that says so.
    pub fn wrong(&self, liar_is_there: bool) -> Option<String> {
        use PeerConnectionState::{Connected, Connecting, Disconnected, Failed};
        let state = self.pc.connection_state();
        // Who goes on to check and does not answer keeps the search going.
        let of_the_living = &[Connected, Connecting, Disconnected, Failed][..];
        let is_named = if liar_is_there { of_the_living } else { &[Failed] }.contains(&state);
        (!is_named).then(|| {
            format!("a liar (still there: {liar_is_there}) leaves its victim {state:?}: {:?}", self.states)
        })
    }

    fn live(&mut self, now: Instant) {
        if self.deaf_until.is_some_and(|until| until > now) {
            return;
        }
        self.deaf_until = None;
        while let Some(event) = self.pc.event() {
            self.on_event(now, &event);
            self.pc.release(event);
        }
        if self.next_word.is_some_and(|at| at <= now) {
            self.next_word = Some(now + PAUSE).filter(|at| *at < self.end);
            let (chat, len) = (self.chat, self.word);
            // It may not be open yet, or no more, and its buffer may be full.
            let _ = self.pc.sends(len, |pc| pc.send(now, chat, vec![7; len]));
        }
    }

    fn on_event(&mut self, now: Instant, event: &Event) {
        if let Event::IceConnectionStateChange(state) = event {
            self.states.push((now, *state));
        }
        if *event == Event::DataChannelClose(self.chat)
            && let Ok(id) = self.pc.does(|pc| pc.create_data_channel("again", DataChannelInit::default()))
        {
            self.chat = id;
        }
    }
}

/// Limits of which a few hundred lies are enough to reach some.
fn small(random: &mut Random) -> Configuration {
    let mut config = Configuration::new(&crypto_rust::PROVIDER, certificates()[1].clone());
    config.max_message_size = 16_384;
    config.data_channels.max_channels = *random.pick(&[4, 64]).unwrap();
    config.data_channels.max_retained = *random.pick(&[1_000, 32_768]).unwrap();
    config.sctp.receive_window = *random.pick(&[20_000, 400_000]).unwrap();
    config.sctp.send_buffer = 65_536;
    config.dtls.max_handshake_message = 8192;
    (config.sctp.incoming_streams, config.sctp.outgoing_streams) = (1024, 1024);
    config
}

impl Host for Victim {
    fn handle_input(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        self.pc.takes(now, path, ecn, datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.pc.wakes(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit> {
        self.live(now);
        self.pc.gives(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let application = if self.deaf_until.is_some() { self.deaf_until } else { self.next_word };
        [self.pc.poll_timeout(), application].into_iter().flatten().min()
    }
}
