//! The headers around a datagram, as the network has them.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use base::Ecn;
use etherparse::{IpEcn, IpHeaders, Ipv4Header, Ipv6Header, PacketBuilder};

/// Hops that a packet may take.
const HOPS: u8 = 64;

/// A datagram with the headers of IP and UDP.
pub(crate) fn ip_packet(
    source: SocketAddr,
    destination: SocketAddr,
    ecn: Ecn,
    datagram: &[u8],
) -> io::Result<Vec<u8>> {
    let headers = match (source.ip(), destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let header = Ipv4Header {
                ecn: IpEcn::try_new(ecn.bits()).unwrap_or_default(),
                dont_fragment: true,
                time_to_live: HOPS,
                source: source.octets(),
                destination: destination.octets(),
                ..Ipv4Header::default()
            };
            IpHeaders::Ipv4(header, Default::default())
        }
        (from, to) => {
            let header = Ipv6Header {
                traffic_class: ecn.bits(),
                hop_limit: HOPS,
                source: as_v6(from).octets(),
                destination: as_v6(to).octets(),
                ..Ipv6Header::default()
            };
            IpHeaders::Ipv6(header, Default::default())
        }
    };
    let builder = PacketBuilder::ip(headers).udp(source.port(), destination.port());
    let mut packet = Vec::with_capacity(builder.size(datagram.len()));
    let written = builder.write_to_vec(&mut packet, datagram);
    written.map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
    Ok(packet)
}

fn as_v6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_has_what_the_datagram_came_with() {
        for (from, to, header) in
            [("192.0.2.1:1", "192.0.2.2:2", 20), ("[2001:db8::1]:1", "[2001:db8::2]:2", 40)]
        {
            let packet = ip_packet(from.parse().unwrap(), to.parse().unwrap(), Ecn::Ce, b"odd").unwrap();
            assert_eq!(packet.len(), header + 8 + 3);
            let read = etherparse::SlicedPacket::from_ip(&packet).unwrap();
            let udp = match read.transport.unwrap() {
                etherparse::TransportSlice::Udp(udp) => udp,
                other => panic!("{other:?}"),
            };
            assert_eq!((udp.source_port(), udp.destination_port(), udp.payload()), (1, 2, &b"odd"[..]));
            assert_ne!(udp.checksum(), 0);
            let marked = if header == 20 { packet[1] } else { packet[1] >> 4 };
            assert_eq!(marked & 3, 3);
        }
    }
}
