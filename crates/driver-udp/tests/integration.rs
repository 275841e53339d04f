//! The public interface only.

mod room;
