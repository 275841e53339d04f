//! The public interface only.

mod drivers;
mod readme;
mod support;
