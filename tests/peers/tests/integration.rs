//! Our protocols against libraries that we did not write, a library a file.

mod sctp_dcsctp;
mod sctp_usrsctp;
mod simulated_dcsctp;
mod simulated_str0m;
