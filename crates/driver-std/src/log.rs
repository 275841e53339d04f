//! What is told to the feature `tracing`. Without it, nothing of this is compiled.
//!
//! Nothing is said above `debug`: what goes wrong with a socket itself is an error of the call, and what the system refuses of
//! one datagram may be a stranger's doing.

/// Says something: `say!("the words", name = value, …)`, with values that implement `Display`.
macro_rules! say {
    ($words:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        #[cfg(feature = "tracing")]
        tracing::debug!($($name = %$value,)* $words);
        #[cfg(not(feature = "tracing"))]
        let _ = || _ = ($(&$value,)*);
    }};
}

pub(crate) use say;
