//! Two outlines, and what one says that the other does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::outline::{Member, Members, OperationOutline, Outline};

/// One difference. Its text names the operation, the place and what each document says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContractDifference {
    /// Method and path: `POST /v1/auth/otp/verify/sms`.
    pub operation: String,
    /// `request /loginOptions/locale`, `response 200 /user/email`, `query loginId`; empty for the operation itself.
    pub place: String,
    /// What each document says: `only in the published document (string)`.
    pub what: String,
}

impl ContractDifference {
    /// Whether it is an operation that only the published document has.
    pub fn is_foreign_operation(&self) -> bool {
        self.place.is_empty() && self.what == ONLY_PUBLISHED
    }
}

impl fmt::Display for ContractDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => write!(f, "{}: {}", self.operation, self.what),
            place => write!(f, "{}: {place}: {}", self.operation, self.what),
        }
    }
}

const ONLY_PUBLISHED: &str = "only in the published document";
const ONLY_OURS: &str = "only in ours";

/// Every difference of a published document from ours, sorted by operation and place.
pub fn differences(published: &Outline, ours: &Outline) -> Vec<ContractDifference> {
    let mut found = BTreeSet::new();
    for (operation, theirs) in &published.operations {
        match ours.operations.get(operation) {
            Some(own) => Pair { operation, found: &mut found }.compare(theirs, own),
            None => Pair { operation, found: &mut found }.note("", ONLY_PUBLISHED),
        }
    }
    for operation in ours.operations.keys().filter(|name| !published.operations.contains_key(*name)) {
        Pair { operation, found: &mut found }.note("", ONLY_OURS);
    }
    found.into_iter().collect()
}

/// One operation in both documents.
struct Pair<'a> {
    operation: &'a str,
    found: &'a mut BTreeSet<ContractDifference>,
}

impl Pair<'_> {
    fn note(&mut self, place: impl Into<String>, what: impl Into<String>) {
        let (operation, place, what) = (self.operation.to_owned(), place.into(), what.into());
        self.found.insert(ContractDifference { operation, place, what });
    }

    fn compare(&mut self, published: &OperationOutline, ours: &OperationOutline) {
        self.members("query ", &published.query, &ours.query);
        match (&published.request, &ours.request) {
            (Some(theirs), Some(own)) => self.members("request ", theirs, own),
            (Some(_), None) => self.note("request", ONLY_PUBLISHED),
            (None, Some(_)) => self.note("request", ONLY_OURS),
            (None, None) => {}
        }
        for (status, theirs) in &published.responses {
            match counterpart(status, &ours.responses) {
                Some(own) => self.members(&format!("response {status} "), theirs, own),
                None => self.note(format!("response {status}"), ONLY_PUBLISHED),
            }
        }
        for status in ours.responses.keys() {
            if counterpart(status, &published.responses).is_none() {
                self.note(format!("response {status}"), ONLY_OURS);
            }
        }
    }

    fn members(&mut self, at: &str, published: &Members, ours: &Members) {
        for (pointer, theirs) in published {
            match ours.get(pointer) {
                Some(own) => self.member(&format!("{at}{pointer}"), theirs, own),
                None if has_parent(pointer, ours) => {
                    self.note(format!("{at}{pointer}"), format!("{ONLY_PUBLISHED} ({})", describe(theirs)));
                }
                None => {} // the member that holds it is the difference
            }
        }
        for (pointer, own) in ours.iter().filter(|(pointer, _)| !published.contains_key(*pointer)) {
            if has_parent(pointer, published) {
                self.note(format!("{at}{pointer}"), format!("{ONLY_OURS} ({})", describe(own)));
            }
        }
    }

    fn member(&mut self, place: &str, published: &Member, ours: &Member) {
        let place = place.trim_end();
        if published.types != ours.types {
            let (theirs, own) = (types(published), types(ours));
            self.note(place, format!("{theirs} in the published document, {own} in ours"));
        }
        if published.required != ours.required {
            let word = |required| if required { "required" } else { "optional" };
            let (theirs, own) = (word(published.required), word(ours.required));
            self.note(place, format!("{theirs} in the published document, {own} in ours"));
        }
        if published.values != ours.values {
            let (theirs, own) = (values(published), values(ours));
            self.note(place, format!("{theirs} in the published document, {own} in ours"));
        }
    }
}

/// The response that another document has for a status: the same status, its range, or the one for all others.
fn counterpart<'a>(status: &str, responses: &'a BTreeMap<String, Members>) -> Option<&'a Members> {
    let range = status.get(..1).map(|class| format!("{class}XX")).unwrap_or_default();
    let inside = || {
        let class = status.strip_suffix("XX")?;
        responses.iter().find(|(other, _)| other.starts_with(class)).map(|(_, members)| members)
    };
    let all_others = || match status {
        "default" => responses.iter().find(|(other, _)| !other.starts_with('2')).map(|(_, members)| members),
        success if success.starts_with('2') => None,
        _ => responses.get("default"),
    };
    responses.get(status).or_else(|| responses.get(&range)).or_else(inside).or_else(all_others)
}

/// Whether the member that holds this one is known; the whole body always is.
fn has_parent(pointer: &str, members: &Members) -> bool {
    match pointer.rsplit_once('/') {
        Some((parent, _)) => members.contains_key(parent),
        None => true,
    }
}

fn describe(member: &Member) -> String {
    match member.required {
        true => format!("{}, required", types(member)),
        false => types(member),
    }
}

fn types(member: &Member) -> String {
    match member.types.is_empty() {
        true => "any type".to_owned(),
        false => member.types.iter().map(String::as_str).collect::<Vec<_>>().join(" or "),
    }
}

fn values(member: &Member) -> String {
    match &member.values {
        Some(values) => values.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        None => "any value".to_owned(),
    }
}
