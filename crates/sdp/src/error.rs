//! Why a text is no session description.

/// A line that could not be read.
///
/// Only what breaks the frame is an error. An attribute with a malformed value stays in the description as
/// [`Attribute::Malformed`](crate::Attribute::Malformed): whether that matters is for its reader to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
#[non_exhaustive]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: ParseErrorKind,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The text has no line at all.
    #[error("the description is empty")]
    Empty,
    /// The line is not of the form `x=value`.
    #[error("a line must be of the form x=value")]
    NotALine,
    /// `v=` is not 0.
    #[error("only version 0 exists")]
    Version,
    /// `o=` has fewer than six fields, or an id that is no number.
    #[error("o= must be: username id version nettype addrtype address")]
    Origin,
    /// `c=` has fewer than three fields.
    #[error("c= must be: nettype addrtype address")]
    Connection,
    /// There are more than 64 lines like it, which are neither attributes nor sections.
    #[error("there are too many lines of this kind")]
    TooMany,
    /// `m=` has fewer than three fields, a port that is no number, or a word that is no token (RFC 8866 §9).
    #[error("m= must be: media port protocol formats")]
    Media,
}
