//! Scenarios as data: the suite format, its loader and its errors with file and line.
