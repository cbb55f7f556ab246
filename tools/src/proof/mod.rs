//! What the harness convicts and what it acquits: measured, written down, and kept from getting worse.
//!
//! A fault meets a run (`measure`), what was said of it is a row of the matrix (`data`); from the matrix follow the
//! planning order (`order`), what a budget of requests convicts (`curve`) and the pages (`page`, `weak`). The `ratchet` holds
//! the best figures there ever were. Everything after `measure` is a function of the committed data.

pub(crate) mod curve;
pub(crate) mod data;
mod documents;
pub(crate) mod measure;
pub(crate) mod names;
pub(crate) mod order;
mod page;
pub(crate) mod ratchet;
mod survivors;
mod weak;

pub(crate) use documents::Documents;
pub(crate) use names::held_back;
pub(crate) use survivors::Survivors;
