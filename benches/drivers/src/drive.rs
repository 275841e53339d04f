//! The same transfer in each of four ways.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use rtc::{Ecn, Instant, Path};

use crate::Outcome;
use crate::transfer::Transfer;

/// Where sockets are bound.
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Who carries the datagrams.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Loop,
    Std,
    Mio,
    Tokio,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::Loop, Self::Std, Self::Mio, Self::Tokio];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::Std => "std",
            Self::Mio => "mio",
            Self::Tokio => "tokio",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }

    /// Runs one side to its end; how long the transfer took.
    pub(crate) fn run(
        self,
        mut transfer: Transfer,
        signal: impl FnMut(&str) -> Outcome<String>,
    ) -> Outcome<Duration> {
        match self {
            Self::Loop => by_loop(&mut transfer, signal)?,
            Self::Std => by_std(&mut transfer, signal)?,
            Self::Mio => by_mio(&mut transfer, signal)?,
            Self::Tokio => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(by_tokio(&mut transfer, signal))?;
            }
        }
        transfer.took.ok_or_else(|| "the connection ended before the transfer".into())
    }
}

/// What the README shows.
fn by_loop(transfer: &mut Transfer, signal: impl FnMut(&str) -> Outcome<String>) -> Outcome<()> {
    let socket = UdpSocket::bind(LOOPBACK)?;
    let (local, started) = (socket.local_addr()?, std::time::Instant::now());
    let now = || Instant::ZERO + started.elapsed();
    let mut pc = Transfer::connection(now())?;
    pc.add_local_address(local)?;
    transfer.negotiate(&mut pc, now(), signal)?;

    let mut buffer = [0; 2048];
    let mut is_over = false;
    loop {
        while let Some(transmit) = pc.poll_transmit(now(), &mut buffer) {
            let _ = socket.send_to(buffer.get(..transmit.len).unwrap_or_default(), transmit.path.remote);
        }
        if is_over {
            return Ok(());
        }
        while let Some(event) = pc.poll_event() {
            is_over |= transfer.on_event(&mut pc, now(), event)?;
        }
        let wait = pc.poll_timeout().map(|deadline| deadline.since(now()));
        socket.set_nonblocking(wait == Some(Duration::ZERO))?;
        socket.set_read_timeout(wait.filter(|wait| !wait.is_zero()))?;
        if let Ok((len, remote)) = socket.recv_from(&mut buffer) {
            let datagram = buffer.get_mut(..len).unwrap_or_default();
            let _ = pc.handle_input(now(), Path::udp(local, remote), Ecn::NotEct, datagram);
        }
        pc.handle_timeout(now());
    }
}

fn by_std(transfer: &mut Transfer, signal: impl FnMut(&str) -> Outcome<String>) -> Outcome<()> {
    let mut driver = ferry_std::Driver::bind(LOOPBACK)?;
    let now = driver.now();
    let id = driver.insert(Transfer::connection(now)?);
    let now = driver.now();
    transfer.negotiate(&mut *driver.connection_mut(id).ok_or("gone")?, now, signal)?;
    while let Some((id, event)) = driver.poll(None)? {
        let now = driver.now();
        if transfer.on_event(&mut *driver.connection_mut(id).ok_or("gone")?, now, event)? {
            break;
        }
    }
    Ok(driver.flush()?)
}

fn by_mio(transfer: &mut Transfer, signal: impl FnMut(&str) -> Outcome<String>) -> Outcome<()> {
    let mut driver = ferry_mio::Driver::bind(LOOPBACK)?;
    let now = driver.now();
    let id = driver.insert(Transfer::connection(now)?);
    let now = driver.now();
    transfer.negotiate(&mut *driver.connection_mut(id).ok_or("gone")?, now, signal)?;
    while let Some((id, event)) = driver.poll(None)? {
        let now = driver.now();
        if transfer.on_event(&mut *driver.connection_mut(id).ok_or("gone")?, now, event)? {
            break;
        }
    }
    driver.flush()?;
    report(driver.stats());
    Ok(())
}

async fn by_tokio(transfer: &mut Transfer, signal: impl FnMut(&str) -> Outcome<String>) -> Outcome<()> {
    let mut driver = ferry_tokio::Driver::bind(LOOPBACK)?;
    let now = driver.now();
    let id = driver.insert(Transfer::connection(now)?);
    let now = driver.now();
    transfer.negotiate(&mut *driver.connection_mut(id).ok_or("gone")?, now, signal)?;
    loop {
        let (id, event) = driver.next_event().await?;
        let now = driver.now();
        if transfer.on_event(&mut *driver.connection_mut(id).ok_or("gone")?, now, event)? {
            break;
        }
    }
    driver.flush().await?;
    report(driver.stats());
    Ok(())
}

/// What the sockets counted, for whoever wants to see whether the system joins datagrams.
#[allow(clippy::print_stderr, reason = "a program owns the terminal")]
fn report(stats: ferry_tokio::Stats) {
    if std::env::var_os("STATS").is_some() {
        eprintln!("{stats:?}");
    }
}
