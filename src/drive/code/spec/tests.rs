use super::super::testing::client;
use super::*;

#[test]
fn reads_what_it_writes() {
    for (text, canonical) in [
        ("emulator", "emulator"),
        (" test-user ", "test-user"),
        ("sms-gateway", "sms-gateway=127.0.0.1:4680"),
        ("sms-gateway=0.0.0.0:80", "sms-gateway=0.0.0.0:80"),
        ("sms-gateway=:8080", "sms-gateway=127.0.0.1:8080"),
        ("sms-gateway=8080", "sms-gateway=127.0.0.1:8080"),
        ("sms-gateway=localhost:8080", "sms-gateway=127.0.0.1:8080"),
        ("sms-gateway=[::1]:8080", "sms-gateway=[::1]:8080"),
        ("smtp", "smtp=127.0.0.1:4625"),
        ("email-gateway=:8081", "email-gateway=127.0.0.1:8081"),
        ("sms-gateway=1 + smtp=2", "sms-gateway=127.0.0.1:1 + smtp=127.0.0.1:2"),
        ("http:{target}/emulator/otp/{loginId}#/code", "http:{target}/emulator/otp/{loginId}#/code"),
        ("http:http://127.0.0.1/{phone}#/code", "http:http://127.0.0.1/{phone}#/code"),
        ("https://127.0.0.1/{phone}#/code", "http:https://127.0.0.1/{phone}#/code"),
        ("command: echo 1 | cat", "command:echo 1 | cat"),
        ("none", "none"),
    ] {
        let spec: CodeSpec = text.parse().unwrap();
        assert_eq!(spec.to_string(), canonical);
        assert_eq!(canonical.parse(), Ok(spec));
    }
}

#[test]
fn says_what_is_wrong() {
    for (text, hint) in [
        ("", "known are emulator, test-user"),
        ("Emulator", "known are emulator"),
        ("sms-gateway=", "write 127.0.0.1:4680 or a port"),
        ("sms-gateway=example", "`example` is no address to listen on"),
        ("sms-gateway:8080", "sms-gateway[=ADDRESS:PORT]"),
        ("http:{target}/code", "end it with `#/code`"),
        ("http:ftp://x#/code", "is no URL"),
        ("command:", "a command line must follow"),
    ] {
        let error = text.parse::<CodeSpec>().unwrap_err().to_string();
        assert!(error.starts_with(&format!("code source `{text}`: ")) && error.contains(hint), "{error}");
    }
}

#[tokio::test]
async fn opens_the_source_it_names() {
    for (text, capture, shows_text) in [
        ("emulator", Capture::EachMessage, true),
        ("test-user", Capture::Generated, false),
        ("sms-gateway=0", Capture::EachMessage, true),
        ("email-gateway=0", Capture::EachMessage, true),
        ("smtp=0", Capture::EachMessage, true),
        ("sms-gateway=0 + smtp=0", Capture::EachMessage, true),
        ("http:{target}#/code", Capture::LatestOnly, false),
        ("command:true", Capture::LatestOnly, false),
        ("none", Capture::Nothing, false),
    ] {
        let spec: CodeSpec = text.parse().unwrap();
        let source =
            spec.open(&client(), "http://127.0.0.1:1", &Access::default(), &Arc::default()).await.unwrap();
        assert_eq!((source.capture(), source.shows_text()), (capture, shows_text), "{text}");
    }
}
