//! jsep.
