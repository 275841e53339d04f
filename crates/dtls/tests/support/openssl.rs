//! OpenSSL's command line as a peer: child processes, certificates, bounded waits.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a real peer lives by a real clock"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant as Clock};

use base::{Instant, UnixTime};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto::Fingerprint;
use dtls::{Config, Connection, Event, FingerprintAlgorithm, Identity, KeyAlgorithm, Role, State};

/// No wait takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// Whether there is an OpenSSL to talk to; if not, says so once a test, and fails where everything must be there.
pub(crate) fn is_missing() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: there is no openssl here (apt-get install openssl)");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "openssl has to be there");
    }
    !found
}

/// A certificate of OpenSSL's, in files.
pub(crate) struct Certificate {
    directory: PathBuf,
}

impl Certificate {
    /// `key` is what `openssl req -newkey` takes, and its options.
    pub(crate) fn generate(name: &str, key: &[&str]) -> Self {
        let directory = std::env::temp_dir().join(format!("dtls-openssl-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let this = Self { directory };
        let output = Command::new("openssl")
            .args(["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=openssl", "-sha256", "-newkey"])
            .args(key)
            .arg("-keyout")
            .arg(this.key())
            .arg("-out")
            .arg(this.certificate())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        this
    }

    pub(crate) fn ecdsa(name: &str) -> Self {
        Self::generate(name, &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
    }

    pub(crate) fn rsa(name: &str) -> Self {
        Self::generate(name, &["rsa:2048"])
    }

    fn key(&self) -> PathBuf {
        self.directory.join("key.pem")
    }

    fn certificate(&self) -> PathBuf {
        self.directory.join("certificate.pem")
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let output = Command::new("openssl")
            .args(["x509", "-outform", "DER", "-in"])
            .arg(self.certificate())
            .output()
            .unwrap();
        FingerprintAlgorithm::Sha256.fingerprint(&crypto_rust::PROVIDER, &output.stdout)
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// What `openssl x509 -text` makes of a certificate of ours.
pub(crate) fn certificate_text(identity: &Identity) -> String {
    let mut child = Command::new("openssl")
        .args(["x509", "-inform", "DER", "-noout", "-text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&identity.certificate_chain[0]).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// A running `openssl s_server` or `s_client`.
pub(crate) struct Openssl {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Openssl {
    pub(crate) fn server(certificate: &Certificate, port: u16, options: &[&str]) -> Self {
        let port = port.to_string();
        Self::spawn(certificate, &["s_server", "-dtls1_2", "-Verify", "1", "-accept", &port], options)
    }

    pub(crate) fn client(certificate: &Certificate, address: SocketAddr, options: &[&str]) -> Self {
        Self::spawn(certificate, &["s_client", "-dtls1_2", "-connect", &address.to_string()], options)
    }

    fn spawn(certificate: &Certificate, command: &[&str], options: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .args(command)
            .args(options)
            .arg("-cert")
            .arg(certificate.certificate())
            .arg("-key")
            .arg(certificate.key())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stderr = child.stderr.take().unwrap();
        let stdout = child.stdout.take().unwrap();
        let also = sender.clone();
        forward(stdout, sender);
        forward(stderr, also);
        let stdin = child.stdin.take().unwrap();
        Self { child, stdin, lines, seen: Vec::new() }
    }

    /// Types a line, at one stroke: OpenSSL takes a command only from the beginning of what it reads at once.
    pub(crate) fn say(&mut self, line: &str) {
        self.stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
        self.stdin.flush().unwrap();
    }

    /// The first line with this in it, if it was printed already.
    pub(crate) fn said(&mut self, needle: &str) -> Option<String> {
        self.seen.extend(self.lines.try_iter());
        self.seen.iter().find(|line| line.contains(needle)).cloned()
    }
}

/// Hands on what the child prints, from a thread that ends with the child.
fn forward(output: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = to.send(line);
        }
    });
}

impl Drop for Openssl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            self.seen.extend(self.lines.try_iter());
            eprintln!("--- openssl said\n{}", self.seen.join("\n"));
        }
    }
}

/// Our side, over a socket.
pub(crate) struct Ours {
    pub(crate) connection: Connection,
    pub(crate) identity: Identity,
    pub(crate) received: Vec<Vec<u8>>,
    pub(crate) events: Vec<Event>,
    pub(crate) longest: usize,
    /// Whether a datagram of the peer's is lost, or one of ours.
    pub(crate) loses_theirs: fn(&Connection, &[u8]) -> bool,
    pub(crate) loses_ours: fn(&Connection, &[u8]) -> bool,
    socket: UdpSocket,
    peer: Option<SocketAddr>,
    start: Clock,
}

impl Ours {
    pub(crate) fn new(config: Config, role: Role) -> Self {
        Self::with_key(config, role, KeyAlgorithm::EcdsaP256)
    }

    pub(crate) fn with_key(config: Config, role: Role, algorithm: KeyAlgorithm) -> Self {
        let provider = &crypto_rust::PROVIDER;
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        let unix_now = UnixTime::from_secs(
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(),
        );
        let identity = Identity::generate(
            provider,
            &mut rng,
            algorithm,
            unix_now,
            Duration::from_secs(86_400),
            "WebRTC",
        )
        .unwrap();
        let rng = Box::new(ChaCha20Rng::from_seed([10; 32]));
        let mut connection = Connection::new(config, role, [&identity], provider, rng).unwrap();
        connection.set_rtt(Duration::from_millis(100));
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let start = Clock::now();
        Self {
            connection,
            identity,
            received: vec![],
            events: vec![],
            longest: 0,
            loses_theirs: |_, _| false,
            loses_ours: |_, _| false,
            socket,
            peer: None,
            start,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Trusts the peer's certificate and starts.
    pub(crate) fn start(&mut self, certificate: &Certificate, peer: Option<SocketAddr>) {
        self.peer = peer;
        let now = self.now();
        self.connection.set_remote_fingerprints(now, vec![certificate.fingerprint()]);
        self.connection.start(now);
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_nanos(u64::try_from(self.start.elapsed().as_nanos()).unwrap())
    }

    /// Runs until `done`, or panics with `what`.
    pub(crate) fn run_until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let give_up = Clock::now() + PATIENCE;
        while !done(self) {
            assert!(
                Clock::now() < give_up,
                "in vain: {what}; {:?} {:?}",
                self.connection,
                self.connection.stats()
            );
            self.turn();
        }
    }

    pub(crate) fn connect(&mut self) {
        self.run_until("the handshake", |ours| ours.connection.state() == State::Connected);
        // Our last flight, before any data: OpenSSL drops what comes too early.
        self.turn();
    }

    fn turn(&mut self) {
        let mut buffer = [0; 4096];
        let now = self.now();
        if self.connection.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.connection.handle_timeout(now);
        }
        while let Some(event) = self.connection.poll_event() {
            self.events.push(event);
        }
        while let Some(peer) = self.peer {
            let Some(len) = self.connection.poll_transmit(now, &mut buffer) else { break };
            self.longest = self.longest.max(len);
            if !(self.loses_ours)(&self.connection, &buffer[..len]) {
                let _ = self.socket.send_to(&buffer[..len], peer);
            }
        }
        if let Ok((len, from)) = self.socket.recv_from(&mut buffer) {
            self.peer = Some(from);
            if (self.loses_theirs)(&self.connection, &buffer[..len]) {
                return;
            }
            let received = &mut self.received;
            let now = Instant::from_nanos(u64::try_from(self.start.elapsed().as_nanos()).unwrap());
            let _ = self
                .connection
                .handle_input(now, &mut buffer[..len], &mut |data| received.push(data.to_vec()));
        }
    }

    pub(crate) fn send(&mut self, data: &[u8]) {
        let mut out = [0; 1500];
        self.connection.overhead().inner(&mut out).unwrap()[..data.len()].copy_from_slice(data);
        let len = self.connection.seal(&mut out, data.len()).unwrap();
        self.socket.send_to(&out[..len], self.peer.unwrap()).unwrap();
    }

    /// A line of ours arrives there and one of theirs here.
    pub(crate) fn talk(&mut self, peer: &mut Openssl) {
        self.send(b"this is ours\n");
        peer.say("and this is theirs");
        self.run_until("application data, both ways", |ours| {
            peer.said("this is ours").is_some()
                && ours.received.iter().any(|data| data.starts_with(b"and this is theirs"))
        });
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
