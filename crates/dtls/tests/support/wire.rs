//! Records and messages by hand, as an attacker makes them.

/// A record of epoch 0.
pub(crate) fn record(content_type: u8, body: &[u8]) -> Vec<u8> {
    record_in(content_type, 0, 0, body)
}

pub(crate) fn record_in(content_type: u8, epoch: u16, sequence: u64, body: &[u8]) -> Vec<u8> {
    let mut out = vec![content_type, 0xfe, 0xfd];
    out.extend(epoch.to_be_bytes());
    out.extend(&sequence.to_be_bytes()[2..]);
    out.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    out.extend(body);
    out
}

/// The records of a datagram.
pub(crate) fn records(mut datagram: &[u8]) -> Vec<Vec<u8>> {
    let mut records = vec![];
    while !datagram.is_empty() {
        let len = 13 + usize::from(u16::from_be_bytes([datagram[11], datagram[12]]));
        records.push(datagram[..len].to_vec());
        datagram = &datagram[len..];
    }
    records
}

/// A fragment with whatever its header claims.
pub(crate) fn fragment(kind: u8, length: u32, seq: u16, offset: u32, len: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend(&length.to_be_bytes()[1..]);
    out.extend(seq.to_be_bytes());
    out.extend(&offset.to_be_bytes()[1..]);
    out.extend(&len.to_be_bytes()[1..]);
    out.extend(bytes);
    out
}

/// A whole message in a record of its own.
pub(crate) fn message(kind: u8, seq: u16, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len()).unwrap();
    record(22, &fragment(kind, len, seq, 0, len, body))
}

pub(crate) fn vector8(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![u8::try_from(bytes.len()).unwrap()];
    out.extend(bytes);
    out
}

pub(crate) fn vector16(bytes: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

pub(crate) fn vector24(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..].to_vec();
    out.extend(bytes);
    out
}

pub(crate) fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut out = kind.to_be_bytes().to_vec();
    out.extend(vector16(data));
    out
}

/// A ClientHello, field by field.
#[derive(Clone)]
pub(crate) struct Hello {
    pub(crate) version: u16,
    pub(crate) session_id: Vec<u8>,
    pub(crate) suites: Vec<u16>,
    pub(crate) compression: Vec<u8>,
    pub(crate) extensions: Vec<(u16, Vec<u8>)>,
}

pub(crate) const GROUPS: u16 = 10;
pub(crate) const POINT_FORMATS: u16 = 11;
pub(crate) const SCHEMES: u16 = 13;
pub(crate) const USE_SRTP: u16 = 14;
pub(crate) const ALPN: u16 = 16;
pub(crate) const EXTENDED_MASTER_SECRET: u16 = 23;
pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
pub(crate) const RENEGOTIATION_INFO: u16 = 0xff01;

impl Default for Hello {
    /// One that any server takes.
    fn default() -> Self {
        Self {
            version: 0xfefd,
            session_id: vec![],
            suites: vec![0xc02b],
            compression: vec![0],
            extensions: vec![
                (EXTENDED_MASTER_SECRET, vec![]),
                (GROUPS, vec![0, 2, 0, 0x1d]),
                (SCHEMES, vec![0, 2, 4, 3]),
            ],
        }
    }
}

impl Hello {
    /// With an extension, in place of the one of its type.
    pub(crate) fn with(mut self, kind: u16, data: &[u8]) -> Self {
        self.extensions.retain(|(other, _)| *other != kind);
        self.extensions.push((kind, data.to_vec()));
        self
    }

    pub(crate) fn without(mut self, kind: u16) -> Self {
        self.extensions.retain(|(other, _)| *other != kind);
        self
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let mut out = self.version.to_be_bytes().to_vec();
        out.extend([0x77; 32]);
        out.extend(vector8(&self.session_id));
        out.extend(vector8(&[]));
        out.extend(vector16(&self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect::<Vec<_>>()));
        out.extend(vector8(&self.compression));
        let extensions =
            self.extensions.iter().flat_map(|(kind, data)| extension(*kind, data)).collect::<Vec<_>>();
        out.extend(vector16(&extensions));
        out
    }

    pub(crate) fn datagram(&self) -> Vec<u8> {
        message(1, 0, &self.body())
    }
}
