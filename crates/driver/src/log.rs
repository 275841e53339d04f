//! What the drivers tell their own feature `tracing`: the macro is expanded in the crate that says something, which has the feature
//! and the dependency. Without it, nothing of this is compiled.
//!
//! Nothing is said above `debug`: what goes wrong with a socket itself is an error of the call, and what the system refuses of
//! one datagram may be a stranger's doing.

/// Says something, for drivers: `say!("the words", name = value, …)`, with values that implement `Display`.
#[doc(hidden)]
#[macro_export]
macro_rules! say {
    ($words:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        #[cfg(feature = "tracing")]
        tracing::debug!($($name = %$value,)* $words);
        #[cfg(not(feature = "tracing"))]
        let _ = || _ = ($(&$value,)*);
    }};
}
