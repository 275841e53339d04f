//! What stands in a recording, as a reader of the format sees it.

use base::{Ecn, Instant, Path};
use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::{Block, PcapNgReader};
use recording::{Flow, Recording};

use crate::call::{WORD, record};

fn blocks(file: &[u8]) -> Vec<Block<'static>> {
    let mut reader = PcapNgReader::new(file).unwrap();
    let mut blocks = Vec::new();
    while let Some(block) = reader.next_block() {
        blocks.push(block.unwrap().into_owned());
    }
    blocks
}

/// The packets of an interface, and whether we sent them.
fn packets(file: &[u8], interface: u32) -> Vec<(bool, Vec<u8>)> {
    let of_interface = |block: Block<'static>| match block {
        Block::EnhancedPacket(packet) if packet.interface_id == interface => {
            Some((packet.options == [EnhancedPacketOption::Flags(2)], packet.data.into_owned()))
        }
        _ => None,
    };
    blocks(file).into_iter().filter_map(of_interface).collect()
}

fn shows(packet: &[u8], text: &str) -> bool {
    packet.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

/// The secrets in a recording, behind the header of their block.
fn secrets(file: &[u8]) -> Vec<String> {
    let secret = |block: Block<'static>| match block {
        Block::Unknown(block) if block.type_ == 10 => {
            Some(String::from_utf8(block.value[8..].to_vec()).unwrap())
        }
        _ => None,
    };
    blocks(file).into_iter().filter_map(secret).collect()
}

#[test]
fn a_recording_has_datagrams_as_they_were_and_sctp_in_the_clear() {
    let file = record(false);
    let kinds: Vec<_> = blocks(&file)
        .into_iter()
        .filter_map(|block| match block {
            Block::InterfaceDescription(interface) => Some(interface.linktype),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [DataLink::RAW, DataLink::SCTP]);
    let (datagrams, inside) = (packets(&file, 0), packets(&file, 1));
    assert!(datagrams.iter().any(|(sent, _)| *sent) && datagrams.iter().any(|(sent, _)| !*sent));
    assert!(!datagrams.iter().any(|(_, packet)| shows(packet, WORD)), "the network does not see it");
    assert!(inside.iter().any(|(sent, packet)| !*sent && shows(packet, WORD)), "and here it is shown");
    assert!(inside.len() > 6 && datagrams.len() > inside.len());
}

#[test]
fn the_secret_stands_there_for_who_asks_when_the_connection_is_made() {
    assert_eq!(secrets(&record(false)), Vec::<String>::new());
    let secrets = secrets(&record(true));
    let [line] = secrets.as_slice() else { panic!("{} secrets", secrets.len()) };
    let words: Vec<_> =
        line.trim_end_matches(['\0', '\n']).split(' ').map(|word| (word, word.len())).collect();
    assert!(matches!(words.as_slice(), [("CLIENT_RANDOM", _), (_, 64), (_, 96)]), "{line}");
}

#[test]
fn times_are_those_of_the_callers_timeline() {
    let mut recording = Recording::new(Vec::new()).unwrap();
    let path = Path::udp("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
    let at = Instant::from_nanos(0x1_0000_0002);
    recording.datagram(at, Flow::Received, path, Ecn::Ect0, b"abc").unwrap();
    let Some(Block::EnhancedPacket(packet)) = blocks(recording.get_ref()).pop() else { panic!("no packet") };
    assert_eq!(packet.timestamp.as_nanos(), 0x1_0000_0002);
    assert_eq!(packet.data[12..20], [192, 0, 2, 2, 192, 0, 2, 1], "from the peer to us");
}

#[test]
fn a_datagram_that_no_packet_holds_is_refused() {
    let mut recording = Recording::new(Vec::new()).unwrap();
    let path = Path::udp("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
    let result = recording.datagram(Instant::ZERO, Flow::Sent, path, Ecn::NotEct, &[0; 65_536]);
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
}
