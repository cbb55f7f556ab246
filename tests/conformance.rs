//! The conformance trials as tests: `OTP_TARGET=https://staging.example cargo test --test conformance`.

fn main() -> std::process::ExitCode {
    otp_conformance::app::test_main()
}
