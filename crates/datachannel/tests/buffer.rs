//! `bufferedAmountLowThreshold` and its event (webrtc-pc §6.2): the threshold reaches the association, and the event
//! reaches who has sent something.

use datachannel::{ChannelId, Channels, Command, Config, Event, Init, Payload, Priority, Role};

/// The client of an association that is up, with a channel of its own.
fn client() -> (Channels, ChannelId) {
    let mut channels = Channels::new(Config::default());
    channels.set_role(Role::Even);
    channels.handle_connected(1024);
    let id = channels.create(Init::default()).unwrap();
    (channels, id)
}

/// What the application hears when the association's buffer for a stream is low.
fn low(channels: &mut Channels, stream: u16) -> Option<Event> {
    while channels.poll_event().is_some() {}
    channels.handle_buffered_amount_low(stream);
    channels.poll_event()
}

fn thresholds(of: &mut Channels) -> Vec<(u16, usize)> {
    let threshold = |command| match command {
        Command::LowThreshold(stream, bytes) => Some((stream, bytes)),
        _ => None,
    };
    std::iter::from_fn(|| of.poll_command()).filter_map(threshold).collect()
}

#[test]
fn a_threshold_reaches_the_association_at_once_or_when_the_channel_opens() {
    let (mut channels, id) = client();
    channels.set_buffered_amount_low_threshold(id, 500);
    assert_eq!(thresholds(&mut channels), [(0, 0), (0, 500)]);
    assert_eq!(channels.channel(id).unwrap().buffered_amount_low_threshold(), 500);

    let mut channels = Channels::new(Config::default());
    let id = channels.create(Init::default()).unwrap();
    channels.set_buffered_amount_low_threshold(id, 700);
    assert_eq!(thresholds(&mut channels), []);
    channels.set_role(Role::Odd);
    channels.handle_connected(1024);
    assert_eq!(thresholds(&mut channels), [(1, 700)]);
}

#[test]
fn a_low_buffer_is_news_only_to_a_channel_that_has_sent_since_the_last_time() {
    let (mut channels, id) = client();
    assert_eq!(low(&mut channels, 0), None, "only the OPEN has gone");
    for _ in 0..2 {
        channels.send(id, Payload::Text("hello".into())).unwrap();
        assert_eq!(low(&mut channels, 0), Some(Event::BufferedAmountLow(id)));
        assert_eq!(low(&mut channels, 0), None);
    }
    assert_eq!(low(&mut channels, 9), None, "nobody is there");
}

/// webrtc-pc §6.2: "initially zero on each new RTCDataChannel", whatever channel the stream carried before.
#[test]
fn a_stream_is_given_the_threshold_and_the_weight_of_each_channel_that_it_carries() {
    let (mut channels, id) = client();
    channels.set_buffered_amount_low_threshold(id, 500);
    channels.close(id);
    channels.handle_outgoing_reset(&[0]);
    channels.handle_incoming_reset(&[0]);
    while channels.poll_command().is_some() {}
    channels.create(Init::default()).unwrap();
    let commands: Vec<Command> = core::iter::from_fn(|| channels.poll_command()).collect();
    assert!(commands.contains(&Command::LowThreshold(0, 0)), "{commands:?}");
    assert!(commands.contains(&Command::Priority(0, Priority::Low.weight())), "{commands:?}");
}

#[test]
fn a_message_that_the_association_refused_was_not_sent() {
    let (mut channels, id) = client();
    for message in
        [Payload::Text("hello".into()), Payload::Text("".into()), Payload::Binary(vec![7; 9].into())]
    {
        let sent = channels.send(id, message.clone()).unwrap();
        assert_eq!(channels.unsend(id, sent.ppid, sent.payload), message);
        assert_eq!(channels.channel(id).unwrap().sent(), (0, 0));
    }
    assert_eq!(low(&mut channels, 0), None);
}
