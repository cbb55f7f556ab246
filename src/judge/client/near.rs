//! Requests that are no operation: nearly one, or one that the contract does not describe.

use crate::contract::{Contract, Operation, req};
use crate::exchange::{Exchange, Fact};
use crate::judge::{Judgement, Policy, finding};

/// A request that is no operation. `name` is the check's that looks.
pub(super) fn place(contract: &Contract, name: &str, exchange: &Exchange, judgement: &mut Judgement) {
    let request = &exchange.request;
    // What a browser asks before it calls, and what went to another host, is no call of an operation.
    if matches!(request.method.as_str(), "OPTIONS" | "HEAD") || exchange.facts.contains(&Fact::Elsewhere) {
        return;
    }
    let path = request.route();
    let observe = |question: &str, judgement: &mut Judgement| {
        let answer = format!("{} {}", request.method, super::briefly(path));
        judgement.observed.push(Policy { question: question.into(), answer });
    };
    if contract.find(&request.method, &unescaped(path)).is_some() {
        return observe("writes a path with percent codes that are not needed", judgement);
    }
    match meant(contract, &request.method, path) {
        Some(operation) => {
            let expected = format!("{} {}", operation.method, operation.path);
            let seen = format!("{} {}", request.method, super::briefly(path));
            let number = req::CLIENT_METHOD_AND_PATH;
            judgement.findings.push(finding(contract, name, number, expected, seen, &[exchange.id]));
        }
        None => {
            observe("calls operations outside this contract", judgement);
        }
    }
}

/// A path with its letters, digits and hyphens as such: to write them as percent codes says the same. Source: RFC 3986, 2.3.
fn unescaped(path: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    let slashes = |text: &str| text.matches('/').count();
    let same = slashes(&decoded) == slashes(path) && decoded.chars().all(plain);
    if same { decoded.into_owned() } else { path.to_owned() }
}

/// The operation that a path is a spelling of, with any method; its own method first.
fn meant<'c>(contract: &'c Contract, method: &str, path: &str) -> Option<&'c Operation> {
    let spelled = spellings(path);
    let methods = [method, "GET", "POST", "DELETE"];
    spelled.iter().flat_map(|path| methods.map(|method| (method, path))).find_map(|(method, path)| {
        let (found, _) = contract.find(method, path)?;
        Some(contract.operation(found.id))
    })
}

/// What a path may have been meant to be: other spellings of it, the likeliest first.
fn spellings(path: &str) -> Vec<String> {
    let lower = path.to_lowercase();
    let plain = without_dots(&path_of(path.split('/')));
    let bare = without_dots(&lower);
    let bare = bare.split(';').next().unwrap_or_default().trim_end_matches(".json");
    let hyphened = bare.replace('_', "-");
    let mut all = vec![plain, path_of(bare.split('/')), path_of(hyphened.split('/'))];
    let short = all[2].trim_start_matches("/api").trim_start_matches("/v1");
    all.push(format!("/v1{short}"));
    all
}

/// A path of these parts, without those that are empty.
fn path_of<'p>(parts: impl Iterator<Item = &'p str>) -> String {
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

/// A path with its dot segments undone. Source: RFC 3986, 5.2.4.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_an_operation_are_known_as_such() {
        let contract = Contract::embedded().unwrap();
        for path in [
            "/v1/auth/otp/signup-in/sms/",
            "//v1/auth/otp/signup-in/sms",
            "/v1/auth/OTP/signup-in/SMS",
            "/v1/auth/x/../otp/signup-in/sms",
            "/v1/auth/otp/signup-in/sms;jsessionid=1",
            "/v1/auth/otp/signup-in/sms.json",
            "/v1/auth/otp/signup_in/sms",
            "/auth/otp/signup-in/sms",
            "/v1/v1/auth/otp/signup-in/sms",
            "/api/v1/auth/otp/signup-in/sms",
        ] {
            let found = meant(&contract, "PATCH", path).map(|operation| operation.id.as_str());
            assert_eq!(found, Some("signup-in-sms"), "{path}");
        }
        assert_eq!(unescaped("/v1/auth/otp/signup%2Din/%73ms"), "/v1/auth/otp/signup-in/sms");
        assert_eq!(unescaped("/v1/auth%2Fotp"), "/v1/auth%2Fotp", "this is another path");
        for path in [
            "/v1/auth/magiclink/signin/email",
            "/v2/auth/otp/signup-in/sms",
            "/v1/auth/otp/signup-in/smss",
            "/",
        ] {
            assert!(meant(&contract, "POST", path).is_none(), "{path}");
        }
    }
}
