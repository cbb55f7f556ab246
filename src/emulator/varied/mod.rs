//! The same server in other words: answers, errors and bytes as variants have them.

mod answers;
mod errors;
mod requests;
mod wire;
