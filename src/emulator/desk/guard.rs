//! Who may look and switch: a browser on this machine that was led here by its user, and programs without a browser.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;

/// What a page from elsewhere is answered.
pub(super) const FOREIGN: &str = "a page of another origin may not read or change the emulator";

/// Refuses a foreign name of this server (a page elsewhere whose name leads to 127.0.0.1) and a foreign page.
pub(super) fn admit(headers: &HeaderMap) -> Result<(), &'static str> {
    if !is_local(headers.get(HOST).and_then(|host| host.to_str().ok())) {
        return Err(
            "the emulator's page is for loopback: ask for it as http://127.0.0.1 or http://localhost",
        );
    }
    if has_foreign_origin(headers) { Err(FOREIGN) } else { Ok(()) }
}

/// Whether a browser says that a page from beyond this machine asks. Programs that are no browser say nothing.
pub(super) fn has_foreign_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let authority =
        origin.to_str().ok().and_then(|text| text.split_once("://")).map(|(_, authority)| authority);
    !is_local(authority)
}

/// `localhost:4600`, `127.0.0.1`, `[::1]:80`: names that no other machine has.
fn is_local(authority: Option<&str>) -> bool {
    let Some(parsed) = authority.and_then(|text| text.parse::<Authority>().ok()) else { return false };
    ["localhost", "127.0.0.1", "[::1]"].contains(&parsed.host()) && !parsed.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for name in ["localhost", "localhost:4600", "127.0.0.1:1", "[::1]:80", "[::1]"] {
            assert!(is_local(Some(name)), "{name}");
        }
        for name in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "127.0.0.1@evil.example",
            "null",
            "192.168.1.2",
            "",
        ] {
            assert!(!is_local(Some(name)), "{name}");
        }
        assert!(!is_local(None));
    }
}
