use super::*;

#[test]
fn names_read_as_they_are_written() {
    for method in DeliveryMethod::ALL {
        assert_eq!(method.name().parse(), Ok(method));
        assert_eq!(serde_json::json!(method), method.name());
    }
    let why = "E-Mial".parse::<DeliveryMethod>().unwrap_err().to_string();
    assert_eq!(
        why,
        "`E-Mial` is no delivery method; did you mean email?; there are sms, email, voice, im, whatsapp"
    );
    let why = "pigeon".parse::<DeliveryMethod>().unwrap_err().to_string();
    assert_eq!(why, "`pigeon` is no delivery method; there are sms, email, voice, im, whatsapp");
}

#[test]
fn a_text_for_sms_is_read_in_another_methods_words() {
    let email = |text| DeliveryMethod::Email.reword(text);
    assert_eq!(email("/v1/auth/otp/update/phone/sms"), "/v1/auth/otp/update/email");
    assert_eq!(email(r#"{ "phone": 1, "email": 2 }"#), r#"{ "email": 1, "phone": 2 }"#);
    assert_eq!(email("docs: OTP / SMS / Verify"), "docs: OTP / Email / Verify");
    assert_eq!(DeliveryMethod::Sms.reword("/signup/sms"), "/signup/sms");
    assert_eq!(DeliveryMethod::Voice.reword("requests/update-phone-sms"), "requests/update-phone-voice");
}

#[test]
fn a_method_without_a_page_weighs_no_more_than_its_clients_do() {
    let weighs = |method: DeliveryMethod, area| method.level(Level::Must, area);
    for (method, schema, prose) in [
        (DeliveryMethod::Sms, Level::Must, Level::Must),
        (DeliveryMethod::Voice, Level::Must, Level::Must),
        (DeliveryMethod::Im, Level::Must, Level::Should),
        (DeliveryMethod::Whatsapp, Level::Should, Level::Should),
    ] {
        assert_eq!(weighs(method, Area::Shape), schema, "{method}");
        assert_eq!(weighs(method, Area::Invalidation), prose, "{method}");
        assert_eq!(method.level(Level::May, Area::Shape), Level::May, "{method}");
    }
}
