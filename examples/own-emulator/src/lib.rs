//! Here would be your emulator. `tests/conformance.rs` starts one in its place.
