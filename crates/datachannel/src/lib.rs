//! datachannel.
