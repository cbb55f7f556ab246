//! No answer gives away a code.

use super::{Check, Judgement, answered, finding};
use crate::contract::{Contract, OperationId};
use crate::exchange::{Disguise, Fact, History};

/// Secrets in answers.
pub(super) struct Leak;

impl Check for Leak {
    fn name(&self) -> &'static str {
        "leak"
    }

    fn about(&self) -> &'static str {
        "no answer but that of generate-otp shows a code, plain or in disguise"
    }

    fn covers(&self) -> &'static [u16] {
        &[24, 28, 105]
    }

    fn judge(&self, contract: &Contract, history: &History) -> Judgement {
        let mut judgement = Judgement::default();
        for (exchange, response) in answered(history) {
            for fact in &exchange.facts {
                match fact {
                    Fact::Shown { secret, place, disguise } => {
                        // An answer may repeat what was asked; it may not tell it to somebody who did not know it.
                        let asked = exchange.request.body.str_at("/code").is_some_and(|code| code == secret);
                        let told = exchange.operation == Some(OperationId::GenerateOtp);
                        if asked || told || counts_anyway(place) {
                            continue;
                        }
                        let initiation =
                            exchange.operation.is_some_and(|id| contract.operation(id).issues_code);
                        let number = if initiation && place == "body" { 28 } else { 105 };
                        let seen = format!("{secret} in the {place}{}", dressed(*disguise));
                        let expected = "no code in the answer";
                        judgement.findings.push(finding(
                            contract,
                            self.name(),
                            number,
                            expected,
                            seen,
                            &[exchange.id],
                        ));
                    }
                    Fact::Mask { full, filler, .. } if response.is_success() && (*full || !*filler) => {
                        let seen = if *full { "all digits of the number" } else { "no filler character" };
                        let expected = "a masked number";
                        judgement.findings.push(finding(
                            contract,
                            self.name(),
                            24,
                            expected,
                            seen,
                            &[exchange.id],
                        ));
                    }
                    _ => {}
                }
            }
        }
        judgement
    }
}

/// Whether a place holds lengths and moments, in which the digits of a short code turn up by chance: a year is a code of
/// four digits once in ten thousand.
fn counts_anyway(place: &str) -> bool {
    let counting = ["content-length", "date", "expires", "last-modified", "retry-after", "age"];
    place.strip_prefix("header ").is_some_and(|name| counting.contains(&name))
}

fn dressed(disguise: Disguise) -> &'static str {
    match disguise {
        Disguise::Plain => "",
        Disguise::Reversed => ", written backwards",
        Disguise::Base64 => ", in base64",
        Disguise::Number => ", as a number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_a_year_was_not_given_away_by_the_date() {
        assert!(counts_anyway("header date") && counts_anyway("header content-length"));
        assert!(
            !counts_anyway("header x-code") && !counts_anyway("body") && !counts_anyway("header set-cookie")
        );
    }
}
