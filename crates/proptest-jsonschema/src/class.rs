//! On which side of a keyword a case lies, and the points of the two that coverage counts.

/// Where a case lies with respect to its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoundaryClass {
    /// Allowed, next to the bound or one of the allowed choices.
    Inside,
    /// Allowed, exactly on the bound.
    At,
    /// Not allowed, next to the bound.
    Outside,
    /// A value that is often mishandled, whatever the schema says of it.
    Edge,
}

impl BoundaryClass {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            BoundaryClass::Inside => "inside",
            BoundaryClass::At => "at",
            BoundaryClass::Outside => "outside",
            BoundaryClass::Edge => "edge",
        }
    }
}

/// A keyword together with a class, as coverage counts them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoveragePoint {
    /// JSON pointer of the subschema.
    pub schema: String,
    /// The keyword.
    pub keyword: String,
    /// The class.
    pub class: BoundaryClass,
}
