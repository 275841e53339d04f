//! The sections of a session, and how each is written.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sdp::{Attribute, Media, MediaKind, Setup};

use crate::config::Config;
use crate::{DtlsRole, Error, Transport};

/// A section of the session, at its place for as long as the session lives (RFC 3264 §8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// What we call it, for as long as it lives: its `mid`, unless it came without.
    pub(crate) name: String,
    /// What descriptions call it.
    pub(crate) mid: Option<String>,
    pub(crate) kind: MediaKind,
    pub(crate) protocol: String,
    pub(crate) formats: Vec<String>,
    /// Whether it is for data channels, or was, before one side rejected it.
    pub(crate) for_data: bool,
    pub(crate) purpose: Purpose,
}

/// What a section is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Data channels.
    Data,
    /// Nothing: we do not speak it, or one side rejected it.
    Rejected,
}

/// The protocols under which data channels run (RFC 8841 §4.1), and the one of peers older than it.
const DATA_PROTOCOLS: [&str; 3] = ["UDP/DTLS/SCTP", "TCP/DTLS/SCTP", "DTLS/SCTP"];

/// The format of data channels (RFC 8841 §4.4.2).
const DATA_FORMAT: &str = "webrtc-datachannel";

impl Section {
    /// A section of ours for data channels.
    pub(crate) fn data(mid: String) -> Self {
        Self {
            name: mid.clone(),
            mid: Some(mid),
            kind: MediaKind::Application,
            protocol: "UDP/DTLS/SCTP".into(),
            formats: [DATA_FORMAT.into()].into(),
            for_data: true,
            purpose: Purpose::Data,
        }
    }

    /// A section that the peer offered, under the name that it gets unless we know it already.
    pub(crate) fn offered(media: &Media, name: String) -> Self {
        let for_data = is_for_data(media);
        let in_use = for_data && !media.is_rejected();
        Self {
            name,
            mid: media.mid().map(String::from),
            kind: media.kind.clone(),
            protocol: media.protocol.clone(),
            formats: media.formats.clone(),
            for_data,
            purpose: if in_use { Purpose::Data } else { Purpose::Rejected },
        }
    }

    /// The same section in a later offer. Its kind and its `mid` stay, unless it was rejected and is recycled
    /// (RFC 9429 §5.10). Where one of the two descriptions has no `mid`, its place is enough (RFC 3264 §8).
    pub(crate) fn renew(&mut self, mut offered: Self) -> Result<(), Error> {
        if self.purpose != Purpose::Rejected {
            if self.kind != offered.kind || !self.may_be_called(offered.mid.as_deref()) {
                return Err(Error::SectionMismatch);
            }
            offered.name = core::mem::take(&mut self.name);
            // Removed, it may have lost the attributes that said so.
            offered.for_data |= self.for_data;
        }
        *self = offered;
        Ok(())
    }

    /// Whether `media` can be the answer to this section (RFC 9429 §5.8.3).
    pub(crate) fn is_answered_by(&self, media: &Media) -> bool {
        let mid = media.is_rejected() || self.may_be_called(media.mid());
        self.kind == media.kind && self.protocol.eq_ignore_ascii_case(&media.protocol) && mid
    }

    fn may_be_called(&self, mid: Option<&str>) -> bool {
        self.mid.as_deref().zip(mid).is_none_or(|(known, mid)| known == mid)
    }

    pub(crate) fn is_data(&self) -> bool {
        self.purpose == Purpose::Data
    }

    /// Writes the section. One that is rejected keeps its kind, protocol, formats and mid, with port 0; it has a `c=`
    /// line all the same, which Firefox insists on.
    pub(crate) fn write(
        &self,
        config: &Config,
        transport: Option<(&Transport, Setup)>,
        sctp_port: u16,
    ) -> Media {
        let port = if self.is_data() { 9 } else { 0 };
        let mut media = Media::new(self.kind.clone(), port, &self.protocol, self.formats.clone());
        if let Some((transport, setup)) = transport {
            write_transport(&mut media, config, transport, setup);
        }
        media.attributes.extend(self.mid.clone().map(Attribute::Mid));
        match self.purpose {
            Purpose::Data => {
                media.attributes.push(Attribute::SctpPort(sctp_port));
                media.attributes.push(Attribute::MaxMessageSize(config.max_message_size));
            }
            Purpose::Rejected => media.attributes.push(Attribute::Direction(sdp::Direction::Inactive)),
        }
        media
    }
}

fn is_for_data(media: &Media) -> bool {
    let protocol = DATA_PROTOCOLS.iter().any(|protocol| media.protocol.eq_ignore_ascii_case(protocol));
    let format = media.formats.iter().any(|format| format == DATA_FORMAT)
        || media
            .attributes
            .iter()
            .any(|a| matches!(a, Attribute::SctpMap(map) if map.protocol == DATA_FORMAT));
    media.kind == MediaKind::Application && protocol && format
}

/// The attributes of category TRANSPORT (RFC 9429 §5.2.1).
fn write_transport(to: &mut Media, config: &Config, transport: &Transport, setup: Setup) {
    let attributes = &mut to.attributes;
    attributes.push(Attribute::IceUfrag(transport.local.username_fragment.clone()));
    attributes.push(Attribute::IcePwd(sdp::Password(transport.local.password.clone())));
    attributes.push(Attribute::IceOptions(["trickle".to_string(), "ice2".to_string()].into()));
    attributes.extend(config.fingerprints.iter().cloned().map(Attribute::Fingerprint));
    attributes.push(Attribute::Setup(setup));
    // RFC 8842 §5.3: an answer names an id only if the offer did.
    let peer_names_one = transport.remote.as_ref().is_none_or(|remote| remote.tls_id.is_some());
    if setup == Setup::ActPass || peer_names_one {
        attributes.push(Attribute::TlsId(transport.tls_id.clone()));
    }
}

/// The `a=setup` of an answer in which we have this role.
pub(crate) const fn setup_of(role: DtlsRole) -> Setup {
    match role {
        DtlsRole::Client => Setup::Active,
        DtlsRole::Server => Setup::Passive,
    }
}
