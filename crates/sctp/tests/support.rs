//! What several files of tests share.

pub(crate) mod hostile;
pub(crate) mod ladder;
pub(crate) mod pair;
