//! Where a published OpenAPI document and ours differ, operation by operation.
//!
//! Both documents are reduced to an [`Outline`]: operations, statuses, members with their types. Two outlines are
//! compared, and every difference is one line that stays the same as long as the documents do, so that a file can list
//! the differences that are known.

mod accepted;
mod difference;
mod document;
mod outline;

pub use accepted::{Accepted, Entry};
pub use difference::{ContractDifference, differences};
pub use document::Document;
pub use outline::{Outline, OutlineError};
