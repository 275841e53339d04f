//! The channel `file`: a file comes, and goes back when it is asked for.
//!
//! ```text
//!  page                                  server
//!   put {name, size} ──────────────────►
//!                    ◄────────────────── take, or refuse {error}: then nothing follows
//!   bytes ─────────────────────────────►
//!                    ◄────────────────── kept {size, sha256}
//!   get ───────────────────────────────►
//!                    ◄────────────────── file {name, size, sha256}, bytes
//! ```

use rtc::Payload;
use rtc::bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::session::CHUNK;

/// The largest file that is kept to be sent back: 256 MiB.
const MAX_FILE: u64 = 256 << 20;

/// What the page wants.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Request {
    Put { name: String, size: u64 },
    Get,
}

/// What it is told.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Answer<'a> {
    Take,
    Refuse { error: &'a str },
    Kept { size: usize, sha256: &'a str },
    File { name: &'a str, size: usize, sha256: &'a str },
}

/// The file that came last, and what is under way.
#[derive(Default)]
pub(crate) struct FileService {
    kept: Option<Kept>,
    transfer: Transfer,
}

struct Kept {
    name: String,
    content: Bytes,
    sha256: String,
}

#[derive(Default)]
enum Transfer {
    #[default]
    Idle,
    Receiving(Incoming),
    /// So many bytes have been sent.
    Sending(usize),
}

/// A file that is on its way. Its hash grows with it, so that no moment is long.
struct Incoming {
    name: String,
    size: u64,
    content: Vec<u8>,
    hash: Sha256,
}

impl FileService {
    /// Takes a message, and gives the answers to it.
    pub(crate) fn on_message(&mut self, message: Payload) -> Vec<Payload> {
        let mut answers = match message {
            Payload::Binary(bytes) => {
                self.on_bytes(&bytes);
                Vec::new()
            }
            Payload::Text(text) => vec![match serde_json::from_str(&text) {
                Ok(Request::Put { name, size }) => self.on_put(name, size),
                Ok(Request::Get) => self.on_get(),
                Err(error) => Answer::Refuse { error: &format!("not understood: {error}") }.to_payload(),
            }],
        };
        answers.extend(self.finish());
        answers
    }

    /// The next piece of the file that is on its way back.
    pub(crate) fn next_to_send(&self) -> Option<Payload> {
        let (Transfer::Sending(sent), Some(kept)) = (&self.transfer, &self.kept) else { return None };
        let end = kept.content.len().min(sent + CHUNK);
        (*sent < end).then(|| Payload::from(kept.content.slice(*sent..end)))
    }

    /// Notes that so many bytes of it were sent.
    pub(crate) const fn on_sent(&mut self, len: usize) {
        if let Transfer::Sending(sent) = &mut self.transfer {
            *sent += len;
        }
    }

    fn on_put(&mut self, name: String, size: u64) -> Payload {
        self.transfer = Transfer::Idle;
        if size > MAX_FILE {
            let error = format!("The server takes files of up to {} MiB: nothing was sent.", MAX_FILE >> 20);
            return Answer::Refuse { error: &error }.to_payload();
        }
        self.kept = None;
        let incoming = Incoming { name, size, content: Vec::new(), hash: Sha256::new() };
        self.transfer = Transfer::Receiving(incoming);
        Answer::Take.to_payload()
    }

    fn on_get(&mut self) -> Payload {
        let Some(Kept { name, content, sha256 }) = &self.kept else {
            return Answer::Refuse { error: "The server has no file yet." }.to_payload();
        };
        self.transfer = Transfer::Sending(0);
        Answer::File { name, size: content.len(), sha256 }.to_payload()
    }

    /// Takes bytes of the file, as far as they were announced.
    fn on_bytes(&mut self, bytes: &[u8]) {
        let Transfer::Receiving(incoming) = &mut self.transfer else { return };
        let missing = incoming.size.saturating_sub(incoming.content.len() as u64);
        let bytes = bytes.get(..usize::try_from(missing).unwrap_or(usize::MAX)).unwrap_or(bytes);
        incoming.hash.update(bytes);
        incoming.content.extend_from_slice(bytes);
    }

    /// When the whole file has come: keeps it, and says what its hash is.
    fn finish(&mut self) -> Option<Payload> {
        let is_whole = |incoming: &Incoming| incoming.content.len() as u64 >= incoming.size;
        let transfer = std::mem::take(&mut self.transfer);
        let Transfer::Receiving(incoming) = transfer else {
            self.transfer = transfer;
            return None;
        };
        if !is_whole(&incoming) {
            self.transfer = Transfer::Receiving(incoming);
            return None;
        }
        let sha256 = incoming.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let kept = self.kept.insert(Kept { name: incoming.name, content: incoming.content.into(), sha256 });
        Some(Answer::Kept { size: kept.content.len(), sha256: &kept.sha256 }.to_payload())
    }
}

impl Answer<'_> {
    fn to_payload(&self) -> Payload {
        // Words and numbers are always JSON.
        Payload::from(serde_json::to_string(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(payloads: &[Payload]) -> Vec<&str> {
        payloads
            .iter()
            .map(|payload| if let Payload::Text(text) = payload { text } else { "bytes" })
            .collect()
    }

    fn put(file: &mut FileService, size: u64) -> Vec<Payload> {
        file.on_message(Payload::from(format!(r#"{{"kind":"put","name":"a","size":{size}}}"#)))
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_before_its_first_byte() {
        let mut file = FileService::default();
        let answers = put(&mut file, MAX_FILE + 1);
        assert!(texts(&answers)[0].contains(r#""kind":"refuse""#), "{answers:?}");
        assert!(file.on_message(Payload::from(vec![1; 100])).is_empty());
        assert!(matches!(file.transfer, Transfer::Idle));
    }

    #[test]
    fn a_file_comes_in_pieces_and_goes_back_as_it_was() {
        let mut file = FileService::default();
        assert_eq!(texts(&put(&mut file, 3)), [r#"{"kind":"take"}"#]);
        assert!(file.on_message(Payload::from(b"ab".to_vec())).is_empty());
        // FIPS 180-4, the example of one block.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let kept = file.on_message(Payload::from(b"cd".to_vec()));
        assert_eq!(texts(&kept), [format!(r#"{{"kind":"kept","size":3,"sha256":"{sha256}"}}"#)]);
        let header = file.on_message(Payload::from(r#"{"kind":"get"}"#.to_string()));
        assert!(texts(&header)[0].starts_with(r#"{"kind":"file","name":"a","size":3"#));
        assert_eq!(file.next_to_send(), Some(Payload::from(b"abc".to_vec())));
        file.on_sent(3);
        assert_eq!(file.next_to_send(), None);
    }

    #[test]
    fn an_empty_file_is_whole_at_once() {
        let mut file = FileService::default();
        assert_eq!(put(&mut file, 0).len(), 2);
    }
}
