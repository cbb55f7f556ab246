//! Sends cases to a target and writes down what happened.

pub mod guard;
pub mod numbers;
