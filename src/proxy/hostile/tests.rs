use super::*;

const CASE: &str =
    "[[case]]\nname = \"A b\"\nabout = \"x\"\nproves = [\"OTP-087\"]\ncalls = [\"signup-in\"]\n";

#[test]
fn a_case_is_named_after_its_file_and_knows_its_line() {
    let contract = Contract::embedded().unwrap();
    let text = format!("# remark\n\n{CASE}at = \"send\"\nanswer = {{ status = 503 }}\n");
    let cases = parse_hostile("suites/hostile/x.toml", &text, &contract).unwrap();
    assert_eq!((cases[0].name.as_str(), cases[0].place.line), ("hostile::x::a-b", 3));
    assert!(cases[0].hits(Some(OperationId::SIGNIN), &contract));
    assert!(!cases[0].hits(Some(OperationId::VERIFY), &contract) && !cases[0].hits(None, &contract));
}

#[test]
fn a_row_is_a_case_for_each_of_its_statuses_and_calls() {
    let contract = Contract::embedded().unwrap();
    let text = CASE.replace("A b", "$status once").replace("[\"signup-in\"]", "[\"$before\", \"$each\"]");
    let text = format!("{text}at = \"$each\"\neach = [\"signup\", \"me\"]\neach-status = [521, 522]\n");
    let cases = parse_hostile("x.toml", &text, &contract).unwrap();
    let shown: Vec<_> = cases.iter().map(|it| (it.short(), it.answer.status, it.calls.join(" "))).collect();
    let expected = [
        ("x::521-once-at-signup", Some(521), "signup"),
        ("x::521-once-at-me", Some(521), "signup-in verify me"),
        ("x::522-once-at-signup", Some(522), "signup"),
        ("x::522-once-at-me", Some(522), "signup-in verify me"),
    ];
    assert_eq!(shown, expected.map(|(name, status, calls)| (name, status, calls.to_owned())));
    assert!(cases[1].hits(Some(OperationId::Me), &contract));
}

#[test]
fn a_case_by_another_method_is_one_of_its_operations() {
    let contract = Contract::embedded().unwrap();
    let case = |at: &str| {
        let text = format!("{CASE}at = \"{at}\"\nanswer = {{ status = 503 }}\n");
        parse_hostile("suites/hostile/x.toml", &text, &contract).unwrap().remove(0)
    };
    let by = |at: &str, method| case(at).by_method(method, &contract);
    let mailed = by("update-phone-sms", DeliveryMethod::Email).unwrap();
    assert_eq!((mailed.name.as_str(), mailed.method), ("hostile::x::email::a-b", DeliveryMethod::Email));
    assert!(mailed.is_named("x::a-b") && mailed.is_named("email") && !mailed.is_named("x::b"));
    assert_eq!(mailed.at, Some(Point::Operation(OperationId::UpdateEmail)));
    assert!(by("send", DeliveryMethod::Voice).is_some() && by("refresh", DeliveryMethod::Voice).is_none());
    assert_eq!(by("refresh", DeliveryMethod::Sms), Some(case("refresh")));
}

#[test]
fn mistakes_are_named() {
    let contract = Contract::embedded().unwrap();
    for (text, words) in [
        (CASE.replace("signup-in", "dance"), "no call \"dance\""),
        (CASE.replace("OTP-087", "OTP-999"), "OTP-999 is no requirement"),
        (CASE.replace("\"signup-in\"", ""), "a case needs calls"),
        (format!("{CASE}at = \"nowhere\"\n"), "`nowhere` is not an operation"),
        (format!("{CASE}answer = {{ status = 503 }}\n"), "`at`"),
        (format!("{CASE}at = \"send\"\nanswer = {{ sauce = 1 }}\n"), "unknown field `sauce`"),
    ] {
        let error = parse_hostile("x.toml", &text, &contract).unwrap_err().to_string();
        assert!(error.contains(words) && error.starts_with("x.toml:"), "{error}");
    }
}
