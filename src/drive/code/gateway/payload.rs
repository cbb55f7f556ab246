//! What a connector posts: documented for text messages, and nowhere for mails, which are read by what they hold.

use serde::Deserialize;
use serde_json::Value;

use super::super::mail::{CodeInText, code_in};

/// A message as it was posted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Posted {
    pub(super) to: String,
    pub(super) text: String,
    pub(super) code: String,
}

/// What the SMS connector posts (docs: Generic SMS Gateway).
#[derive(Deserialize)]
struct TextMessage {
    recipient: String,
    #[serde(default)]
    body: String,
    token: String,
}

/// Reads what the SMS connector posts.
///
/// # Errors
/// To whom it is, as far as that can be read, and what is wrong.
pub(super) fn text_message(body: &[u8]) -> Result<Posted, (String, String)> {
    let read = serde_json::from_slice::<TextMessage>(body)
        .map_err(|error| (String::new(), format!("its payload cannot be read: {error}")))?;
    let TextMessage { recipient: to, body: text, token: code } = read;
    if code.is_empty() || !to.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err((to, "its payload has no recipient or no token".to_owned()));
    }
    Ok(Posted { to, text, code })
}

/// Reads what an e-mail connector posts: any JSON object. The recipient is under its likeliest name, or is the only
/// address; the code under one of its names, or in a text.
///
/// # Errors
/// As [`text_message`].
pub(super) fn mail(body: &[u8]) -> Result<Posted, (String, String)> {
    let unread = |why: String| (String::new(), why);
    let payload: Value = serde_json::from_slice(body)
        .map_err(|error| unread(format!("its payload cannot be read: {error}")))?;
    let mut members = Vec::new();
    gather(&payload, "", &mut members);
    let named = |names: &[&str]| {
        names.iter().find_map(|name| members.iter().find(|(member, _)| member == name).map(|(_, text)| *text))
    };
    let address = |text: &&str| text.contains('@') && !text.contains(char::is_whitespace);
    let to = named(&["recipient", "to", "email"]).filter(address).or_else(|| {
        let mut others =
            members.iter().filter(|(name, _)| !["sender", "from", "replyto"].contains(&name.as_str()));
        let first = others.find(|(_, text)| address(text))?;
        others.all(|(_, text)| !address(text) || *text == first.1).then_some(first.1)
    });
    let to = to.ok_or_else(|| unread("its payload has no recipient, or several".to_owned()))?.to_owned();
    let texts: Vec<&str> = ["text", "plaintext", "body", "html", "htmlbody", "content", "message", "subject"]
        .iter()
        .filter_map(|name| named(&[name]))
        .collect();
    let text = texts.join("\n");
    if let Some(code) = named(&["token", "code", "otp"]).filter(|code| !code.is_empty()) {
        return Ok(Posted { to, text, code: code.to_owned() });
    }
    match texts.iter().map(|text| code_in(text)).find(|found| *found != CodeInText::None) {
        Some(CodeInText::One(code)) => Ok(Posted { to, text, code }),
        Some(CodeInText::Several(count)) => Err((to, format!("it has {count} texts that may be the code"))),
        _ => Err((to, "its payload has no token, and no text in it looks like a code".to_owned())),
    }
}

/// Every text with its member's name, in small letters and without signs between.
fn gather<'v>(value: &'v Value, name: &str, into: &mut Vec<(String, &'v str)>) {
    match value {
        Value::String(text) => into.push((name.to_owned(), text)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, name, into)),
        Value::Object(members) => {
            for (member, value) in members {
                let plain: String = member.chars().filter(char::is_ascii_alphanumeric).collect();
                gather(value, &plain.to_lowercase(), into);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mails_payload_is_read_by_what_it_holds() {
        let due = |code: &str| Some(("ada@example.com".to_owned(), code.to_owned()));
        for (payload, seen) in [
            (
                r#"{"recipient":"ada@example.com","body":"b","sender":"x@example.net","token":"123456"}"#,
                due("123456"),
            ),
            (
                r#"{"to":["ada@example.com"],"from":"x@example.net","subject":"s","text":"Code 123456"}"#,
                due("123456"),
            ),
            (
                r#"{"personalization":{"address":"ada@example.com"},"message":{"html":"654321"}}"#,
                due("654321"),
            ),
            (r#"{"email":"ada@example.com","plain_text":"111111 or 222222"}"#, None),
            (r#"{"a":"ada@example.com","b":"eve@example.com","token":"123456"}"#, None),
            (r#"{"token":"123456"}"#, None),
            ("[1]", None),
            ("no", None),
        ] {
            let read = mail(payload.as_bytes());
            assert_eq!(
                read.as_ref().ok().map(|it| (it.to.clone(), it.code.clone())),
                seen,
                "{payload}: {read:?}"
            );
        }
    }
}
