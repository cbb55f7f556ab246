//! Requirements and operations: complete, sane, and each where it can be found.

use super::*;

#[test]
fn every_requirement_is_there_and_sane() {
    let numbers: Vec<u16> = CONTRACT.requirements().iter().map(|it| it.id.number()).collect();
    assert!(
        numbers.is_sorted_by(|one, next| one < next) && numbers.starts_with(&Vec::from_iter(1..=132)),
        "{numbers:?}"
    );
    assert_eq!(CONTRACT.set_name(), "2026-12");
    for it in CONTRACT.requirements() {
        assert!(
            it.sentence.ends_with('.') && it.sentence.len() < 220,
            "{} is no sentence: {}",
            it.id,
            it.sentence
        );
        let public = ["docs: ", "RFC ", "descope/", "inferred from ", "consequence of ", "live tests of "];
        assert!(
            public.iter().any(|start| it.source.starts_with(start)),
            "{} has no public source: {}",
            it.id,
            it.source
        );
        assert!(it.also.as_ref().is_none_or(|also| also.sentence.ends_with('.')), "{}", it.id);
    }
}

#[test]
fn levels_follow_from_their_sources() {
    for it in CONTRACT.requirements() {
        let documents = ["docs: ", "RFC ", "consequence of "];
        let documented = documents.iter().any(|document| it.source.contains(document));
        assert!(it.level != Level::Must || documented, "{} is a MUST without a document", it.id);
        let inferred = it.source.starts_with("inferred from ");
        assert!(!inferred || it.level < Level::Must, "{} is inferred", it.id);
    }
    let of =
        |level: Level| CONTRACT.requirements().iter().filter(move |it| it.level == level).map(|it| it.id);
    assert_eq!(
        of(Level::May).collect::<Vec<_>>(),
        [
            req::UNDIALABLE_LOGIN_ID_IS_REFUSED,
            req::GENERAL_RATE_LIMIT,
            req::CLIENT_LOGIN_NEEDS_SESSION_TOKEN,
            req::CLIENT_REFUSES_FOREIGN_PROJECT,
            req::UNMAILABLE_LOGIN_ID_IS_REFUSED,
            req::CLIENT_REFUSES_REFRESH_TOKEN_AS_SESSION,
            req::CLIENT_REFUSES_ETERNAL_TOKEN
        ]
    );
    for raised in [
        req::BAD_INPUT_IS_NEVER_5XX,
        req::SEND_RESPONSE_HIDES_CODE,
        req::CODE_IS_BOUND_TO_LOGIN_ID,
        req::ANY_SEND_VOIDS_EARLIER_CODE,
        req::SEND_KEEPS_CODES_OF_OTHERS,
        req::GENERATE_REFUSES_ORDINARY_USERS,
    ] {
        assert!(of(Level::Must).any(|id| id == raised), "{raised}");
    }
}

#[test]
fn what_depends_on_settings_and_what_clients_owe_is_marked() {
    let ids = |keep: fn(&otp_conformance::contract::Requirement) -> bool| -> Vec<RequirementId> {
        CONTRACT.requirements().iter().filter(|it| keep(it)).map(|it| it.id).collect()
    };
    assert_eq!(
        ids(|it| it.depends == Some(Depends::ProjectSettings)),
        [
            req::CODE_EXPIRES,
            req::WRONG_GUESSES_ARE_LIMITED,
            req::MESSAGES_PER_RECIPIENT_ARE_CAPPED,
            req::TEST_USERS_ARE_CAPPED_BY_PLAN,
            req::STATIC_TEST_CODE_SCOPE
        ]
    );
    assert_eq!(
        ids(|it| it.side == Side::Client),
        [
            req::CLIENT_SENDS_CODE_AS_STRING,
            req::CLIENT_STEPUP_NEEDS_REFRESH_JWT,
            req::CLIENT_CHECKS_SIGNATURE,
            req::CLIENT_SHOWS_ERROR_CODE,
            req::CLIENT_RETRIES_ARE_LIMITED,
            req::CLIENT_REPORTS_RATE_LIMIT
        ]
        .into_iter()
        .chain((119..=132).chain(251..=255).map(RequirementId::new))
        .collect::<Vec<_>>()
    );
    assert_eq!(
        ids(|it| it.area == Area::Consequences),
        (101..=118).chain([179, 181, 184, 185]).map(RequirementId::new).collect::<Vec<_>>()
    );
}

#[test]
fn a_requirement_knows_its_line() {
    let text = std::fs::read_to_string("schema/requirements.toml").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for it in CONTRACT.requirements() {
        assert_eq!(
            lines[it.line as usize],
            format!("id = \"{}\"", it.id),
            "the id follows the header at line {}",
            it.line
        );
    }
    assert_eq!(CONTRACT.requirement(req::SECOND_SEND_VOIDS_FIRST_CODE).unwrap().id.to_string(), "OTP-054");
    assert!(CONTRACT.requirement(RequirementId::new(999)).is_none());
}

#[test]
fn every_operation_is_described_by_files_that_exist() {
    let names: BTreeSet<&str> = CONTRACT.schemas().names().collect();
    for (operation, id) in CONTRACT.operations().iter().zip(OperationId::ALL) {
        assert_eq!(operation.id, *id);
        assert_eq!(CONTRACT.operation(*id), operation);
        assert!(["GET", "POST", "DELETE"].contains(&operation.method.as_str()), "{id}");
        assert_eq!(operation.response, format!("responses/{id}"));
        assert_eq!(operation.request.is_some(), operation.must_accept.is_some(), "{id}");
        let all = [&operation.request, &operation.must_accept, &operation.response_should];
        for name in all.into_iter().flatten().chain([&operation.response]) {
            assert!(names.contains(name.as_str()), "{id}: {name}");
        }
    }
    let written = CONTRACT
        .operations()
        .iter()
        .filter(|it| it.id.template() == it.id || it.id.method() == Some(DeliveryMethod::Email));
    let issuing: Vec<_> = written.filter(|it| it.issues_code).map(|it| it.id.as_str()).collect();
    assert_eq!(
        issuing,
        [
            "signup-in-sms",
            "signup-sms",
            "signin-sms",
            "update-phone-sms",
            "signup-in-email",
            "signup-email",
            "signin-email",
            "update-email"
        ]
    );
    assert_eq!(CONTRACT.operation(OperationId::LoadUser).query, ["loginId", "userId"]);
    assert!(CONTRACT.operation(OperationId::VerifySms).body_required);
    assert!(!CONTRACT.operation(OperationId::Refresh).body_required);
}

#[test]
fn every_message_schema_belongs_to_an_operation() {
    let mut used = BTreeSet::new();
    for it in CONTRACT.operations() {
        used.extend(
            [&it.request, &it.must_accept, &it.response_should].into_iter().flatten().map(String::as_str),
        );
        used.insert(&it.response);
    }
    let messages = CONTRACT.schemas().names().filter(|it| it.contains('/'));
    assert_eq!(messages.filter(|it| !used.contains(it)).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_request_line_finds_its_operation() {
    let found = |method: &str, path: &str| CONTRACT.find(method, path).map(|(it, _)| it.id);
    for it in CONTRACT.operations() {
        assert_eq!(found(&it.method, &it.path.replace("{projectId}", "P2abc")), Some(it.id));
    }
    assert_eq!(found("post", "/v1/auth/otp/signup-in/sms?x=1"), Some(OperationId::SignupInSms));
    assert_eq!(found("GET", "/v1/mgmt/user?loginId=a&userId="), Some(OperationId::LoadUser));
    for (method, path) in [
        ("GET", "/v1/auth/otp/signup-in/sms"),
        ("POST", "/v1/auth/otp/signup-in/sms/"),
        ("POST", "/v1/auth/otp/signup-in"),
        ("GET", "/v2/keys/"),
        ("GET", "/v2/keys/a/b"),
        ("POST", "v1/auth/refresh"),
        ("GET", ""),
    ] {
        assert_eq!(found(method, path), None, "{method} {path}");
    }
    let (keys, parameters) = CONTRACT.find("GET", "/v2/keys/P2abc").unwrap();
    assert_eq!((keys.bearer, parameters), (BearerForm::None, vec![("projectId", "P2abc")]));
}

#[test]
fn an_operation_knows_its_line() {
    let text = std::fs::read_to_string("schema/openapi.json").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for it in CONTRACT.operations() {
        let here = lines[it.line as usize - 1].trim();
        assert_eq!(here, format!("\"{}\": {{", it.method.to_lowercase()));
        assert!(lines[it.line as usize].contains(&format!("\"{}\"", it.id.template())), "{}", it.id);
    }
}
