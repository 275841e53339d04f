//! What is told to the features `tracing` and `defmt`. Without them, nothing of this is compiled.
//!
//! | level | what stands there |
//! |---|---|
//! | `warn` | a connection or its DTLS has failed |
//! | `info` | the connection's own state |
//! | `debug` | all other states, negotiation, pairs, channels, limits; whatever a stranger causes |
//! | `trace` | what happens over and over: a message that finds no room |

use core::fmt;

/// Whose lines they are, and what may stand in them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Log {
    /// What the endpoint calls the connection by.
    pub(crate) connection: Option<u64>,
    shows_addresses: bool,
}

impl Log {
    pub(crate) const fn new(shows_addresses: bool) -> Self {
        Self { connection: None, shows_addresses }
    }

    /// What an endpoint says of a connection.
    pub(crate) fn of(connection: u64) -> Self {
        Self { connection: Some(connection), ..Self::default() }
    }

    /// An address or a user name fragment, which only those see who have asked for it.
    pub(crate) fn shown<T>(self, value: T) -> Shown<T> {
        Shown(self.shows_addresses.then_some(value))
    }
}

/// What stands for a value in the log: itself, or that it is there.
pub(crate) struct Shown<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("redacted"),
        }
    }
}

/// Says something at a level: `say!(log, debug, "the words", name = value, …)`, with up to three values that implement
/// `Display`. They are looked at only where somebody listens.
macro_rules! say {
    ($log:expr, $level:ident, $words:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        #[cfg(feature = "tracing")]
        tracing::$level!(target: "rtc", connection = $log.connection, $($name = %$value,)* $words);
        #[cfg(feature = "defmt")]
        $crate::log::say_defmt!($level, $log, $words $(, $name = $value)*);
        #[cfg(not(any(feature = "tracing", feature = "defmt")))]
        let _ = || _ = ($log.connection, $(&$value,)*);
    }};
}

/// The same in words of `defmt`, whose format has to stand there as one literal.
#[cfg(feature = "defmt")]
macro_rules! say_defmt {
    ($level:ident, $log:expr, $words:literal) => {
        defmt::$level!("{}: {=istr}", $log.connection, defmt::intern!($words))
    };
    ($level:ident, $log:expr, $words:literal, $a:ident = $va:expr) => {
        defmt::$level!(
            "{}: {=istr} {=str}={}",
            $log.connection,
            defmt::intern!($words),
            stringify!($a),
            defmt::Display2Format(&($va))
        )
    };
    ($level:ident, $log:expr, $words:literal, $a:ident = $va:expr, $b:ident = $vb:expr) => {
        defmt::$level!(
            "{}: {=istr} {=str}={} {=str}={}",
            $log.connection,
            defmt::intern!($words),
            stringify!($a),
            defmt::Display2Format(&($va)),
            stringify!($b),
            defmt::Display2Format(&($vb))
        )
    };
    ($level:ident, $log:expr, $words:literal, $a:ident = $va:expr, $b:ident = $vb:expr, $c:ident = $vc:expr) => {
        defmt::$level!(
            "{}: {=istr} {=str}={} {=str}={} {=str}={}",
            $log.connection,
            defmt::intern!($words),
            stringify!($a),
            defmt::Display2Format(&($va)),
            stringify!($b),
            defmt::Display2Format(&($vb)),
            stringify!($c),
            defmt::Display2Format(&($vc))
        )
    };
}

pub(crate) use say;
#[cfg(feature = "defmt")]
pub(crate) use say_defmt;
