//! The addresses of this host.

use std::io;
use std::net::IpAddr;

/// The addresses of all interfaces, in order, but for the link-local ones of IPv6: those mean nothing without an interface.
pub(crate) fn interface_addresses() -> io::Result<Vec<IpAddr>> {
    let mut addresses: Vec<IpAddr> =
        if_addrs::get_if_addrs()?.into_iter().map(|interface| interface.ip()).collect();
    addresses.retain(|ip| !matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local()));
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}
