//! JSON Schema in, proptest strategy out. Knows nothing of one-time codes.
