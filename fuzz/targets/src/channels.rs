//! Data channels over an association that says anything.

use bytes::Bytes;
use datachannel::{Channels, Config, Failure, Init, Payload, Ppid, Role};

use crate::Commands;

/// Runs the commands.
pub fn run(data: &[u8]) {
    let mut commands = Commands::new(data);
    let mut channels = Channels::new(Config::default());
    while !commands.is_empty() {
        step(&mut channels, &mut commands);
        while let Some(event) = channels.poll_event() {
            if let datachannel::Event::Closed(id) = event {
                channels.forget(id);
            }
        }
        while channels.poll_command().is_some() {}
    }
}

fn step(channels: &mut Channels, commands: &mut Commands<'_>) {
    let stream = commands.short() % 64;
    let id = channels.iter().map(|(id, _)| id).nth(usize::from(stream) % 8);
    match commands.byte() % 9 {
        0 => channels.set_role(if stream & 1 == 0 { Role::Even } else { Role::Odd }),
        1 => channels.handle_connected(stream),
        2 => {
            let label = String::from_utf8_lossy(commands.bytes()).into_owned();
            let flags = commands.byte();
            let mut init = Init::new(label).with_ordered(flags & 1 == 0);
            init.negotiated = (flags & 2 != 0).then_some(stream);
            let _ = channels.create(init);
        }
        3 => {
            let ppids = [50, 51, 52, 53, 54, 56, 57, 0];
            let ppid = Ppid(ppids[usize::from(commands.byte()) % ppids.len()]);
            let _ = channels.handle_message(stream, ppid, Bytes::copy_from_slice(commands.bytes()));
        }
        4 => channels.handle_incoming_reset(&[stream]),
        5 => channels.handle_outgoing_reset(&[stream]),
        6 => id.into_iter().for_each(|id| channels.close(id)),
        7 => id.into_iter().for_each(|id| {
            let _ = channels.send(id, Payload::Binary(Bytes::copy_from_slice(commands.bytes())));
        }),
        _ => match commands.byte() {
            0 => channels.handle_disconnected((stream & 1 == 0).then_some(Failure::Association)),
            1 => channels.handle_incoming_reset_of_all(),
            2 => channels.handle_restarted(stream),
            3 => channels.begin_anew(),
            _ => {}
        },
    }
}
