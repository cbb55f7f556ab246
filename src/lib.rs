//! Contract and conformance tests for Descope's `POST /v1/auth/otp/signup-in/sms`.

pub mod app;
pub mod contract;
pub mod drive;
pub mod emulator;
pub mod exchange;
pub mod judge;
pub mod malformed;
pub mod model;
pub mod proxy;
pub mod report;
pub mod suite;
pub mod trial;
