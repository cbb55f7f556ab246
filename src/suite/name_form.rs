//! How a login ID that is no number is written.
//!
//! A login ID may be any unique string (docs: API Overview). How a user's is written is decided once for the user, so
//! that steps, epilogue, clean-up and reports all speak of one text.

/// A way to write a login ID. A server that keeps it as another text has taken another one's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameForm {
    /// `otpc-qkzfha-12`.
    #[default]
    Plain,
    /// `Otpc-QKZFHA-12`.
    Capitals,
    /// `otpc.qkzfha_12@example.com`.
    Address,
    /// `Otpc.qkzfha_12@Example.COM`.
    AddressWithCapitals,
    /// `otpc qkzfha 12`.
    Spaces,
    /// With letters of other scripts: `otpc-qkzfha-12-ада-李雷-عادل`.
    Letters,
    /// With what is no letter of its own: a combining mark, and a character beyond the basic plane.
    Signs,
}

/// An e and an accent of its own, and a character beyond the basic plane.
const SIGNS: &str = "e\u{301}-\u{1F980}";

/// Letters of an alphabet, of none, and of one that runs from right to left.
const LETTERS: &str = "ада-李雷-عادل";

impl NameForm {
    /// Every form, its word in a suite file, and what such a login ID is called.
    pub const ALL: [(NameForm, &'static str, &'static str); 7] = [
        (NameForm::Plain, "plain", "a plain login ID"),
        (NameForm::Capitals, "capitals", "a login ID with capitals"),
        (NameForm::Address, "address", "a mail address as login ID"),
        (NameForm::AddressWithCapitals, "address-with-capitals", "a mail address with capitals as login ID"),
        (NameForm::Spaces, "spaces", "a login ID with spaces"),
        (NameForm::Letters, "letters", "a login ID in letters of other scripts"),
        (NameForm::Signs, "signs", "a login ID with combining marks and emoji"),
    ];

    /// The forms that users take in turn. Where codes are mailed, a login ID that is an address would be one more of
    /// them. The unusual ones come only where a refusal of them is unlike any other.
    pub fn in_turn(mailed: bool, unusual: bool) -> impl Iterator<Item = NameForm> {
        let fits = move |form: &NameForm| !(mailed && form.is_address()) && (unusual || !form.is_unusual());
        NameForm::ALL.into_iter().map(|(form, ..)| form).filter(fits)
    }

    /// Whether the login ID is a mail address too.
    fn is_address(self) -> bool {
        matches!(self, NameForm::Address | NameForm::AddressWithCapitals)
    }

    /// Whether no document shows a login ID like it.
    pub fn is_unusual(self) -> bool {
        matches!(self, NameForm::Spaces | NameForm::Letters | NameForm::Signs)
    }

    /// The word in a suite file.
    pub fn word(self) -> &'static str {
        NameForm::ALL.iter().find(|(form, ..)| *form == self).map_or("", |(_, word, _)| word)
    }

    /// What such a login ID is called: `a login ID with spaces`.
    pub fn called(self) -> &'static str {
        NameForm::ALL.iter().find(|(form, ..)| *form == self).map_or("", |(.., called)| called)
    }

    /// A name that no other user has, written so.
    pub fn of(self, name: &str) -> String {
        let mixed = |name: &str| format!("O{}", &name[1..]);
        let local = || name.replacen('-', ".", 1).replace('-', "_");
        match self {
            NameForm::Plain => name.to_owned(),
            NameForm::Capitals => mixed(&name.to_uppercase()).replacen("OTPC", "Otpc", 1),
            NameForm::Address => format!("{}@example.com", local()),
            NameForm::AddressWithCapitals => format!("{}@Example.COM", mixed(&local())),
            NameForm::Spaces => name.replace('-', " "),
            NameForm::Letters => format!("{name}-{LETTERS}"),
            NameForm::Signs => format!("{name}-{SIGNS}"),
        }
    }
}

/// Other texts for the same login ID: a server may fold the domain of a mail address, or the case of all of it, and may
/// compose an accent with its letter (RFC 8265, 3.3). No document says whether it does.
pub fn folded(name: &str) -> Vec<String> {
    let composed = name.replace("e\u{301}", "\u{e9}");
    let mut ways = vec![composed.to_lowercase(), composed, name.to_lowercase()];
    if let Some((local, domain)) = name.rsplit_once('@') {
        ways.push(format!("{local}@{}", domain.to_lowercase()));
    }
    ways.retain(|way| way != name);
    ways.sort_unstable();
    ways.dedup();
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_id_without_its_capitals_may_be_the_same() {
        let ways = folded("Otpc.qkzfha_12@Example.COM");
        assert_eq!(ways, ["Otpc.qkzfha_12@example.com", "otpc.qkzfha_12@example.com"]);
        assert_eq!(folded("Otpc-QKZFHA-12"), ["otpc-qkzfha-12"]);
        for other in ["otpc.x@example.com", "otpc qkzfha 12"] {
            assert!(folded(other).is_empty(), "{other}");
        }
        assert_eq!(folded("otpc-x-1-e\u{301}"), ["otpc-x-1-\u{e9}"]);
    }

    #[test]
    fn a_name_is_written_in_ways_that_differ_in_more_than_capitals() {
        let written = NameForm::ALL.map(|(form, ..)| form.of("otpc-qkzfha-12"));
        let usual =
            ["otpc-qkzfha-12", "Otpc-QKZFHA-12", "otpc.qkzfha_12@example.com", "Otpc.qkzfha_12@Example.COM"];
        assert_eq!(written[..4], usual);
        assert_eq!(written[4], "otpc qkzfha 12");
        assert!(written[5..].iter().all(|name| name.starts_with("otpc-qkzfha-12-") && !name.is_ascii()));
    }

    #[test]
    fn unusual_forms_are_left_out_where_a_refusal_could_be_of_anything() {
        assert_eq!(NameForm::in_turn(false, true).count(), 7);
        assert_eq!(NameForm::in_turn(true, true).count(), 5);
        assert!(NameForm::in_turn(false, false).all(|form| !form.is_unusual()));
    }
}
