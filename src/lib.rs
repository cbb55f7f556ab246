//! Contract and conformance tests for Descope's `POST /v1/auth/otp/signup-in/sms` and what belongs to it.
//!
//! A URL in, a verdict with evidence out: as a command (`otp-conformance run --target URL`), under `cargo test` with
//! [`test_main`], or with a server that your own tests start ([`test_main_with`]). The [`Emulator`] is one such server, with
//! deliberate bugs to switch on.
//!
//! The Rust API is no promise before 1.0; the command line, the suite format and the summary are.
//!
//! ```
//! use otp_conformance::{Contract, EmulatorSettings, Fault};
//!
//! let contract = Contract::embedded()?;
//! let requirement = contract.requirement_called("code-is-single-use").ok_or("no such requirement")?;
//! assert_eq!(requirement.id.to_string(), "OTP-046");
//!
//! // A server that forgets to spend its codes breaks it.
//! assert!(Fault::NeverConsumed.breaks().contains(&"OTP-046"));
//! let settings = EmulatorSettings { faults: vec![Fault::NeverConsumed], ..EmulatorSettings::default() };
//! # let _ = settings;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
#![doc = include_str!("../docs/glossary.md")]

#[doc(hidden)]
pub mod contract;
#[doc(hidden)]
pub mod exchange;

#[doc(hidden)]
pub mod malformed;
#[doc(hidden)]
pub mod suite;

#[doc(hidden)]
pub mod drive;
#[doc(hidden)]
pub mod trial;

#[doc(hidden)]
pub mod judge;
#[doc(hidden)]
pub mod model;

#[doc(hidden)]
pub mod proxy;
#[doc(hidden)]
pub mod report;

#[doc(hidden)]
pub mod app;
#[doc(hidden)]
pub mod emulator;

pub use app::{Flags, test_main, test_main_with};
pub use contract::{Contract, Requirement, RequirementId};
pub use emulator::{Emulator, Fault, Settings as EmulatorSettings, Variant};
pub use exchange::History;
pub use judge::{Finding, Verdict};
