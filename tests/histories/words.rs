//! The words of one exchange: what was sent, and what came back.

use std::collections::HashMap;

use otp_conformance::contract::{BearerForm, Operation, OperationId};
use otp_conformance::exchange::{
    Answer, Encoding, Fact, Loss, Payload, Request, Response, Signature, TokenFact,
};
use serde_json::{Map, Value, json};

/// What the server of a recording knows of tokens.
#[derive(Default)]
pub(crate) struct Tokens {
    /// Whose each one is, by stand-in.
    owners: HashMap<String, String>,
    /// How far its clock was moved, in seconds.
    pub(crate) ahead_s: u64,
}

/// `A` is `<phone:A>`, `@A` is `<name:A>`, `A1|prefix` is `<code:A1|prefix>`, `guess:1` is `<guess:1>`.
pub(crate) fn stand_in(word: &str) -> Option<String> {
    let label = word.split('|').next()?;
    let kind = match label.as_bytes() {
        [b'@', ..] => return Some(format!("<name:{}>", &word[1..])),
        _ if word.starts_with("guess:") => return Some(format!("<{word}>")),
        [b'A'..=b'Z'] => "phone",
        [b'A'..=b'Z', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => "code",
        _ => return None,
    };
    Some(format!("<{kind}:{word}>"))
}

/// `r1` is `<refresh:1>`, `s1` is `<session:1>`.
fn token(word: &str) -> Option<String> {
    let kind = match word.as_bytes().first()? {
        b'r' => "refresh",
        b's' => "session",
        _ => return None,
    };
    let label = &word[1..];
    label.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("<{kind}:{label}>"))
}

/// Parts at spaces, but not at those inside braces.
fn split(text: &str) -> Vec<String> {
    let (mut words, mut depth) = (vec![String::new()], 0);
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ' ' if depth == 0 => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        words.last_mut().unwrap().push(character);
    }
    words.retain(|word| !word.is_empty());
    words
}

fn members(word: &str) -> Option<Map<String, Value>> {
    serde_json::from_str::<Value>(word).ok()?.as_object().cloned()
}

// ---- request -------------------------------------------------------------------------------------------------

pub(crate) fn request(operation: &Operation, text: &str) -> Option<Request> {
    let (mut body, mut raw) = (Map::new(), None);
    let mut bearer = match operation.bearer {
        BearerForm::Management => "Bearer <project>:<key:management>".to_owned(),
        _ => "Bearer <project>".to_owned(),
    };
    let mut headers = Vec::new();
    for word in split(text) {
        if word.starts_with('{') {
            body.extend(members(&word)?);
        } else if let Some(text) = word.strip_prefix("raw{") {
            raw = Some(text.strip_suffix('}')?.to_owned());
        } else if word == "no-bearer" {
            bearer.clear();
        } else if word == "odd-bearer" {
            bearer = bearer.replacen(' ', "  ", 1);
        } else if let Some(cookie) = word.strip_prefix("cookie:") {
            headers.push(("cookie".to_owned(), format!("DSR={}", token(cookie)?)));
        } else if let Some(token) = token(&word) {
            bearer = format!("{bearer}:{token}");
        } else {
            let name = stand_in(&word)?;
            let code = name.starts_with("<code") || name.starts_with("<guess");
            body.insert(if code { "code" } else { "loginId" }.into(), name.into());
        }
    }
    if !bearer.is_empty() {
        headers.push(("authorization".into(), bearer));
    }
    headers.push(("content-type".into(), "application/json".into()));
    let body = match raw {
        Some(text) => Payload::Other { bytes: text.len(), text },
        None if operation.method == "POST" => Payload::Json(body.into()),
        None => Payload::Empty,
    };
    let path = operation.path.replace("{projectId}", "<project>");
    Some(Request { method: operation.method.clone(), path, headers, body })
}

// ---- answer --------------------------------------------------------------------------------------------------

pub(crate) fn answer(
    operation: &Operation,
    request: &Request,
    text: &str,
    tokens: &mut Tokens,
) -> Option<(Answer, Vec<Fact>)> {
    let words = split(text);
    let loss = match words.first()?.as_str() {
        "timed-out" => Some(Loss::TimedOut),
        "dropped" => Some(Loss::Dropped),
        "unreachable" => Some(Loss::Unreachable),
        "garbled" => Some(Loss::Garbled),
        _ => None,
    };
    if let Some(loss) = loss {
        return Some((Answer::Lost(loss), Vec::new()));
    }
    let mut said = Said {
        operation: operation.id,
        who: request.body.str_at("/loginId").unwrap_or_default().to_owned(),
        user: user_of(request, tokens),
        body: Map::new(),
        headers: vec![("content-type".into(), "application/json".into())],
        facts: Vec::new(),
        tokens,
    };
    let status = words[0].parse().ok()?;
    if operation.issues_code && status == 200 {
        said.body.insert("maskedPhone".into(), "<masked:1>".into());
    }
    for word in &words[1..] {
        said.word(word)?;
    }
    let Said { body, headers, facts, .. } = said;
    Some((Answer::Response(Response { status, headers, body: Payload::Json(body.into()) }), facts))
}

/// Whose token the request presents.
fn user_of(request: &Request, tokens: &Tokens) -> Option<String> {
    let presented = request.headers.iter().map(|(_, value)| value);
    presented
        .filter_map(|text| tokens.owners.iter().find(|(token, _)| text.contains(*token)))
        .map(|(_, user)| user.clone())
        .next()
}

struct Said<'t> {
    operation: OperationId,
    who: String,
    user: Option<String>,
    body: Map<String, Value>,
    headers: Vec<(String, String)>,
    facts: Vec<Fact>,
    tokens: &'t mut Tokens,
}

impl Said<'_> {
    fn word(&mut self, word: &str) -> Option<()> {
        let (key, value) = word.split_once('=').filter(|_| !word.contains('{')).unwrap_or((word, ""));
        match key {
            _ if word.starts_with('{') => self.body.extend(members(word)?),
            "first" | "again" => self.set("firstSeen", json!(word == "first")),
            "user" => self.user(format!("<user:{value}>")),
            "test" => *self.body.get_mut("user")?.get_mut("test")? = json!(true),
            "code" => {
                self.set("loginId", json!(self.who.clone()));
                self.set("code", json!(stand_in(value)?));
            }
            "shows" => self.facts.push(Fact::Shown {
                secret: stand_in(value)?,
                place: "body".into(),
                disguise: Encoding::Plain,
            }),
            "silent" => self.facts.push(Fact::Silent),
            "other-form" => self.facts.push(Fact::OtherForm),
            "retry-after" => self.headers.push(("retry-after".into(), value.into())),
            _ if word.starts_with('E') => {
                self.set("errorCode", json!(word));
                self.set("errorDescription", json!("the code or the request was refused"));
            }
            _ => self.token(word)?,
        }
        Some(())
    }

    fn set(&mut self, member: &str, value: Value) {
        self.body.insert(member.into(), value);
    }

    fn user(&mut self, id: String) {
        let user = json!({
            "userId": id, "loginIds": [self.who], "status": "enabled", "test": false, "roleNames": [],
            "ssoAppIds": [], "OAuth": {}, "createdTime": 1_790_000_000,
        });
        self.user = Some(id);
        match (self.operation, user) {
            (OperationId::Me, Value::Object(user)) => self.body.extend(user),
            (_, user) => self.set("user", user),
        }
    }

    fn token(&mut self, word: &str) -> Option<()> {
        let (cookie, word) = word.strip_prefix("cookie:").map_or((false, word), |word| (true, word));
        let (label, more) = word.find('{').map_or((word, "{}"), |at| word.split_at(at));
        let name = token(label)?;
        let refresh = label.starts_with('r');
        let drn = if refresh { "DSR" } else { "DS" };
        let test = self.body.get("user").is_some_and(|user| user["test"] == true);
        let user = self.user.clone()?;
        let issued = 1_790_000_000 + self.tokens.ahead_s;
        let mut claims = json!({
            "iss": "<project>", "sub": user, "drn": drn, "amr": ["sms"],
            "iat": issued, "exp": issued + if refresh { 28 * 86_400 } else { 600 },
        });
        if test {
            claims["tu"] = json!(true);
        }
        claims.as_object_mut()?.extend(members(more)?);
        let place = match (cookie, refresh) {
            (true, true) => "cookie DSR",
            (true, false) => "cookie DS",
            (false, true) => "/refreshJwt",
            (false, false) => "/sessionJwt",
        };
        if cookie {
            self.headers.push(("set-cookie".into(), format!("{drn}={name}; HttpOnly")));
        } else {
            self.set(&place[1..], json!(name));
        }
        self.tokens.owners.insert(name.clone(), user);
        self.facts.push(Fact::Token(TokenFact {
            token: name,
            place: place.into(),
            header: json!({ "alg": "RS256", "kid": "k1", "typ": "JWT" }),
            claims,
            signature: Signature::Verified,
        }));
        Some(())
    }
}
