//! The contract as loaded data: operations, requirements, schemas, and cases of them.
