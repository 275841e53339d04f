//! Our stack against peers in processes of their own, a peer a file.

mod aiortc;
mod chromium;
mod demo;
mod set_up_time;
