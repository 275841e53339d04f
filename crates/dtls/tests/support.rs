//! What several files of tests share.

pub(crate) mod hostile;
pub(crate) mod openssl;
pub(crate) mod pair;
pub(crate) mod wire;
