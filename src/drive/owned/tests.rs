use super::*;
use serde_json::json;

#[test]
fn every_reading_of_a_body_names_its_users() {
    for (body, due) in [
        (r#"{"loginId":"a","loginId":"b"}"#, vec!["a", "b"]),
        (r#"{"user":{"phone":"a"}} {"loginId":"b"}"#, vec!["a", "b"]),
        ("loginId=a&phone=b", vec!["a", "b"]),
        (r#"{"loginId":"a"#, vec!["a"]),
        ("{'loginId': 'a'}", vec!["a"]),
        ("not json", vec![]),
    ] {
        assert_eq!(addressed(body.as_bytes()), due, "{body}");
    }
}

#[test]
fn a_sign_up_without_a_login_id_is_named_by_its_number() {
    let Some(Making::ByMessage(members)) = making(Some(OperationId::SIGNUP)) else {
        panic!("a sign-up makes users")
    };
    for (body, due) in [
        (json!({ "loginId": "a", "phone": "b" }), Some("a")),
        (json!({ "loginId": "", "phone": "b" }), Some("b")),
        (json!({ "loginId": null, "user": { "phone": "c" } }), Some("c")),
        (json!({ "phone": 1 }), None),
    ] {
        assert_eq!(first_text(&body, members), due, "{body}");
    }
}
