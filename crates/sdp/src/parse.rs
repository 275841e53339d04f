//! From text to structure: one pass over the lines.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::attribute::Attribute;
use crate::line::{Bandwidth, Connection, Origin, Timing};
use crate::{Media, ParseError, ParseErrorKind, SessionDescription};

/// How many lines of one kind a description has, or a section; sections and attributes have no such bound.
const MAX_LIKE_LINES: usize = 64;

/// Reads a whole description.
pub(crate) fn description(text: &str) -> Result<SessionDescription, ParseError> {
    let mut description = SessionDescription::default();
    let text = &*without_nul(text);
    let counts = attribute_counts(text);
    description.media.reserve_exact(counts.len().saturating_sub(1));
    let mut counts = counts.into_iter();
    description.attributes.reserve_exact(counts.next().unwrap_or_default());
    let mut lines = 0;
    for (index, line) in text.split('\n').enumerate() {
        let number = index.saturating_add(1);
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        lines = number;
        let sections = description.media.len();
        add_line(&mut description, number, line).map_err(|kind| ParseError { line: number, kind })?;
        if let Some(media) = description.media.get_mut(sections..).and_then(<[Media]>::first_mut) {
            media.attributes.reserve_exact(counts.next().unwrap_or_default());
        }
    }
    if lines == 0 {
        return Err(ParseError { line: 1, kind: ParseErrorKind::Empty });
    }
    Ok(description)
}

/// How many attributes the session has, and each section: room is made for these and no more, since a short line in a
/// list that has doubled its room takes many times its length.
fn attribute_counts(text: &str) -> Vec<usize> {
    let mut counts = Vec::new();
    let mut count: usize = 0;
    for line in text.split('\n') {
        match line.trim_ascii_start().as_bytes().first() {
            Some(b'm') => counts.push(core::mem::take(&mut count)),
            Some(b'a') => count = count.saturating_add(1),
            _ => {}
        }
    }
    counts.push(count);
    counts
}

/// NUL, which no line may hold (RFC 8866 §9) and some senders leave behind one, counts as white space.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', " ")) } else { Cow::Borrowed(text) }
}

fn add_line(to: &mut SessionDescription, number: usize, line: &str) -> Result<(), ParseErrorKind> {
    let (kind, value) = line.split_once('=').ok_or(ParseErrorKind::NotALine)?;
    let mut letters = kind.trim_ascii_end().chars();
    let (Some(kind), None) = (letters.next(), letters.next()) else {
        return Err(ParseErrorKind::NotALine);
    };
    let value = value.trim_ascii_start();
    match (kind, to.media.last_mut()) {
        ('m', _) => to.media.push(Media::parse(value).ok_or(ParseErrorKind::Media)?),
        (_, Some(media)) => add_media_line(media, number, kind, value)?,
        (_, None) => add_session_line(to, number, kind, value)?,
    }
    Ok(())
}

fn add_session_line(
    to: &mut SessionDescription,
    number: usize,
    kind: char,
    value: &str,
) -> Result<(), ParseErrorKind> {
    match kind {
        'a' => to.attributes.push(Attribute::parse(number, value)),
        'v' if value != "0" => return Err(ParseErrorKind::Version),
        'o' => to.origin = Origin::parse(value).ok_or(ParseErrorKind::Origin)?,
        's' => to.name = if value.is_empty() { "-".into() } else { value.into() },
        'i' => to.information = Some(value.into()),
        'u' => to.uri = Some(value.into()),
        'e' => add(&mut to.emails, value.into())?,
        'p' => add(&mut to.phones, value.into())?,
        'c' => to.connection = Some(Connection::parse(value).ok_or(ParseErrorKind::Connection)?),
        'b' => add(&mut to.bandwidths, Bandwidth::parse(value))?,
        't' => add(&mut to.timings, Timing { active: value.into(), ..Timing::default() })?,
        'r' => add_repeat(to, value)?,
        'z' => to.zones = Some(value.into()),
        'k' => to.key = Some(value.into()),
        _ => {} // RFC 8866 §5 lets a parser refuse unknown letters; a browser's successor may invent one.
    }
    Ok(())
}

/// `r=` belongs to the `t=` before it. Without one it is the permanent session's.
fn add_repeat(to: &mut SessionDescription, value: &str) -> Result<(), ParseErrorKind> {
    match to.timings.last_mut() {
        Some(timing) => add(&mut timing.repeats, value.into()),
        None => add(&mut to.timings, Timing { repeats: [value.into()].into(), ..Timing::default() }),
    }
}

/// Adds what one line says to what the lines like it say.
fn add<T>(to: &mut Vec<T>, value: T) -> Result<(), ParseErrorKind> {
    if to.len() >= MAX_LIKE_LINES {
        return Err(ParseErrorKind::TooMany);
    }
    to.push(value);
    Ok(())
}

fn add_media_line(to: &mut Media, number: usize, kind: char, value: &str) -> Result<(), ParseErrorKind> {
    match kind {
        'a' => to.attributes.push(Attribute::parse(number, value)),
        'i' => to.information = Some(value.into()),
        'c' => add(&mut to.connections, Connection::parse(value).ok_or(ParseErrorKind::Connection)?)?,
        'b' => add(&mut to.bandwidths, Bandwidth::parse(value))?,
        'k' => to.key = Some(value.into()),
        _ => {}
    }
    Ok(())
}
