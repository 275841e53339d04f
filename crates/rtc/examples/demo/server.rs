//! The connections: signalling in, datagrams in and out, each to the right one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rtc::{
    Certificate, Configuration, DataChannelInit, Demultiplexer, Ecn, IceCandidateInit, Instant, KeyAlgorithm,
    Path, PeerConnection, Route, SessionDescription, Stats, Transmit, UnixTime,
};
use serde_json::{Value, json};

use crate::http::ApiRequest;
use crate::session::Session;

/// How many pages may be connected at once; the oldest gives way.
const MAX_SESSIONS: usize = 16;

type Answer = Result<Value, String>;

/// All connections.
pub(crate) struct Server {
    addresses: Vec<SocketAddr>,
    certificate: Certificate,
    sessions: BTreeMap<u64, Session>,
    demultiplexer: Demultiplexer<u64>,
    next_id: u64,
}

impl Server {
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> Result<Self, rtc::Error> {
        let certificate = Certificate::generate(
            &crypto_rust::PROVIDER,
            &mut entropy(),
            KeyAlgorithm::EcdsaP256,
            unix_now(),
        )?;
        let demultiplexer = Demultiplexer::new();
        Ok(Self { addresses, certificate, sessions: BTreeMap::new(), demultiplexer, next_id: 1 })
    }

    pub(crate) fn handle_request(&mut self, now: Instant, request: ApiRequest) {
        let id = request.body.get("id").and_then(Value::as_u64);
        let answer = match (request.verb.as_str(), id) {
            ("offer", None) => self.take_offer(now, &request.body),
            ("connect", None) => self.make_offer(now),
            (verb, Some(id)) => match self.sessions.get_mut(&id) {
                Some(session) => handle_verb(session, now, verb, &request.body),
                None => Err("this connection is over: connect again".into()),
            },
            (verb, None) => Err(format!("/api/{verb} needs an id")),
        };
        self.register_fragments();
        request.answer(answer);
    }

    /// The page offers: we answer.
    fn take_offer(&mut self, now: Instant, body: &Value) -> Answer {
        let mut session = self.new_session(now).map_err(text)?;
        let sdp = session.answer(now, field(body, "sdp")?).map_err(text)?;
        Ok(json!({ "id": self.add(session), "sdp": sdp }))
    }

    /// The page asks us to offer: we make the channels.
    fn make_offer(&mut self, now: Instant) -> Answer {
        let mut session = self.new_session(now).map_err(text)?;
        let loose =
            DataChannelInit { ordered: false, max_retransmits: Some(0), ..DataChannelInit::default() };
        for (label, init) in [
            ("chat", DataChannelInit::default()),
            ("file", DataChannelInit::default()),
            ("speed", DataChannelInit::default()),
            ("ping", loose),
        ] {
            session.create(label, init).map_err(text)?;
        }
        session.connection.set_local_description_due(now).map_err(text)?;
        let sdp = session.connection.local_description().map(|description| description.sdp);
        Ok(json!({ "id": self.add(session), "sdp": sdp }))
    }

    fn new_session(&self, now: Instant) -> Result<Session, rtc::Error> {
        let config = Configuration::new(&crypto_rust::PROVIDER, self.certificate.clone());
        let mut connection = PeerConnection::new(config, Box::new(entropy()), now)?;
        for address in &self.addresses {
            connection.add_local_address(*address)?;
        }
        Ok(Session::new(connection))
    }

    fn add(&mut self, session: Session) -> u64 {
        while self.sessions.len() >= MAX_SESSIONS {
            if let Some((id, _)) = self.sessions.pop_first() {
                self.demultiplexer.forget(&id);
            }
        }
        let id = self.next_id;
        self.next_id += 1;
        self.sessions.insert(id, session);
        id
    }

    /// A check finds its connection by the user name fragment that our description names.
    fn register_fragments(&mut self) {
        for (id, session) in &self.sessions {
            if let Some(sctp) = session.connection.sctp() {
                let ice = sctp.transport().ice_transport();
                self.demultiplexer.register(&ice.local_parameters().username_fragment, *id);
            }
        }
    }

    pub(crate) fn handle_datagram(&mut self, now: Instant, path: Path, ecn: Ecn, datagram: &mut [u8]) {
        let Route::Known(id) = self.demultiplexer.route(path, datagram) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let _ = session.connection.handle_input(now, path, ecn, datagram);
        if let Some(proof) = session.connection.path_proof(path) {
            self.demultiplexer.learn(path, &id, proof);
        }
    }

    /// Lets every connection do what it has to do, until none has more.
    pub(crate) fn work(&mut self, now: Instant, mut send: impl FnMut(&Transmit, &[u8])) {
        let mut buffer = [0; 2048];
        for (id, session) in &mut self.sessions {
            while let Some(transmit) = session.poll_transmit(now, &mut buffer) {
                let datagram = buffer.get(..transmit.len).unwrap_or_default();
                self.demultiplexer.expect(transmit.path, datagram, id);
                send(&transmit, datagram);
            }
        }
        self.sessions.retain(|id, session| {
            let keep = !session.is_over();
            if !keep {
                self.demultiplexer.forget(id);
            }
            keep
        });
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.sessions.values().filter_map(|session| session.connection.poll_timeout()).min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        for session in self.sessions.values_mut() {
            if session.connection.poll_timeout().is_some_and(|deadline| deadline <= now) {
                session.connection.handle_timeout(now);
            }
        }
    }
}

/// What the page asks of its connection.
fn handle_verb(session: &mut Session, now: Instant, verb: &str, body: &Value) -> Answer {
    match verb {
        "offer" => {
            let sdp = session.answer(now, field(body, "sdp")?).map_err(text)?;
            Ok(json!({ "sdp": sdp }))
        }
        "answer" => {
            let answer = SessionDescription::answer(field(body, "sdp")?);
            session.connection.set_remote_description(now, &answer).map_err(text)?;
            Ok(json!({}))
        }
        "candidate" => {
            let candidate = candidate(body.get("candidate").unwrap_or(&Value::Null));
            session.connection.add_ice_candidate(now, &candidate).map_err(text)?;
            Ok(json!({}))
        }
        "stats" => Ok(stats(&session.connection, now)),
        "close" => {
            session.connection.close(now);
            Ok(json!({}))
        }
        _ => Err(format!("there is no /api/{verb}")),
    }
}

/// `RTCIceCandidateInit` as a browser writes it; `null` says that there are no more.
fn candidate(value: &Value) -> IceCandidateInit {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(String::from);
    IceCandidateInit {
        candidate: text("candidate").unwrap_or_default(),
        sdp_mid: text("sdpMid"),
        sdp_m_line_index: value
            .get("sdpMLineIndex")
            .and_then(Value::as_u64)
            .and_then(|n| u16::try_from(n).ok()),
        username_fragment: text("usernameFragment"),
    }
}

/// Our side's view, for the page to show.
fn stats(connection: &PeerConnection, now: Instant) -> Value {
    let report = connection.stats(now);
    let transport = report.iter().find_map(|(_, entry)| match entry {
        Stats::Transport(transport) => Some(transport),
        _ => None,
    });
    let pair = transport.and_then(|transport| {
        match report.get(transport.selected_candidate_pair_id.as_deref()?)? {
            Stats::CandidatePair(pair) => Some(pair),
            _ => None,
        }
    });
    let candidate = |id: &str| match report.get(id) {
        Some(Stats::LocalCandidate(found) | Stats::RemoteCandidate(found)) => Some(found),
        _ => None,
    };
    let address = |id: &str| {
        let found = candidate(id)?;
        Some(format!("{}:{}", found.address.as_deref().unwrap_or("hidden"), found.port))
    };
    let kind = |id: &str| candidate(id).map_or("", |found| found.candidate_type);
    json!({
        "connectionState": connection.connection_state().as_str(),
        "iceState": connection.ice_connection_state().as_str(),
        "dtlsState": transport.map_or("new", |transport| transport.dtls_state),
        "sctpState": connection.sctp().map_or("", |sctp| sctp.state().as_str()),
        "selectedPair": pair.map(|pair| json!({
            "local": address(&pair.local_candidate_id),
            "remote": address(&pair.remote_candidate_id),
            "type": format!("{} to {}", kind(&pair.local_candidate_id), kind(&pair.remote_candidate_id)),
            "rttMs": pair.current_round_trip_time.map(|seconds| seconds * 1000.0),
        })),
        "dtlsCipher": transport.and_then(|transport| transport.dtls_cipher.clone()),
        "bytesSent": transport.map(|transport| transport.bytes_sent),
        "bytesReceived": transport.map(|transport| transport.bytes_received),
    })
}

fn field<'a>(body: &'a Value, name: &str) -> Result<&'a str, String> {
    body.get(name).and_then(Value::as_str).ok_or_else(|| format!("the request has no {name}"))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn entropy() -> ChaCha20Rng {
    let mut seed = [0; 32];
    if let Err(error) = getrandom::fill(&mut seed) {
        // Without secrets there is no security to show.
        eprintln!("the operating system gives no entropy: {error}");
        std::process::exit(1);
    }
    ChaCha20Rng::from_seed(seed)
}

fn unix_now() -> UnixTime {
    UnixTime::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}
