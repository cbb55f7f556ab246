//! Whom a text could be mailed to, by the most lenient reader we can think of.
//!
//! Only domains reserved for examples and tests lead nowhere (RFC 2606, RFC 6761). Domains are compared by whole
//! labels, and are plain ASCII: `example.com.real.org`, `myexample.com` and `exаmple.com` with a Cyrillic letter
//! belong to strangers.

use std::borrow::Cow;

use super::decode;

/// Ends a domain in a text whose structure is unknown.
const ENDS: &str = "{}[]<>()\"'`,;:&=|";

/// Signs of a local part that no mailer takes for a route, a comment or a list.
const LOCAL: &str = "._+-=#~'*";

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The value of an addressing member: a list of plain addresses, and nothing else.
    Address,
    /// Any other value: whatever in it looks like an address.
    Aside,
    /// Text of unknown structure, escapes undone: whatever follows an `@`.
    Loose,
}

/// The address of a stranger that this text may hold, without saying it; `None` if there is none.
pub(super) fn stranger(text: &str, reading: Reading, allowed: &[String]) -> Option<String> {
    let hidden = text.contains(['%', '\\', '&']);
    if !hidden && !text.contains(AT) {
        return None;
    }
    let mut forms = vec![text.to_owned()];
    if hidden {
        let named = entities(text);
        forms.push(decode::unescape(&named));
        forms.extend(decode::unpercented(&named).iter().map(|pass| decode::unescape(pass)));
    }
    let known = |domain: &str| is_reserved(domain) || is_allowed(domain, allowed);
    let reaches = |text: &str| match reading {
        Reading::Address => text.contains('@') && !text.split([',', ';']).all(|item| plain(item, &known)),
        Reading::Aside => behind_each(text).any(|(before, after)| {
            let domain = host(after.trim_start());
            before && domain.contains('.') && !known(domain)
        }),
        Reading::Loose => behind_each(text).any(|(_, after)| leads_away(after, &known)) || is_routed(text),
    };
    forms.iter().any(|form| reaches(&folded(form))).then(|| "an e-mail address".into())
}

/// Signs that a mailer may read as an `@`.
const AT: [char; 3] = ['@', '\u{FF20}', '\u{FE6B}'];

fn folded(text: &str) -> Cow<'_, str> {
    if text.contains(&AT[1..]) { text.replace(&AT[1..], "@").into() } else { text.into() }
}

/// The references of HTML that stand for what is in an address.
fn entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    const REFERENCES: [(&str, &str); 5] =
        [("&#64;", "@"), ("&#x40;", "@"), ("&commat;", "@"), ("&#46;", "."), ("&period;", ".")];
    let text = text.replace("&#X", "&#x").replace("&#064;", "&#64;");
    REFERENCES.iter().fold(text, |text, (reference, sign)| text.replace(reference, sign)).into()
}

/// What follows each `@`, and whether something is before it.
fn behind_each(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.match_indices('@').map(|(at, _)| (!text[..at].trim().is_empty(), &text[at + 1..]))
}

/// One address without quotes, comments or routes, at a known domain.
fn plain(item: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let item = item.trim_matches([' ', '\t']);
    item.rsplit_once('@').is_some_and(|(local, domain)| {
        local.chars().all(|c| c.is_alphanumeric() || LOCAL.contains(c)) && known(domain)
    })
}

/// The host name that a text begins with, letters of any script included.
fn host(text: &str) -> &str {
    let end =
        text.find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-' || c == '_' || !c.is_ascii()));
    &text[..end.unwrap_or(text.len())]
}

fn is_end(character: char) -> bool {
    character.is_ascii_whitespace() || ENDS.contains(character)
}

/// Whether what follows an `@` may be a stranger's domain. A domain may go on behind a space or a quote.
fn leads_away(after: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let after = after.trim_start_matches(is_end);
    let end = after.find(is_end).unwrap_or(after.len());
    let goes_on = after[end..].trim_start_matches(is_end).starts_with(['.', '@', '%']);
    !after.is_empty() && (goes_on || !known(&after[..end]))
}

/// Local parts that name a further host: `a%real.org@example.com`, `real.org!a@example.com`.
fn is_routed(text: &str) -> bool {
    let mut locals = text.match_indices('@').map(|(at, _)| text[..at].rsplit(is_end).next());
    locals.any(|local| local.is_some_and(|local| local.contains(['%', '!'])))
}

/// Whether mail to a domain leads nowhere, as a public document says.
pub(crate) fn is_reserved(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain).to_ascii_lowercase();
    if domain == "localhost" {
        return true;
    }
    let labels: Vec<&str> = domain.split('.').collect();
    labels.iter().all(|label| is_label(label))
        && matches!(
            labels.as_slice(),
            [.., "example", "com" | "net" | "org"] | [.., _, "example" | "test" | "invalid" | "localhost"]
        )
}

fn is_allowed(domain: &str, allowed: &[String]) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    allowed.iter().any(|known| known.eq_ignore_ascii_case(domain))
}

/// Whether a text is a domain that a profile may allow: two labels or more of plain ASCII.
pub(crate) fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let named = labels.last().is_some_and(|label| label.bytes().any(|byte| byte.is_ascii_alphabetic()));
    labels.len() > 1 && named && labels.iter().all(|label| is_label(label))
}

fn is_label(label: &str) -> bool {
    let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let encoded = label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    plain
        && !label.is_empty()
        && label.len() < 64
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !encoded
}
