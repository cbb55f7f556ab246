use std::collections::BTreeSet;

use super::*;
use crate::contract::OperationId;
use crate::suite::{self, StepAction};

fn scripts(theme: Theme) -> impl Iterator<Item = crate::suite::Scenario> {
    scripts_by(DeliveryMethod::Sms, theme)
}

fn scripts_by(method: DeliveryMethod, theme: Theme) -> impl Iterator<Item = crate::suite::Scenario> {
    let sequence = Sequence { theme, method, beside: None, count: 1 };
    (0..200).map(move |seed| script::write(sequence, &sequence.draw(seed)))
}

#[test]
fn a_sequence_is_a_function_of_its_seed_and_long_enough() {
    let contract = crate::contract::Contract::embedded().unwrap();
    for (theme, ..) in Theme::ALL {
        let sequence = Sequence { theme, method: DeliveryMethod::Sms, beside: None, count: 1 };
        assert_eq!(sequence.draw(7), sequence.draw(7));
        assert_ne!(sequence.draw(7), sequence.draw(8));
        for scenario in scripts(theme) {
            assert!((LENGTH.0..=LENGTH.1).contains(&scenario.steps.len()));
            let issues = |call: &&crate::suite::Call| contract.operation(call.operation).issues_code;
            let sends = scenario.calls().filter(issues).count();
            assert!(sends <= SENDS, "{sends} sends");
        }
    }
}

#[test]
fn a_sequence_by_another_method_is_written_in_its_words() {
    for method in DeliveryMethod::ALL {
        for scenario in Theme::ALL.into_iter().flat_map(|(theme, ..)| scripts_by(method, theme)) {
            assert!(scenario.methods().all(|other| other == method), "{}", suite::write(&scenario));
            assert!(scenario.calls().any(|call| call.operation.method().is_some()));
            if method.is_mail() {
                let text = suite::write(&scenario);
                assert!(
                    !text.contains("sms") && !text.contains("phone") && !text.contains("dashes"),
                    "{text}"
                );
            }
        }
    }
    let all = Sequence::all(true, &[DeliveryMethod::Email]);
    let mut names = all.iter().map(|it| (it.name(), it.count));
    assert_eq!(names.next_back(), Some(("sequence::email::managed-users".into(), 3)));
}

#[test]
fn a_sequence_of_two_methods_asks_each_and_gives_codes_back_to_the_other() {
    use DeliveryMethod as M;
    for (method, beside, signs) in [
        (M::Email, M::Sms, ["verify-sms\", with = { loginId = \"$ada\", code = \"$eve.code", "to = \"eve\""]),
        (M::Voice, M::Email, ["verify-email\", with = { loginId = \"$ada\", code = \"$ada.code", "by-mail"]),
        (M::Voice, M::Sms, ["verify-sms\", with = { loginId = \"$ada\", code = \"$ada.code", "signin-voice"]),
    ] {
        let sequence = Sequence { theme: Theme::SeveralMethods, method, beside: Some(beside), count: 1 };
        let mut text = String::new();
        for seed in 0..200 {
            let scenario = script::write(sequence, &sequence.draw(seed));
            let met: BTreeSet<_> = scenario.methods().collect();
            assert_eq!(met, BTreeSet::from([method, beside]));
            let written = suite::write(&scenario);
            let again = suite::parse_suite("drawn.toml", &written).unwrap();
            assert_eq!(suite::write(&again.scenarios[0]), written);
            text.push_str(&written);
        }
        for sign in signs {
            assert!(text.contains(sign), "{} never has {sign}", sequence.name());
        }
    }
    let names = |methods: &[M]| -> Vec<String> {
        let several = |sequence: &Sequence| sequence.beside.is_some();
        Sequence::all(true, methods).into_iter().filter(several).map(Sequence::name).collect()
    };
    assert_eq!(names(&[M::Sms, M::Email]), ["sequence::email::beside-sms"]);
    assert_eq!(names(&M::ALL).len(), 10);
    assert!(names(&[M::Email]).is_empty());
}

#[test]
fn what_is_drawn_can_be_written_down_and_read_again() {
    for (theme, ..) in Theme::ALL {
        for scenario in scripts(theme).chain(scripts_by(DeliveryMethod::Email, theme)) {
            let text = suite::write(&scenario);
            let again =
                suite::parse_suite("drawn.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(suite::write(&again.scenarios[0]), text);
        }
    }
}

#[test]
fn every_operation_of_users_is_drawn_sooner_or_later() {
    let drawn: BTreeSet<String> = Theme::ALL
        .into_iter()
        .flat_map(|(theme, ..)| scripts(theme))
        .flat_map(|scenario| scenario.calls().map(|call| call.operation.to_string()).collect::<Vec<_>>())
        .collect();
    let all: BTreeSet<String> = OperationId::ALL.iter().map(ToString::to_string).collect();
    let written = |word: &&String| word.parse::<OperationId>().is_ok_and(|id| id.template() == id);
    let missing: Vec<_> = all.difference(&drawn).filter(written).collect();
    // Lists of users and what concerns the whole project.
    let left =
        ["delete-all-test-users", "keys-v1", "license", "load-users", "search-test-users", "search-users"];
    assert_eq!(missing, left);
}

#[test]
fn old_foreign_and_wrong_codes_and_waits_are_all_tried() {
    let mut text = String::new();
    for (theme, ..) in Theme::ALL {
        scripts(theme).for_each(|scenario| text.push_str(&suite::write(&scenario)));
    }
    for sign in [
        r#"loginId = "$ada", code = "$ada.code.1""#,
        r#"loginId = "$ada", code = "$bob.code."#,
        "$wrong",
        "|prefix",
        "wait = \"code-ttl\"",
        "$ada|dashes",
        "revokeOtherSessions",
        "generated.1",
    ] {
        assert!(text.contains(sign), "never drawn: {sign}");
    }
    let waits =
        scripts(Theme::PassingTime).flat_map(|s| s.steps).filter(|s| matches!(s.action, StepAction::Wait(_)));
    assert!(waits.count() > 200);
}
