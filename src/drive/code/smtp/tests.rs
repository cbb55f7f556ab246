//! Mailers on loopback, honest and not.

use tokio::io::AsyncBufReadExt as _;

use super::*;
use crate::drive::code::CodeSource;

const ADA: &str = "ada@run.example.com";
const LONG: Duration = Duration::from_secs(600);

async fn listener(access: Access) -> Listener {
    Listener::smtp(SocketAddr::from(([127, 0, 0, 1], 0)), access).await.unwrap()
}

/// Sends lines all at once, as a client that pipelines does, and reads the status of each answer.
async fn dialogue(at: &Listener, lines: &str) -> Vec<String> {
    let mut stream = TcpStream::connect(at.address()).await.unwrap();
    let (read, mut write) = stream.split();
    let reader = async {
        let mut lines = BufReader::new(read).lines();
        let mut seen = Vec::new();
        while let Ok(Some(line)) = lines.next_line().await {
            if line.as_bytes().get(3) == Some(&b' ') {
                seen.push(line[..3].to_owned());
            }
        }
        seen
    };
    let writer = async {
        // A listener that has heard enough may hang up.
        let _ = write.write_all(lines.replace('\n', "\r\n").as_bytes()).await;
        let _ = write.shutdown().await;
    };
    tokio::join!(reader, writer).0
}

fn mail(to: &str, data: &str) -> String {
    format!("EHLO me\nMAIL FROM:<otp@example.com>\nRCPT TO:<{to}>\nDATA\n{data}\n.\nQUIT\n")
}

#[tokio::test]
async fn a_mail_is_kept_for_its_recipient_and_its_code_is_read() {
    let listener = listener(Access::default()).await;
    let sent =
        mail("Ada@run.example.com", "Subject: Sign in\nContent-Type: text/plain\n\n..Your code is 012345");
    let (found, seen) = tokio::join!(listener.messages(ADA, "ada", 0, LONG), dialogue(&listener, &sent));
    assert_eq!(seen, ["220", "250", "250", "250", "354", "250", "221"]);
    let message = &found.unwrap()[0];
    assert_eq!((message.to.as_str(), message.code.as_str()), ("Ada@run.example.com", "012345"));
    assert!(message.text.as_ref().unwrap().contains(".Your code is 012345"), "{message:?}");
    assert_eq!(listener.messages("eve@run.example.com", "eve", 0, Duration::ZERO).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_mail_that_goes_to_others_too_says_to_how_many() {
    for (headers, second, others) in [
        ("To: ada@run.example.com", "", 0),
        ("To: Ada <ADA@run.example.com>", "", 0),
        ("To: ada@run.example.com\nCc: eve@run.example.com", "", 1),
        ("To: ada@run.example.com, eve@run.example.com", "", 1),
        ("To: ada@run.example.com", "RCPT TO:<eve@run.example.com>\n", 1),
    ] {
        let listener = listener(Access::default()).await;
        let data = format!("{headers}\nSubject: s\nContent-Type: text/plain\n\n012345");
        dialogue(&listener, &mail(ADA, &data).replace("DATA\n", &format!("{second}DATA\n"))).await;
        let found = listener.messages(ADA, "ada", 0, Duration::ZERO).await.unwrap();
        assert_eq!(found[0].others, others, "{headers} {second}");
    }
}

#[tokio::test]
async fn mailers_give_the_name_and_password_that_were_agreed() {
    let credentials = Credentials::Basic { username: "ada".into(), password: "s3cret".into() };
    let listener = listener(Access { credentials, hmac_secret: None }).await;
    let plain = |password: &str| {
        use base64::Engine as _;
        base64::prelude::BASE64_STANDARD.encode(format!("\0ada\0{password}"))
    };
    let body = mail(ADA, "Subject: s\n\n123456").replace("EHLO me\n", "");
    let right = format!("EHLO me\nAUTH PLAIN {}\n{body}", plain("s3cret"));
    assert_eq!(dialogue(&listener, &right).await[2..4], ["235", "250"]);
    let wrong = format!("EHLO me\nAUTH PLAIN {}\nMAIL FROM:<a@example.com>\nQUIT\n", plain("secret"));
    assert_eq!(dialogue(&listener, &wrong).await[2..4], ["535", "503"]);
    let login = "EHLO me\nAUTH LOGIN\nYWRh\nczNjcmV0\nMAIL FROM:<>\nQUIT\n";
    assert_eq!(dialogue(&listener, login).await[2..], ["334", "334", "235", "250", "221"]);
}

#[tokio::test]
async fn bad_mail_is_named_bounded_and_no_guess() {
    let huge = format!("Subject: s\n\n{}", "x".repeat(50 << 20));
    for (data, status, why) in [
        ("Subject: s\nContent-Type: text/plain\n\n111111 or 222222", "554", "2 texts that may be the code"),
        ("no header", "554", "it is no mail"),
        (huge.as_str(), "552", "more than"),
    ] {
        let listener = listener(Access::default()).await;
        let seen = dialogue(&listener, &mail(ADA, data)).await;
        assert_eq!(seen[5], status, "{seen:?}");
        let error = listener.messages(ADA, "ada", 0, Duration::ZERO).await.unwrap_err().to_string();
        assert!(error.contains("mail listener turned a message away") && error.contains(why), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_mailer_ends_and_harms_no_other() {
    let listener = listener(Access::default()).await;
    let seen = dialogue(&listener, "GET / HTTP/1.1\nHost: x\n\nQUIT\n").await;
    assert_eq!(seen, ["220", "500", "500", "500", "221"]);
    let endless = "x".repeat(200_000);
    assert!(dialogue(&listener, &endless).await.iter().skip(1).all(|status| status == "500"));
    let sent = mail(ADA, "Subject: 123456\n\nx");
    assert_eq!(dialogue(&listener, &sent).await.last().unwrap(), "221");
}
