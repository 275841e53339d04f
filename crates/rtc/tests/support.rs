//! What several files of tests share.

pub(crate) mod listener;
pub(crate) mod pair;
