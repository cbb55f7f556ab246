//! The requirements by name: a constant each, such as [`CODE_IS_SINGLE_USE`] for OTP-046.
//!
//! They are written by `build.rs` from the `slug`, `id` and `sentence` of each row of `schema/requirements.toml`, so that
//! the row is the one place where a requirement is named.

use super::RequirementId;

include!(concat!(env!("OUT_DIR"), "/req.rs"));

#[cfg(test)]
mod tests {
    use crate::contract::{Contract, req};

    #[test]
    fn constants_have_the_numbers_of_their_rows() {
        let contract = Contract::embedded().unwrap();
        let slug = |id| contract.requirement(id).map(|requirement| requirement.slug.as_str());
        assert_eq!(slug(req::SIGNUP_IN_ACCEPTS_PHONE), Some("signup-in-accepts-phone"));
        assert_eq!(slug(req::CODE_IS_SINGLE_USE), Some("code-is-single-use"));
        let code = include_str!(concat!(env!("OUT_DIR"), "/req.rs"));
        for requirement in contract.requirements() {
            let name = requirement.slug.to_uppercase().replace('-', "_");
            let number = requirement.id.number();
            let line = format!("pub const {name}: RequirementId = RequirementId::new({number});");
            assert!(code.lines().any(|other| other == line), "build.rs wrote no `{line}`");
        }
        assert_eq!(code.matches("pub const").count(), contract.requirements().len());
    }
}
