//! What the log says.

use core::fmt::{Debug, Write};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// One line of the log: `words name=value …`.
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) text: String,
}

/// Listens to everything.
struct Listener(Sender<Line>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ["rtc", "driver_udp"].iter().any(|crate_of_ours| metadata.target().starts_with(crate_of_ours))
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let line = Line { level: *event.metadata().level(), text: text.words + &text.values };
        self.0.send(line).unwrap();
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Text {
    words: String,
    values: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.words = format!("{value:?}");
        } else {
            write!(self.values, " {}={value:?}", field.name()).unwrap();
        }
    }
}

/// Stays for ever: where there is one listener alone, `tracing` asks the thread that first comes to a line whether anybody
/// listens, and keeps the no of another test's thread.
static SECOND: OnceLock<Dispatch> = OnceLock::new();

/// What is said meanwhile.
pub(crate) fn said(act: impl FnOnce()) -> Vec<Line> {
    SECOND.get_or_init(|| Dispatch::new(Listener(channel().0)));
    let (sender, receiver): (_, Receiver<Line>) = channel();
    with_default(Listener(sender), act);
    receiver.into_iter().collect()
}
