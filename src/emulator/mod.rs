//! A server of the API that uses nothing else of this crate.
