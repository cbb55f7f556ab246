//! JSON Schema in, proptest strategy out.
//!
//! A schema is taken apart into *goals* (what a value has to be), each goal into *alternatives* of plain
//! *facts*, and these are compiled once into a *plan* from which values are drawn; breaking a keyword is a
//! goal like any other. The validator decides again on every value, so the two engines have to agree.

mod admit;
mod array;
mod boundary;
mod compile;
mod compile_array;
mod compile_names;
mod compile_object;
mod demand;
mod disjoint;
mod edge;
mod expand;
mod facts;
mod fault;
mod format;
mod generator;
mod invalid;
mod keywords;
mod location;
mod mutation;
mod number;
mod object;
mod operator;
mod options;
mod pattern;
mod plan;
mod random;
mod schemas;
mod shrink;
mod text;
mod types;
mod valid;
mod violations;

pub use boundary::{Boundary, Class, Pair};
pub use generator::Generator;
pub use invalid::{Label, Mutated};
pub use options::{CustomFormat, Options, Stats, Unsupported};

#[cfg(test)]
mod tests;
