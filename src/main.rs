//! The commands of the binary.
fn main() {}
