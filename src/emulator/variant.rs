//! Legitimate ways to be different: a harness must acquit a server with any of them on.

use super::switch::switches;

switches! {
    /// A way in which a right server may differ from this one.
    Variant is a "variant" {
        TitleCaseHeaders "title-case-headers" []
            "Header names are written Content-Type, not content-type: names have no case (RFC 9110, 5.1).";
    }
}
