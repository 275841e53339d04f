//! The only entry to this project's commands.
fn main() {}
