//! The connections: what the pages ask, and what happens.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use chacha20::ChaCha20Rng;
use ferry_tokio::Driver;
use rtc::rand_core::{Rng as _, SeedableRng as _};
use rtc::{
    Certificate, Configuration, ConnectionId, DataChannelInit, Event, IceCandidateInit, KeyAlgorithm,
    PeerConnection, SessionDescription, UnixTime,
};

use crate::announcement::announce;
use crate::api::{Answer, Refusal, Reply, Request};
use crate::arguments::PublicAddress;
use crate::http::ApiRequest;
use crate::session::Session;
use crate::stats::View;

/// How many pages may be connected at once; the oldest gives way.
const MAX_SESSIONS: usize = 16;

/// Of how many that gave way it is still known.
const MAX_DISPLACED: usize = 64;

/// All connections.
pub(crate) struct Server {
    public: Vec<PublicAddress>,
    certificate: Certificate,
    rng: ChaCha20Rng,
    /// In the order in which they came.
    sessions: BTreeMap<ConnectionId, Session>,
    /// What the pages called those that gave way, the latest last.
    displaced: Vec<u64>,
}

impl Server {
    pub(crate) fn new(public: Vec<PublicAddress>) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let mut rng = ChaCha20Rng::from_seed(seed);
        let today =
            UnixTime::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
        let certificate =
            Certificate::generate(&crypto_rust::PROVIDER, &mut rng, KeyAlgorithm::EcdsaP256, today)?;
        Ok(Self { public, certificate, rng, sessions: BTreeMap::new(), displaced: Vec::new() })
    }

    /// Answers a question of a page.
    pub(crate) fn handle_request(&mut self, driver: &mut Driver, request: ApiRequest) {
        let ApiRequest { request, answer: asker } = request;
        let answer = match request {
            Request::Connect => self.make_offer(driver),
            Request::Offer { id: None, description } => self.take_first_offer(driver, &description),
            Request::Offer { id: Some(id), description } => {
                self.find(id).and_then(|connection| self.take_offer(driver, connection, &description))
            }
            Request::Answer { id, description } => {
                self.find(id).and_then(|connection| take_answer(driver, connection, &description))
            }
            Request::Candidate { id, candidate } => self
                .find(id)
                .and_then(|connection| take_candidate(driver, connection, &candidate.unwrap_or_default())),
            Request::Stats { id } => self.find(id).and_then(|connection| look_at(driver, connection)),
            Request::Close { id } => self.find(id).map(|connection| {
                self.end(driver, connection);
                Reply::Done {}
            }),
        };
        // The page may have gone meanwhile.
        let _ = asker.send(answer);
    }

    /// Does what an event asks for.
    pub(crate) fn handle_event(&mut self, driver: &mut Driver, id: ConnectionId, event: Event) {
        let now = driver.now();
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(mut connection) = driver.connection_mut(id) else { return };
        session.handle_event(now, &mut connection, event);
        let is_over = connection.end().is_some();
        drop(connection);
        if is_over {
            self.end(driver, id);
        }
    }

    /// The connection that a page calls by this number.
    fn find(&self, number: u64) -> Result<ConnectionId, Refusal> {
        if let Some((id, _)) = self.sessions.iter().find(|(_, session)| session.number == number) {
            return Ok(*id);
        }
        Err(Refusal::gone(if self.displaced.contains(&number) {
            format!(
                "The server ended this connection: it has room for {MAX_SESSIONS}, and another page came. Connect again."
            )
        } else {
            "This connection is over. Connect again.".into()
        }))
    }

    /// The page offers: we answer.
    fn take_first_offer(&mut self, driver: &mut Driver, offer: &SessionDescription) -> Answer {
        let id = self.make_session(driver)?;
        let answer = self.take_offer(driver, id, offer);
        if answer.is_err() {
            self.end(driver, id);
        }
        answer
    }

    fn take_offer(&self, driver: &mut Driver, id: ConnectionId, offer: &SessionDescription) -> Answer {
        let now = driver.now();
        let mut connection = driver.connection_mut(id).ok_or_else(over)?;
        connection.set_remote_description(now, offer)?;
        connection.set_local_description_due(now)?;
        self.describe(id, &connection)
    }

    /// The page asks us to offer: we make the channels.
    fn make_offer(&mut self, driver: &mut Driver) -> Answer {
        let id = self.make_session(driver)?;
        let now = driver.now();
        let session = self.sessions.get_mut(&id).ok_or_else(over)?;
        let mut connection = driver.connection_mut(id).ok_or_else(over)?;
        let loose = DataChannelInit::default().with_ordered(false).with_max_retransmits(0);
        for (label, init) in [
            ("chat", DataChannelInit::default()),
            ("file", DataChannelInit::default()),
            ("speed", DataChannelInit::default()),
            ("ping", loose),
        ] {
            session.create(&mut connection, label, init)?;
        }
        connection.set_local_description_due(now)?;
        self.describe(id, &connection)
    }

    /// Our description, with what the page calls the connection by.
    fn describe(&self, id: ConnectionId, connection: &PeerConnection) -> Answer {
        let number = self.sessions.get(&id).ok_or_else(over)?.number;
        let mut description = connection.local_description().ok_or_else(over)?;
        description.sdp = announce(&description.sdp, &self.public);
        Ok(Reply::Description { id: number, description })
    }

    /// Makes room, and a connection.
    fn make_session(&mut self, driver: &mut Driver) -> Result<ConnectionId, Refusal> {
        while self.sessions.len() >= MAX_SESSIONS {
            self.displace_oldest(driver);
        }
        let config = Configuration::new(&crypto_rust::PROVIDER, self.certificate.clone());
        let rng = ChaCha20Rng::from_rng(&mut self.rng);
        let connection = PeerConnection::new(config, Box::new(rng), driver.now())?;
        let id = driver.insert(connection);
        // Nobody guesses it, and JavaScript's numbers hold it.
        let number = self.rng.next_u64() >> 11;
        self.sessions.insert(id, Session::new(number));
        Ok(id)
    }

    /// Ends the oldest connection. Its page hears of the end from DTLS, and of the reason when it asks.
    fn displace_oldest(&mut self, driver: &mut Driver) {
        let Some((id, session)) = self.sessions.pop_first() else { return };
        driver.close(id);
        if self.displaced.len() >= MAX_DISPLACED {
            self.displaced.remove(0);
        }
        self.displaced.push(session.number);
    }

    fn end(&mut self, driver: &mut Driver, id: ConnectionId) {
        self.sessions.remove(&id);
        driver.close(id);
    }
}

fn take_answer(driver: &mut Driver, id: ConnectionId, answer: &SessionDescription) -> Answer {
    let now = driver.now();
    let mut connection = driver.connection_mut(id).ok_or_else(over)?;
    connection.set_remote_description(now, answer)?;
    Ok(Reply::Done {})
}

fn take_candidate(driver: &mut Driver, id: ConnectionId, candidate: &IceCandidateInit) -> Answer {
    let now = driver.now();
    let mut connection = driver.connection_mut(id).ok_or_else(over)?;
    connection.add_ice_candidate(now, candidate)?;
    Ok(Reply::Done {})
}

fn look_at(driver: &Driver, id: ConnectionId) -> Answer {
    let connection = driver.connection(id).ok_or_else(over)?;
    Ok(Reply::Stats(Box::new(View::of(connection, driver.now()))))
}

fn over() -> Refusal {
    Refusal::gone("This connection is over. Connect again.")
}
