//! A page in the browser talks to this stack: chat, files, throughput, round-trip times.
//!
//! `cargo run --release -p demo`, then open the printed address. Read it as the example of a server with many connections:
//! this file is the loop, `server.rs` the signalling and the connections, `session.rs` what the application does with one of them,
//! `file.rs` and `speed.rs` two of its channels, `http.rs` the web server, `api.rs` what the page asks and what it is told.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program owns the clock, the threads and the terminal: the cores do not"
)]

mod announcement;
mod api;
mod arguments;
mod file;
mod http;
mod server;
mod session;
mod speed;
mod stats;

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ferry_tokio::Driver;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::interval;

use crate::arguments::{Arguments, USAGE};
use crate::server::Server;

/// How many questions of pages may wait.
const WAITING: usize = 64;

/// How often it is looked whether interfaces have come or gone.
const REFRESH: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let Some(arguments) = Arguments::from_env().map_err(|error| format!("{error}\n\n{USAGE}"))? else {
        println!("{USAGE}");
        return Ok(());
    };
    let mut driver = bind(arguments.udp)?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(|error| format!("the page cannot be served at {}: {error}", arguments.listen))?;
    let mut server = Server::new(arguments.public)?;
    for url in urls(listener.local_addr()?, &driver) {
        println!("open {url} in a browser");
    }
    let (sender, mut requests) = mpsc::channel(WAITING);
    tokio::spawn(http::serve(listener, sender));
    let mut refresh = interval(REFRESH);
    loop {
        tokio::select! {
            Some(request) = requests.recv() => server.handle_request(&mut driver, request),
            event = driver.next_event() => {
                let (id, event) = event?;
                server.handle_event(&mut driver, id, event);
            }
            _ = refresh.tick() => {
                driver.refresh_addresses()?;
            }
        }
    }
}

/// A socket for everything: at the address that was asked for, or at all that this host has.
fn bind(asked: Option<SocketAddr>) -> Result<Driver, Box<dyn Error + Send + Sync>> {
    let bound = match asked {
        Some(address) => Driver::bind(address).map_err(|error| (address.to_string(), error)),
        // Where there is no IPv6, IPv4 has to do.
        None => Driver::bind(SocketAddr::from(([0; 16], 0)))
            .or_else(|_| Driver::bind(SocketAddr::from(([0; 4], 0))))
            .map_err(|error| ("any port".to_string(), error)),
    };
    bound.map_err(|(address, error)| format!("no UDP socket at {address}: {error}").into())
}

/// Where the page can be opened.
fn urls(address: SocketAddr, driver: &Driver) -> Vec<String> {
    let is_taken = |ip: &IpAddr| address.is_ipv6() || ip.is_ipv4();
    let ips: Vec<IpAddr> = match address.ip() {
        ip if !ip.is_unspecified() => vec![ip],
        _ => driver.local_addresses().map(|local| local.ip()).filter(is_taken).collect(),
    };
    ips.into_iter().map(|ip| format!("http://{}/", SocketAddr::new(ip, address.port()))).collect()
}
