//! The contract as tests of this crate: `cargo test` starts the emulator on a free port and proves it.
//!
//! ```text
//! cargo test --test conformance invalidation
//! OTP_TARGET=https://staging.example OTP_PROFILE=staging.toml cargo test --test conformance
//! ```

use std::process::ExitCode;

use otp_conformance::app::{Flags, test_main, test_main_with};
use otp_conformance::emulator::{Emulator, Settings};

fn main() -> ExitCode {
    if std::env::var_os("OTP_TARGET").is_some() {
        return test_main();
    }
    let runtime = tokio::runtime::Runtime::new().expect("threads for the emulator");
    // Yours in place of this one. It lives until the trials have ended.
    let emulator = runtime.block_on(Emulator::start(Settings::default())).expect("a free port");
    test_main_with(&Flags {
        target: Some(emulator.url()),
        profile: Some("conformance.toml".into()),
        ..Flags::default()
    })
}
