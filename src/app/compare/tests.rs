use super::*;
use crate::app::evidence::testing;
use crate::judge::Policy;
use crate::trial::{Outcome, TrialReport};

fn run(trial: &str, answer: &str) -> RunReport {
    let policy = Policy { question: "a question".into(), answer: answer.into() };
    let trial =
        TrialReport { observed: vec![policy], ..TrialReport::blank(trial, Vec::new(), Outcome::Pass) };
    RunReport { trials: vec![trial], ..testing::run() }
}

fn differs(trial: &str, before: &str, now: &str) -> bool {
    !observed(&run(trial, before), &run(trial, now)).is_empty()
}

#[test]
fn how_a_body_is_read_does_not_depend_on_other_trials() {
    let malformed = "property::verify-sms::malformed";
    assert!(!differs(malformed, "refused 401 E061102", "refused 401 E061103"));
    assert!(!differs(malformed, "accepted", "refused 400 E111111"));
    assert!(!differs(malformed, "accepted", "refused 429 E130429"));
    assert!(differs(malformed, "accepted", "refused 400 E011001"));
    assert!(differs(malformed, "refused 415", "refused 401 E061102"));
    let found = observed(&run(malformed, "accepted"), &run(malformed, "refused 400 E011001"));
    assert_eq!(found[0].b, "refused 400 E011001");
}

#[test]
fn the_code_of_a_drawn_body_is_chance() {
    let drawn = "property::signup-sms::invalid";
    assert!(!differs(drawn, "refused 400 E011003", "refused 400 E011002"));
    assert!(differs(drawn, "accepted", "refused 400 E011002"));
}

#[test]
fn what_an_author_asks_is_compared_as_it_was_answered() {
    let scenario = "scenario::verification::a-spent-code-stays-spent";
    assert!(differs(scenario, "refused 401 E061102", "refused 401 E061103"));
    assert!(!differs(scenario, "accepted", "refused 429 E130429"));
}
