//! The contract as tests of this crate. Point it at your emulator:
//!
//! ```text
//! OTP_PROFILE=targets/local-emulator.toml cargo test --test conformance
//! ```
//!
//! Without a target it runs against the emulator that comes with `otp-conformance`.

fn main() -> std::process::ExitCode {
    otp_conformance::app::test_main()
}
