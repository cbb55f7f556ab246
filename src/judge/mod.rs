//! Reads a history and says conforms, violates or inconclusive.
