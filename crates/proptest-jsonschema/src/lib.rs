#![doc = include_str!("../README.md")]
// The README shows a test as its readers write one.
#![allow(clippy::test_attr_in_doctest)]

mod admit;
mod array;
mod boundary;
mod class;
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
mod json;
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
mod stats;
mod text;
mod types;
mod unsupported;
mod valid;
mod violations;

/// The validator that decides on every value, in the version that [`Generator::validator`] gives out.
pub use jsonschema;

pub use boundary::BoundaryCase;
pub use class::{BoundaryClass, CoveragePoint};
pub use generator::Generator;
pub use invalid::{InvalidCase, InvalidCases, Label};
pub use options::{CustomFormat, Options};
pub use shrink::JsonTree;
pub use stats::Stats;
pub use unsupported::Unsupported;
pub use valid::ValidValues;
