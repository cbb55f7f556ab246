use super::*;

#[test]
fn names_read_as_they_are_written() {
    for id in OperationId::ALL {
        assert_eq!(id.as_str().parse(), Ok(*id));
        assert_eq!(serde_json::json!(id), id.as_str());
    }
    for id in OperationId::ALL.iter().filter(|id| id.method().is_some()) {
        for method in DeliveryMethod::ALL {
            assert_eq!((id.by(method).template(), id.by(method).method()), (id.template(), Some(method)));
        }
    }
    assert_eq!(OperationId::Me.by(DeliveryMethod::Email), OperationId::Me);
    let error = "sign-up".parse::<OperationId>().unwrap_err().to_string();
    assert!(error.contains("`sign-up`") && error.contains("signup-sms"), "{error}");
}
