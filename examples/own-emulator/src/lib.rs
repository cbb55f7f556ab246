//! Here would be your emulator.
