//! The `Authorization` header taken apart: `Bearer <project>:<refresh:1>`.

use super::{Placeholder, SecretKind};

/// What a request presents itself with. Source: docs: API Overview (the forms), docs: Session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresentedBearer {
    /// No `Authorization` header.
    Absent,
    /// The project ID, and perhaps a token and keys after it.
    Project {
        /// The stand-in of the JWT in second place.
        token: Option<String>,
        /// Whether a management (or auth management) key is there.
        key: bool,
    },
    /// Anything that is not made of known parts: another scheme, an unknown project.
    Odd(String),
}

impl PresentedBearer {
    /// Reads a symbolic header value; `None` is an absent header.
    pub fn read(header: Option<&str>) -> PresentedBearer {
        let Some(text) = header else { return PresentedBearer::Absent };
        let odd = || PresentedBearer::Odd(text.to_owned());
        let Some(credentials) = text.strip_prefix("Bearer ") else { return odd() };
        let mut parts = split(credentials).into_iter();
        if parts.next() != Some("<project>") {
            return odd();
        }
        let (mut token, mut key) = (None, false);
        for part in parts {
            match Placeholder::parse(part).map(|name| (name.kind, name.how)) {
                Some((SecretKind::Session | SecretKind::Refresh | SecretKind::Token, _))
                    if token.is_none() && !key =>
                {
                    token = Some(part.to_owned());
                }
                Some((SecretKind::Key, None)) if !key => key = true,
                _ => return odd(),
            }
        }
        PresentedBearer::Project { token, key }
    }

    /// The parts of a bearer, of known kinds or not; `None` where the scheme is another one. Names of schemes are
    /// written in any case, and any number of spaces follows. Source: RFC 9110, 11.1 and 11.4.
    pub fn parts(header: &str) -> Option<Vec<&str>> {
        let (scheme, credentials) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| split(credentials.trim_start_matches(' ')))
    }

    /// The JWT presented, if any.
    pub fn token(&self) -> Option<&str> {
        match self {
            PresentedBearer::Project { token, .. } => token.as_deref(),
            _ => None,
        }
    }
}

/// Splits on the colons between stand-ins, not on those inside them.
fn split(credentials: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, byte) in credentials.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            b':' if depth == 0 => {
                parts.push(&credentials[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&credentials[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(token: Option<&str>, key: bool) -> PresentedBearer {
        PresentedBearer::Project { token: token.map(str::to_owned), key }
    }

    #[test]
    fn reads_every_documented_form() {
        assert_eq!(PresentedBearer::read(None), PresentedBearer::Absent);
        assert_eq!(PresentedBearer::read(Some("Bearer <project>")), project(None, false));
        assert_eq!(
            PresentedBearer::read(Some("Bearer <project>:<refresh:1>")),
            project(Some("<refresh:1>"), false)
        );
        assert_eq!(PresentedBearer::read(Some("Bearer <project>:<key:management>")), project(None, true));
        assert_eq!(
            PresentedBearer::read(Some("Bearer <project>:<refresh:1>:<key:auth>")),
            project(Some("<refresh:1>"), true)
        );
    }

    #[test]
    fn parts_are_read_whatever_they_are() {
        assert_eq!(
            PresentedBearer::parts("bearer  <project>:<refresh:1>"),
            Some(vec!["<project>", "<refresh:1>"])
        );
        assert_eq!(
            PresentedBearer::parts("BEARER <project>:undefined"),
            Some(vec!["<project>", "undefined"])
        );
        assert_eq!((PresentedBearer::parts("Basic x"), PresentedBearer::parts("Bearer")), (None, None));
    }

    #[test]
    fn anything_else_is_odd() {
        for text in [
            "bearer <project>",
            "Bearer  <project>",
            "Bearer P1",
            "Basic x",
            "Bearer <project>:",
            "Bearer <project>:x",
            "Bearer <project|lower>",
            "Bearer <project>:<key:management|prefix>",
        ] {
            assert!(matches!(PresentedBearer::read(Some(text)), PresentedBearer::Odd(_)), "{text}");
        }
    }
}
