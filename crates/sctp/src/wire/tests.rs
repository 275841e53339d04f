//! The wire against the packets of a browser, and against itself.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use base::{Instant, Serial16, Serial32, Writer};
use proptest::prelude::*;

use super::*;
use crate::{Ppid, StreamId};

const CHROMIUM: &str = include_str!("../../tests/fixtures/chromium-156-packets.txt");

/// The packets, by the names of their chunks.
fn captured() -> Vec<(&'static str, Vec<u8>)> {
    let lines = CHROMIUM.lines().filter(|line| !line.starts_with('#'));
    let packets = lines.map(|line| line.split_once(": ").unwrap());
    packets.map(|(name, hex)| (name, unhex(hex))).collect()
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn packet(name: &str) -> Vec<u8> {
    captured().into_iter().find(|(captured, _)| *captured == name).unwrap().1
}

fn name(chunk: &Chunk<'_>) -> &'static str {
    match chunk {
        Chunk::Data(_) => "DATA",
        Chunk::Init(_) => "INIT",
        Chunk::InitAck(_) => "INIT ACK",
        Chunk::Sack(_) => "SACK",
        Chunk::Abort { .. } => "ABORT",
        Chunk::CookieEcho(_) => "COOKIE ECHO",
        Chunk::CookieAck => "COOKIE ACK",
        Chunk::Reconfig(_) => "RE-CONFIG",
        _ => "another",
    }
}

fn emitted(emit: impl FnOnce(&mut Writer<'_>) -> Result<(), Full>) -> Vec<u8> {
    let mut bytes = [0; 2048];
    let mut writer = Writer::new(&mut bytes);
    emit(&mut writer).unwrap();
    writer.written().to_vec()
}

fn reparse(bytes: &[u8]) -> Chunk<'_> {
    let mut reader = Reader::new(bytes);
    let chunk = Chunk::parse(&mut reader).unwrap();
    assert!(reader.is_empty(), "a chunk ends with its padding");
    chunk
}

#[test]
fn every_packet_of_chromium_has_the_chunks_that_its_log_names() {
    for (chunks, bytes) in captured() {
        let packet = Packet::parse(&bytes).unwrap();
        let names: Vec<&str> = packet.chunks().map(|chunk| name(&chunk)).collect();
        assert_eq!(names.join(" + "), chunks);
        assert_eq!((packet.header.source_port, packet.header.destination_port), (5000, 5000));
        assert_eq!(packet.single, names.len() == 1);
        assert!(crate::checksum::matches(&bytes));
    }
}

#[test]
fn chromium_announces_partial_reliability_and_stream_reset() {
    for name in ["INIT", "INIT ACK"] {
        let bytes = packet(name);
        let (Chunk::Init(init) | Chunk::InitAck(init)) = Packet::parse(&bytes).unwrap().first else {
            panic!("{name}");
        };
        assert!(init.supports_forward_tsn() && init.supports_reconfig() && !init.has_host_name());
        assert_eq!((init.outgoing_streams, init.incoming_streams), (65_535, 65_535));
        assert_eq!(init.cookie().is_some(), name == "INIT ACK");
        assert_eq!(init.parameters.reported().count(), 0);
    }
}

#[test]
fn the_first_data_of_chromium_is_an_open_message() {
    let bytes = packet("DATA");
    let Chunk::Data(data) = Packet::parse(&bytes).unwrap().first else { panic!("DATA") };
    assert_eq!(data.ppid, Ppid(50));
    assert!(data.flags.has(DataFlags::BEGIN) && data.flags.has(DataFlags::END));
    assert_eq!(data.payload.first(), Some(&3), "DATA_CHANNEL_OPEN");
}

#[test]
fn chromium_resets_outgoing_streams() {
    let bytes = packet("RE-CONFIG");
    let Chunk::Reconfig(reconfig) = Packet::parse(&bytes).unwrap().first else { panic!("RE-CONFIG") };
    let parameter = reconfig.parameters().next().unwrap();
    assert!(matches!(
        parameter,
        ReconfigParameter::OutgoingReset { .. } | ReconfigParameter::Response { .. }
    ));
}

#[test]
fn every_truncation_is_refused_or_ends_at_a_chunk() {
    for (chunks, bytes) in captured() {
        for len in 0..bytes.len() {
            if let Ok(packet) = Packet::parse(&bytes[..len]) {
                let whole: usize = packet.chunks().count();
                let cut = bytes.len() - len;
                // What is missing is a whole chunk, or the padding of the last.
                assert!(whole < chunks.split(" + ").count() || cut < 4, "{chunks} cut by {cut}");
            }
        }
    }
}

#[test]
fn every_flipped_bit_is_survived() {
    for (_, mut bytes) in captured() {
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(packet) = Packet::parse(&bytes) {
                assert!(packet.chunks().count() <= bytes.len() / CHUNK_HEADER_LEN);
                packet.chunks().for_each(|chunk| drop(shown(&chunk)));
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn a_chunk_shorter_than_its_header_is_refused() {
    for len in 0..4_u8 {
        let mut reader = Reader::new(&[11, 0, 0, 0]);
        assert!(Chunk::parse(&mut reader).is_err());
        let bytes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, len];
        assert!(Packet::parse(&bytes).is_err());
    }
}

#[test]
fn unknown_chunks_stop_or_go_on_as_their_high_bits_say() {
    let header = [0; HEADER_LEN];
    for (kind, goes_on, reports) in
        [(0x3f, false, false), (0x7f, false, true), (0xbf, true, false), (0xff, true, true)]
    {
        let bytes = [&header[..], &[kind, 0, 0, 4], &[11, 0, 0, 4]].concat();
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.chunks().count(), if goes_on { 2 } else { 1 }, "{kind:#x}");
        assert_eq!(ChunkType(kind).reports_if_unknown(), reports);
    }
}

#[test]
fn a_parameter_that_says_stop_hides_those_after_it() {
    // Type 0x3fff: stop, do not report. Then FORWARD TSN supported.
    let value = [0x3f, 0xff, 0, 4, 0xc0, 0, 0, 4];
    let parameters = Parameters::parse(&value).unwrap();
    assert_eq!(parameters.find(parameter::FORWARD_TSN_SUPPORTED), None);
    // Type 0xffff: go on and report.
    let value = [0xff, 0xff, 0, 5, 9, 0, 0, 0, 0xc0, 0, 0, 4];
    let parameters = Parameters::parse(&value).unwrap();
    assert_eq!(parameters.find(parameter::FORWARD_TSN_SUPPORTED), Some(&[][..]));
    let reported: Vec<&[u8]> = parameters.reported().collect();
    assert_eq!(reported, [&[0xff, 0xff, 0, 5, 9][..]]);
}

#[test]
fn a_reconfig_has_one_or_two_parameters() {
    let response = [0, 16, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1];
    assert!(Reconfig::parse(&[]).is_err());
    assert!(Reconfig::parse(&response).is_ok());
    assert!(Reconfig::parse(&[response, response].concat()).is_ok());
    assert!(Reconfig::parse(&[response, response, response].concat()).is_err());
}

#[test]
fn gap_blocks_and_duplicates_that_do_not_fit_are_left_out() {
    let gaps = (1..100).map(|at| GapBlock { start: at * 3, end: at * 3 });
    let duplicates = vec![Serial32(7); 100];
    let mut bytes = [0; 64];
    let mut writer = Writer::new(&mut bytes);
    Sack::emit(&mut writer, Serial32(1), 1000, gaps, &duplicates).unwrap();
    let Chunk::Sack(sack) = reparse(writer.written()) else { panic!("SACK") };
    assert_eq!(sack.gaps().count(), (64 - Sack::FIXED_LEN) / 4);
}

#[test]
fn a_cookie_opens_only_with_its_key_and_unchanged() {
    let key = |seed: u8| crypto_rust::PROVIDER.hmac_sha256.key(&[seed; 32]);
    let cookie = Cookie {
        made_at: Instant::from_millis(5),
        local_tag: 1,
        local_tsn: Serial32(2),
        peer_tag: 3,
        peer_tsn: Serial32(4),
        peer_window: 5,
        peer_outgoing_streams: 6,
        peer_incoming_streams: 7,
        forward_tsn: true,
        reconfig: false,
        tie_tag: 8,
    };
    let mut sealed = cookie.seal(&*key(1));
    assert_eq!(Cookie::open(&sealed, &*key(1)), Some(cookie));
    assert_eq!(Cookie::open(&sealed, &*key(2)), None);
    for len in 0..sealed.len() {
        assert_eq!(Cookie::open(&sealed[..len], &*key(1)), None);
    }
    for bit in 0..sealed.len() * 8 {
        sealed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Cookie::open(&sealed, &*key(1)), None, "bit {bit}");
        sealed[bit / 8] ^= 1 << (bit % 8);
    }
}

/// What `Debug` prints: chunks have no `Eq`, because readers have none.
fn shown(chunk: &Chunk<'_>) -> String {
    alloc::format!("{chunk:?}")
}

proptest! {
    #[test]
    fn data_round_trips(
        flags in 0_u8..16, tsn: u32, stream: u16, ssn: u16, ppid: u32,
        payload in proptest::collection::vec(any::<u8>(), 1..600),
    ) {
        let data = Data {
            flags: DataFlags(flags),
            tsn: Serial32(tsn),
            stream: StreamId(stream),
            ssn: Serial16(ssn),
            ppid: Ppid(ppid),
            payload: &payload,
        };
        let bytes = emitted(|writer| data.emit(writer));
        let Chunk::Data(parsed) = reparse(&bytes) else { panic!("DATA") };
        prop_assert_eq!(parsed, data);
    }

    #[test]
    fn sack_round_trips(
        tsn: u32, window: u32,
        gaps in proptest::collection::vec((any::<u16>(), any::<u16>()), 0..40),
        duplicates in proptest::collection::vec(any::<u32>(), 0..40),
    ) {
        let gaps: Vec<GapBlock> = gaps.into_iter().map(|(start, end)| GapBlock { start, end }).collect();
        let duplicates: Vec<Serial32> = duplicates.into_iter().map(Serial32).collect();
        let bytes = emitted(|w| Sack::emit(w, Serial32(tsn), window, gaps.iter().copied(), &duplicates));
        let Chunk::Sack(sack) = reparse(&bytes) else { panic!("SACK") };
        prop_assert_eq!((sack.cumulative_tsn, sack.window), (Serial32(tsn), window));
        prop_assert_eq!(sack.gaps().collect::<Vec<_>>(), gaps);
    }

    #[test]
    fn forward_tsn_round_trips(
        tsn: u32, streams in proptest::collection::vec((any::<u16>(), any::<u16>()), 0..100),
    ) {
        let streams: Vec<(StreamId, Serial16)> =
            streams.into_iter().map(|(stream, ssn)| (StreamId(stream), Serial16(ssn))).collect();
        let bytes = emitted(|writer| ForwardTsn::emit(writer, Serial32(tsn), &streams));
        let Chunk::ForwardTsn(forward) = reparse(&bytes) else { panic!("FORWARD TSN") };
        prop_assert_eq!(forward.new_cumulative_tsn, Serial32(tsn));
        prop_assert_eq!(forward.streams().collect::<Vec<_>>(), streams);
    }

    #[test]
    fn outgoing_reset_round_trips(
        request: u32, last: u32, streams in proptest::collection::vec(any::<u16>(), 0..100),
    ) {
        let streams: Vec<StreamId> = streams.into_iter().map(StreamId).collect();
        let bytes = emitted(|writer| {
            Reconfig::emit_outgoing_reset(writer, Serial32(request), Serial32(0), Serial32(last), &streams)
        });
        prop_assert_eq!(bytes.len(), Reconfig::outgoing_reset_len(streams.len()));
        let Chunk::Reconfig(reconfig) = reparse(&bytes) else { panic!("RE-CONFIG") };
        let parameters: Vec<_> = reconfig.parameters().collect();
        prop_assert_eq!(parameters.len(), 1);
        let ReconfigParameter::OutgoingReset { request: r, last_tsn, streams: s } = parameters[0] else {
            panic!("a request");
        };
        prop_assert_eq!((r, last_tsn), (Serial32(request), Serial32(last)));
        prop_assert_eq!(s.iter().collect::<Vec<_>>(), streams);
    }

    #[test]
    fn init_round_trips(
        tag: u32, window: u32, outgoing: u16, incoming: u16, tsn: u32,
        cookie in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let init = Init {
            tag,
            window,
            outgoing_streams: outgoing,
            incoming_streams: incoming,
            initial_tsn: Serial32(tsn),
            parameters: Parameters::empty(),
        };
        let bytes = emitted(|writer| init.emit(writer, ChunkType::INIT_ACK, &cookie, &[]));
        let Chunk::InitAck(parsed) = reparse(&bytes) else { panic!("INIT ACK") };
        prop_assert_eq!((parsed.tag, parsed.window, parsed.initial_tsn), (tag, window, Serial32(tsn)));
        prop_assert_eq!((parsed.outgoing_streams, parsed.incoming_streams), (outgoing, incoming));
        prop_assert_eq!(parsed.cookie().unwrap_or_default(), &cookie[..]);
        prop_assert!(parsed.supports_forward_tsn() && parsed.supports_reconfig());
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(packet) = Packet::parse(&bytes) {
            packet.chunks().for_each(|chunk| drop(shown(&chunk)));
        }
    }
}
