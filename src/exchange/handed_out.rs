//! The tokens that an answer hands out: in its body, or as cookies. Which of the two, and what the cookies are called, are
//! settings of a project, one for each token.

use super::learn::{cookie_pair, jwt_part};
use super::{Placeholder, Response, SecretKind};

/// Where a token may be.
struct Handed {
    /// The member of the body that holds it.
    member: &'static str,
    /// The member that tells the name of its cookie.
    named: &'static str,
    /// The name of its cookie where the answer names none, and what its claims call it.
    drn: &'static str,
    /// What its stand-in calls it.
    kind: SecretKind,
}

const SESSION: Handed =
    Handed { member: "/sessionJwt", named: "/sessionCookieName", drn: "DS", kind: SecretKind::Session };
const REFRESH: Handed =
    Handed { member: "/refreshJwt", named: "/cookieName", drn: "DSR", kind: SecretKind::Refresh };

impl Response {
    /// The session token, wherever it is.
    pub(crate) fn session_token(&self) -> Option<&str> {
        self.token(&SESSION)
    }

    /// The refresh token, wherever it is.
    pub(crate) fn refresh_token(&self) -> Option<&str> {
        self.token(&REFRESH)
    }

    fn token(&self, handed: &Handed) -> Option<&str> {
        let in_body = self.body.str_at(handed.member).filter(|token| !token.is_empty());
        let called = |name: &str| self.cookies().find(|(other, _)| *other == name).map(|(_, token)| token);
        let renamed = || self.body.str_at(handed.named).and_then(called);
        // A project that renames its cookies may tell their names to the clients alone.
        let by_itself = || self.cookies().map(|(_, token)| token).find(|token| handed.is(token));
        in_body.or_else(renamed).or_else(|| called(handed.drn)).or_else(by_itself)
    }

    /// Name and value of each cookie that is set, and not taken back.
    fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        headers.filter_map(|(_, value)| cookie_pair(value)).filter(|(_, value)| !value.is_empty())
    }
}

impl Handed {
    /// Whether a token says that it is this one, or its stand-in does.
    fn is(&self, token: &str) -> bool {
        match Placeholder::parse(token) {
            Some(name) => name.kind == self.kind,
            None => jwt_part(token, 1)["drn"] == self.drn,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::Payload;

    fn tokens(body: serde_json::Value, cookies: &[&str]) -> [Option<String>; 2] {
        let headers = cookies.iter().map(|cookie| ("set-cookie".to_owned(), (*cookie).to_owned())).collect();
        let response = Response { status: 200, headers, body: Payload::Json(body) };
        [response.session_token(), response.refresh_token()].map(|token| token.map(str::to_owned))
    }

    fn both(session: &str, refresh: &str) -> [Option<String>; 2] {
        [session, refresh].map(|token| Some(token.to_owned()))
    }

    #[test]
    fn a_token_is_found_in_the_body_or_a_cookie_of_any_name() {
        let cookies = ["DS=s; Path=/", "DSR=r; Path=/"];
        assert_eq!(tokens(json!({ "sessionJwt": "a", "refreshJwt": "b" }), &cookies), both("a", "b"));
        assert_eq!(tokens(json!({ "sessionJwt": "" }), &cookies), both("s", "r"));
        let renamed = json!({ "sessionCookieName": "mine", "cookieName": "again" });
        assert_eq!(tokens(renamed, &["mine=s", "again=r; HttpOnly"]), both("s", "r"));
        assert_eq!(
            tokens(json!({}), &["a=<refresh:1>", "b=<session:2>"]),
            both("<session:2>", "<refresh:1>")
        );
        // {"alg":"none"} . {"drn":"DS"} and {"drn":"DSR"}
        let (session, refresh) =
            ("eyJhbGciOiJub25lIn0.eyJkcm4iOiJEUyJ9.x", "eyJhbGciOiJub25lIn0.eyJkcm4iOiJEU1IifQ.x");
        let named = [format!("r={refresh}"), format!("s={session}")];
        assert_eq!(tokens(json!({}), &[&named[0], &named[1]]), both(session, refresh));
    }

    #[test]
    fn what_is_taken_back_or_something_else_is_no_token() {
        assert_eq!(tokens(json!({}), &["DS=; Max-Age=0", "DSR=", "lang=en"]), [None, None]);
        assert_eq!(tokens(json!({ "sessionJwt": "", "cookieName": "again" }), &[]), [None, None]);
    }
}
