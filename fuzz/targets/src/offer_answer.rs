//! Two offer/answer sessions whose descriptions cross, come late, or come changed.

use jsep::{Description, OfferOptions, Session, SignalingState};

use crate::Commands;
use crate::parsers::session;

/// Runs the commands.
pub fn run(data: &[u8]) {
    let mut commands = Commands::new(data);
    let mut ends = [session(1), session(2)];
    let mut mail: [Vec<Description>; 2] = Default::default();
    while !commands.is_empty() {
        let command = commands.byte();
        let which = usize::from(command >> 7);
        step(&mut ends[which], command % 8, &mut mail, which, &mut commands);
        ends.iter().for_each(check);
    }
    ends.iter().for_each(check_descriptions);
}

fn step(
    end: &mut Session,
    command: u8,
    mail: &mut [Vec<Description>; 2],
    which: usize,
    commands: &mut Commands<'_>,
) {
    match command {
        0 => end.want_data(),
        1 => end.restart_ice(),
        2 => {
            let options =
                if commands.byte() & 1 == 0 { OfferOptions::default() } else { OfferOptions::restart() };
            if let Ok(offer) = end.create_offer(options) {
                end.set_local_description(&offer).expect("our own offer can be applied");
                mail[1 - which].push(offer);
            }
        }
        3 => {
            if let Ok(answer) = end.create_answer() {
                end.set_local_description(&answer).expect("our own answer can be applied");
                mail[1 - which].push(answer);
            }
        }
        4 | 5 => {
            let count = mail[which].len().max(1);
            let at = usize::from(commands.byte()) % count;
            if at < mail[which].len() {
                let _ = end.set_remote_description(&mail[which].remove(at));
            }
        }
        6 => {
            let Some(mut description) = mail[which].last().cloned() else { return };
            let at = usize::from(commands.short()) % description.sdp.len().max(1);
            let line = description.sdp.lines().nth(at % 32).unwrap_or_default().to_string();
            description.sdp = description.sdp.replacen(&line, &String::from_utf8_lossy(commands.bytes()), 1);
            let _ = end.set_remote_description(&description);
        }
        _ => {
            let _ = end.set_local_description(&Description::rollback());
        }
    }
}

/// What holds in every state.
fn check(end: &Session) {
    let stable = end.signaling_state() == SignalingState::Stable;
    assert!(!stable || end.pending_local_description().is_none());
    assert!(!stable || end.pending_remote_description().is_none());
}

/// What we keep, we can read.
fn check_descriptions(end: &Session) {
    for description in [end.local_description(), end.remote_description()].into_iter().flatten() {
        sdp::SessionDescription::parse(&description.sdp).expect("it can be read");
    }
}
