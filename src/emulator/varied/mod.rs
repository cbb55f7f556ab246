//! The same server in other words: answers, errors and bytes as variants have them.

mod answers;
mod errors;
mod methods;
mod numbers;
mod requests;
mod wire;
