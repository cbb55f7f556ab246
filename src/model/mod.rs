//! What a right server may believe, and whether it may say what it said.
