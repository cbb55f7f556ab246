//! Credentials in the header fields of a client that is not ours: hidden, and equal ones stay equal.

use super::super::learn::{learn_tokens, tokens_in};
use super::super::{Placeholder, Pseudonyms, SecretKind, says_nothing};

/// Credentials shorter than this could be a word of the contract, which must not be replaced wherever it occurs.
pub(super) const TELLING: usize = 8;

/// What may be written between two credentials, or before one.
const BETWEEN: [char; 4] = [' ', ',', '|', ':'];

/// Parts of the names of header fields that hold credentials.
const CREDENTIAL: [&str; 6] = ["key", "token", "secret", "password", "auth", "credential"];

/// Credentials that are none of ours get a name of their own, so that equal ones stay equal.
pub(super) fn hide(headers: &mut [(String, String)], vault: &mut Pseudonyms) {
    for (name, value) in headers {
        match name.as_str() {
            "authorization" => *value = authorization(value, vault),
            "cookie" => {
                *value = value.split(';').map(|pair| cookie(pair, vault)).collect::<Vec<_>>().join(";");
            }
            "set-cookie" => {
                let (pair, attributes) = value.split_once(';').unwrap_or((value, ""));
                let end = if attributes.is_empty() { String::new() } else { format!(";{attributes}") };
                *value = cookie(pair, vault) + &end;
            }
            _ if CREDENTIAL.iter().any(|part| name.contains(part)) => {
                *value = credential(value, SecretKind::Key, vault);
            }
            _ => {}
        }
    }
}

/// `Bearer <project>:<refresh:1>` stays what it is; whatever else is in its places is hidden.
fn authorization(value: &str, vault: &mut Pseudonyms) -> String {
    let (scheme, credentials) =
        value.split_once(' ').map_or(("", value), |(scheme, rest)| (scheme, rest.trim_start_matches(' ')));
    let parts = credentials.split(':').enumerate().map(|(at, part)| {
        let first = at == 0 && scheme.eq_ignore_ascii_case("bearer");
        credential(part, if first { SecretKind::Project } else { SecretKind::Key }, vault)
    });
    let hidden = parts.collect::<Vec<_>>().join(":");
    if scheme.is_empty() { hidden } else { format!("{scheme} {hidden}") }
}

fn cookie(pair: &str, vault: &mut Pseudonyms) -> String {
    match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", credential(value, SecretKind::Token, vault)),
        None => pair.to_owned(),
    }
}

/// The text as it may be kept: as it is where the vault knows it, else under a name that no right credential has.
fn credential(text: &str, kind: SecretKind, vault: &mut Pseudonyms) -> String {
    let colon = ["%3A", "%3a"].into_iter().find_map(|colon| Some((text.split_once(colon)?, colon)));
    if let Some(((project, token), colon)) = colon.filter(|((project, _), _)| vault.name(project).is_some()) {
        learn_tokens(token, vault);
        let (project, token) = (credential(project, kind, vault), credential(token, SecretKind::Key, vault));
        let named = |text: String| vault.name(&text).map_or(text.clone(), str::to_owned);
        return format!("{}{colon}{}", named(project), named(token));
    }
    let bare = text.trim_matches(['"', '\'', ' ']);
    if says_nothing(text) || vault.name(bare).is_some() || tokens_in(text).next().is_some() {
        return text.to_owned();
    }
    if text.contains(BETWEEN) && text.split(BETWEEN).any(|piece| vault.name(piece).is_some()) {
        // Ours with something else around it: what is ours must not be hidden, here or wherever else it is sent.
        let hidden = text.split_inclusive(BETWEEN).map(|piece| {
            let bare = piece.trim_end_matches(BETWEEN);
            let kept = bare.is_empty() || bare.eq_ignore_ascii_case("bearer");
            if kept { piece.to_owned() } else { credential(bare, kind, vault) + &piece[bare.len()..] }
        });
        return hidden.collect();
    }
    if text.len() < TELLING {
        return Placeholder { kind, label: "", how: Some("short") }.to_string();
    }
    vault.learn_strange(kind, text).to_owned()
}
