//! X.509 certificates (RFC 5280): our own are made whole, of a peer's only the fields that matter are read.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use base::UnixTime;
use bytes::Bytes;
use crypto::{
    CertificateDer, CertificateFields, Failed, PublicKey, PublicKeyAlgorithm, SelfSigned, SignatureScheme,
    Signer, X509,
};
use der::asn1::{Any, AnyRef, BitString, BitStringRef, GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber};
use p256::ecdsa::signature::Keypair;
use rand_core::CryptoRng;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    self, AlgorithmIdentifierOwned, Document, DynSignatureAlgorithmIdentifier, EncodePublicKey,
    SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Bytes of a serial number: 128 bits, so that a peer that remembers issuer and serial never sees a pair twice.
const SERIAL_LEN: usize = 16;

/// Reading and making certificates.
pub(crate) struct Certificates;

impl X509 for Certificates {
    fn self_signed(
        &self,
        parameters: &SelfSigned<'_>,
        signer: &dyn Signer,
        rng: &mut dyn CryptoRng,
    ) -> Result<CertificateDer, Failed> {
        if parameters.not_after < parameters.not_before {
            return Err(Failed);
        }
        let scheme = signer.schemes().iter().copied().find(|scheme| signature_algorithm(*scheme).is_some());
        let key = Key { public: signer.public_key(), scheme: scheme.ok_or(Failed)? };
        let mut builder = builder(parameters, &key, rng).map_err(|_| Failed)?;
        let to_be_signed = builder.finalize(&key).map_err(|_| Failed)?;
        let signature =
            BitString::from_bytes(&signer.sign(rng, key.scheme, &to_be_signed)?).map_err(|_| Failed)?;
        let certificate = builder.assemble(signature, &key).map_err(|_| Failed)?;
        certificate.to_der().map(Bytes::from).map_err(|_| Failed)
    }

    fn read(&self, certificate: &[u8]) -> Result<CertificateFields, Failed> {
        let Fields { not_after, public_key: info, may_sign } =
            Fields::read(certificate).map_err(|_| Failed)?;
        let bits = info.subject_public_key.as_bytes().ok_or(Failed)?;
        let public_key =
            algorithm(&info).map(|algorithm| PublicKey { algorithm, key: Bytes::copy_from_slice(bits) });
        let not_after = UnixTime::from_secs(not_after.to_unix_duration().as_secs());
        let mut fields = CertificateFields::new(public_key, not_after);
        fields.may_sign = may_sign;
        Ok(fields)
    }
}

fn algorithm(info: &SubjectPublicKeyInfoRef<'_>) -> Option<PublicKeyAlgorithm> {
    if info.algorithm.oid == RSA {
        return Some(PublicKeyAlgorithm::Rsa);
    }
    if info.algorithm.oid != EC_PUBLIC_KEY {
        return None;
    }
    match info.algorithm.parameters_oid().ok()? {
        P256 => Some(PublicKeyAlgorithm::EcP256),
        P384 => Some(PublicKeyAlgorithm::EcP384),
        _ => None,
    }
}

/// The fields of a peer's certificate that we look at.
///
/// Names, serial numbers and all extensions but one are stepped over unread: nothing depends on them, and peers in the
/// field get them wrong in many ways.
struct Fields<'a> {
    not_after: Time,
    public_key: SubjectPublicKeyInfoRef<'a>,
    may_sign: bool,
}

impl<'a> Fields<'a> {
    fn read(certificate: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(certificate)?;
        let fields = reader.sequence(|certificate| {
            let fields = certificate.sequence(Self::read_to_be_signed)?;
            let _signature_algorithm = AnyRef::decode(certificate)?;
            let _signature = AnyRef::decode(certificate)?;
            Ok::<_, der::Error>(fields)
        })?;
        reader.finish()?;
        Ok(fields)
    }

    fn read_to_be_signed(tbs: &mut SliceReader<'a>) -> der::Result<Self> {
        let first = AnyRef::decode(tbs)?;
        let version = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
        if der::Tagged::tag(&first) == version {
            let _serial = AnyRef::decode(tbs)?;
        }
        let _signature_algorithm = AnyRef::decode(tbs)?;
        let _issuer = AnyRef::decode(tbs)?;
        let not_after = tbs.sequence(|validity| {
            let _not_before = AnyRef::decode(validity)?;
            Time::decode(validity)
        })?;
        let _subject = AnyRef::decode(tbs)?;
        let public_key = SubjectPublicKeyInfoRef::decode(tbs)?;
        let extensions = Tag::ContextSpecific { constructed: true, number: TagNumber(3) };
        let mut may_sign = true;
        while !tbs.is_finished() {
            let unique_id_or_extensions = AnyRef::decode(tbs)?;
            if der::Tagged::tag(&unique_id_or_extensions) == extensions {
                // What cannot be read restricts nothing.
                may_sign = key_usage(unique_id_or_extensions.value()).is_none_or(is_digital_signature);
            }
        }
        Ok(Self { not_after, public_key, may_sign })
    }
}

/// The value of keyUsage among the extensions, if it is there and can be read (RFC 5280 §4.1.2.9, §4.2.1.3).
fn key_usage(extensions: &[u8]) -> Option<BitStringRef<'_>> {
    let mut list = SliceReader::new(AnyRef::from_der(extensions).ok()?.value()).ok()?;
    while !list.is_finished() {
        let mut extension = SliceReader::new(AnyRef::decode(&mut list).ok()?.value()).ok()?;
        if ObjectIdentifier::decode(&mut extension).ok()? != KEY_USAGE {
            continue;
        }
        let mut value = AnyRef::decode(&mut extension).ok()?;
        if der::Tagged::tag(&value) == Tag::Boolean {
            value = AnyRef::decode(&mut extension).ok()?;
        }
        return BitStringRef::from_der(value.value()).ok();
    }
    None
}

/// digitalSignature is the first bit.
fn is_digital_signature(usage: BitStringRef<'_>) -> bool {
    usage.raw_bytes().first().is_some_and(|first| first & 0x80 != 0)
}

fn builder(
    parameters: &SelfSigned<'_>,
    key: &Key,
    rng: &mut dyn CryptoRng,
) -> builder::Result<CertificateBuilder<OneName>> {
    // A certificate counts whole seconds: it is valid to the end of the one in which it expires.
    let not_after = parameters.not_after + Duration::from_millis(999);
    let validity = Validity::new(time(parameters.not_before)?, time(not_after)?);
    let info = SubjectPublicKeyInfoOwned::from_key(key)?;
    CertificateBuilder::new(
        OneName(common_name(parameters.common_name)?),
        serial_number(rng)?,
        validity,
        info,
    )
}

/// Positive and not zero: the first bit is clear, the second is set.
fn serial_number(rng: &mut dyn CryptoRng) -> der::Result<SerialNumber> {
    let mut bytes = [0; SERIAL_LEN];
    rng.fill_bytes(&mut bytes);
    let [first, ..] = &mut bytes;
    *first = *first & 0x3f | 0x40;
    SerialNumber::new(&bytes)
}

/// UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5).
fn time(at: UnixTime) -> der::Result<Time> {
    let since_epoch = Duration::from_secs(at.as_secs());
    match UtcTime::from_unix_duration(since_epoch) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => GeneralizedTime::from_unix_duration(since_epoch).map(Time::GeneralTime),
    }
}

/// A name with nothing but a common name, of 1 to 64 characters (RFC 5280 §A.1).
fn common_name(name: &str) -> der::Result<Name> {
    if !(1..=64).contains(&name.chars().count()) {
        return Err(der::ErrorKind::Length { tag: Tag::Utf8String }.into());
    }
    let value = Any::new(Tag::Utf8String, name.as_bytes())?;
    let part = RelativeDistinguishedName::try_from(vec![AttributeTypeAndValue { oid: COMMON_NAME, value }])?;
    Name::from_der(&RdnSequence::from(vec![part]).to_der()?)
}

/// Subject and issuer are the same. One extension says that this is no authority: with it, the certificate is of version 3,
/// as TLS wants it (RFC 5246 §7.4.2) and strict parsers insist.
struct OneName(Name);

impl BuilderProfile for OneName {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        self.0.clone()
    }

    fn build_extensions(
        &self,
        _subject_key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let end_entity = BasicConstraints { ca: false, path_len_constraint: None };
        Ok(vec![end_entity.to_extension(tbs.subject(), &[])?])
    }
}

/// The public half of a signer, in the shape that the builder asks for.
#[derive(Clone)]
struct Key {
    public: PublicKey,
    scheme: SignatureScheme,
}

impl Keypair for Key {
    type VerifyingKey = Self;

    fn verifying_key(&self) -> Self {
        self.clone()
    }
}

impl EncodePublicKey for Key {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        let (oid, parameters) = match self.public.algorithm {
            PublicKeyAlgorithm::EcP256 => (EC_PUBLIC_KEY, Any::from(P256)),
            PublicKeyAlgorithm::EcP384 => (EC_PUBLIC_KEY, Any::from(P384)),
            PublicKeyAlgorithm::Rsa => (RSA, Any::null()),
            _ => return Err(spki::Error::KeyMalformed),
        };
        let algorithm = AlgorithmIdentifierOwned { oid, parameters: Some(parameters) };
        let subject_public_key = BitString::from_bytes(&self.public.key)?;
        Ok(Document::encode_msg(&SubjectPublicKeyInfoOwned { algorithm, subject_public_key })?)
    }
}

impl DynSignatureAlgorithmIdentifier for Key {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        signature_algorithm(self.scheme).ok_or(spki::Error::KeyMalformed)
    }
}

/// What a certificate calls a scheme; `None` for those that no certificate of ours is signed by.
fn signature_algorithm(scheme: SignatureScheme) -> Option<AlgorithmIdentifierOwned> {
    let (oid, parameters) = match scheme {
        SignatureScheme::ECDSA_SHA256 => (ECDSA_WITH_SHA256, None),
        SignatureScheme::ECDSA_SHA384 => (ECDSA_WITH_SHA384, None),
        SignatureScheme::RSA_PKCS1_SHA256 => (SHA256_WITH_RSA, Some(Any::null())),
        _ => return None,
    };
    Some(AlgorithmIdentifierOwned { oid, parameters })
}
