//! A folder can take the place of the embedded files, and one template serves every method.

use super::*;

#[test]
fn a_folder_can_take_the_place_of_the_embedded_files() {
    let contract = Contract::from_dir(Path::new("schema")).unwrap();
    assert_eq!(contract.operations(), CONTRACT.operations());
    assert_eq!(contract.requirements(), CONTRACT.requirements());
}

#[test]
fn a_broken_folder_is_an_error_with_file_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let error = Contract::from_dir(&folder.path().join("none")).unwrap_err();
    assert!(error.file.ends_with("none") && error.to_string().contains("name a readable folder"), "{error}");
    copy(Path::new("schema"), folder.path());
    assert!(Contract::from_dir(folder.path()).is_ok());
    for (file, from, to, part) in [
        ("user.json", "\"loginIds\"", "loginIds", "key must be a string"),
        ("user.json", "\"items\"", "\"itmes\"", "`itmes` is no keyword"),
        ("responses/me.json", "OTP-082", "OTP-820", "is no requirement"),
        ("requirements.toml", "level = \"MUST\"", "level = \"MUSS\"", "MUSS"),
    ] {
        let path = folder.path().join(file);
        let right = std::fs::read_to_string(&path).unwrap();
        let line = right[..right.find(from).unwrap()].split('\n').count() as u32;
        std::fs::write(&path, right.replacen(from, to, 1)).unwrap();
        let error = Contract::from_dir(folder.path()).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), (file, Some(line)), "{error}");
        assert!(error.problem.contains(part), "{error}");
        std::fs::write(&path, right).unwrap();
    }
    for (schema, part) in [
        ("{ \"type\": \"strin\" }", "strin"),
        ("{ \"format\": \"fone-number\" }", "fone-number"),
        ("{ \"pattern\": \"(\" }", "regex"),
    ] {
        std::fs::write(folder.path().join("user.json"), schema).unwrap();
        let error = Contract::from_dir(folder.path()).unwrap_err();
        assert!(error.problem.contains(part), "{error}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn what_is_written_for_sms_is_read_for_e_mail_in_its_own_words() {
    let valid = |name: &str, body: Value| CONTRACT.schemas().is_valid(name, &body);
    for name in ["requests/signup-in-email.must-accept", "requests/signin-email.must-accept"] {
        assert!(valid(name, json!({ "loginId": "ada@example.com" })), "{name}");
        assert!(!valid(name, json!({ "loginId": "+12025550142" })), "{name}");
    }
    let update = "requests/update-email.must-accept";
    assert!(valid(update, json!({ "loginId": "ada@example.com", "email": "ada@example.org" })));
    assert!(!valid(update, json!({ "loginId": "ada@example.com", "phone": "+12025550142" })));
    let found = CONTRACT.schemas().validate("responses/signup-in-email", &json!({ "maskedEmail": 7 }));
    let own = |id: Option<RequirementId>| CONTRACT.own(DeliveryMethod::Email, id.unwrap());
    assert_eq!(own(found[0].requirement), req::MASKED_EMAIL_IS_STRING);
    assert_eq!(found[0].schema_location.file, "initiation.json");
    let missing =
        CONTRACT.schemas().validate("responses/signin-email.should", &json!({ "maskedPhone": "+1*2" }));
    assert_eq!(own(missing[0].requirement), req::SEND_RETURNS_MASKED_EMAIL);
    assert_eq!(CONTRACT.find("POST", "/v1/auth/otp/update/email").unwrap().0.id, OperationId::UpdateEmail);
}
