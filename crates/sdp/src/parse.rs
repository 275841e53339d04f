//! From text to structure: one pass over the lines.

use alloc::borrow::Cow;

use crate::attribute::Attribute;
use crate::line::{Bandwidth, Connection, Origin, Timing};
use crate::{Media, ParseError, ParseErrorKind, SessionDescription};

/// Reads a whole description.
pub(crate) fn description(text: &str) -> Result<SessionDescription, ParseError> {
    let mut description = SessionDescription::default();
    let mut lines = 0;
    for (index, line) in text.lines().enumerate() {
        let number = index.saturating_add(1);
        let line = without_nul(line);
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        lines = number;
        add_line(&mut description, number, line).map_err(|kind| ParseError { line: number, kind })?;
    }
    if lines == 0 {
        return Err(ParseError { line: 1, kind: ParseErrorKind::Empty });
    }
    Ok(description)
}

/// NUL, which no line may hold (RFC 8866 §9) and some senders leave behind one, counts as white space.
fn without_nul(line: &str) -> Cow<'_, str> {
    if line.contains('\0') { Cow::Owned(line.replace('\0', " ")) } else { Cow::Borrowed(line) }
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
        'e' => to.emails.push(value.into()),
        'p' => to.phones.push(value.into()),
        'c' => to.connection = Some(Connection::parse(value).ok_or(ParseErrorKind::Connection)?),
        'b' => to.bandwidths.push(Bandwidth::parse(value)),
        't' => to.timings.push(Timing { active: value.into(), ..Timing::default() }),
        'r' => add_repeat(to, value),
        'z' => to.zones = Some(value.into()),
        'k' => to.key = Some(value.into()),
        _ => {} // RFC 8866 §5 lets a parser refuse unknown letters; a browser's successor may invent one.
    }
    Ok(())
}

/// `r=` belongs to the `t=` before it. Without one it is the permanent session's.
fn add_repeat(to: &mut SessionDescription, value: &str) {
    match to.timings.last_mut() {
        Some(timing) => timing.repeats.push(value.into()),
        None => to.timings.push(Timing { repeats: [value.into()].into(), ..Timing::default() }),
    }
}

fn add_media_line(to: &mut Media, number: usize, kind: char, value: &str) -> Result<(), ParseErrorKind> {
    match kind {
        'a' => to.attributes.push(Attribute::parse(number, value)),
        'i' => to.information = Some(value.into()),
        'c' => to.connections.push(Connection::parse(value).ok_or(ParseErrorKind::Connection)?),
        'b' => to.bandwidths.push(Bandwidth::parse(value)),
        'k' => to.key = Some(value.into()),
        _ => {}
    }
    Ok(())
}
