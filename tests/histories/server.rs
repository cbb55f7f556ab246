//! A tiny server of our own, right unless it is told a bug, that writes recordings in the notation of `README.md`.
//!
//! It is not the emulator and shares nothing with it: a few maps, and a policy for everything the contract leaves open.

use std::collections::HashMap;

use super::dice::Dice;
use super::sessions::Sessions;

/// What the contract leaves open, decided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) users_at_send: bool,
    pub(crate) ttl_s: u64,
    pub(crate) attempts: u32,
    pub(crate) attempts_outlive_resend: bool,
    pub(crate) malformed_counts: bool,
    pub(crate) resends: u32,
    pub(crate) resend_refusal: &'static str,
    pub(crate) rotation: bool,
    pub(crate) old_token_ends_family: bool,
}

impl Policy {
    pub(crate) fn random(dice: &mut Dice) -> Policy {
        Policy {
            users_at_send: dice.coin(),
            ttl_s: 60 + dice.below(600),
            attempts: 1 + dice.below(5) as u32,
            attempts_outlive_resend: dice.coin(),
            malformed_counts: dice.coin(),
            resends: 1 + dice.below(4) as u32,
            resend_refusal: if dice.coin() { "429 E130429 retry-after=60" } else { "400 E061301" },
            rotation: dice.coin(),
            old_token_ends_family: dice.coin(),
        }
    }
}

/// How much too late is certainly too late.
const SLACK_S: u64 = 8;

/// A deliberate bug.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bug {
    SpentCodesWork,
    SupersededCodesWork,
    ForeignCodesWork,
    GuessesWork,
    CodesNeverExpire,
    GuessesNeverLock,
    LogoutForgotten,
    LogoutAllForgotten,
    LogoutEndsAll,
    NewUserEachTime,
    ClaimsLost,
    ClaimsOfTheSuperseded,
    RefreshRefused,
    SignupOfRegistered,
}

impl Bug {
    pub(crate) const ALL: [Bug; 14] = [
        Bug::SpentCodesWork,
        Bug::SupersededCodesWork,
        Bug::ForeignCodesWork,
        Bug::GuessesWork,
        Bug::CodesNeverExpire,
        Bug::GuessesNeverLock,
        Bug::LogoutForgotten,
        Bug::LogoutAllForgotten,
        Bug::LogoutEndsAll,
        Bug::NewUserEachTime,
        Bug::ClaimsLost,
        Bug::ClaimsOfTheSuperseded,
        Bug::RefreshRefused,
        Bug::SignupOfRegistered,
    ];
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Send { door: &'static str, who: char, claim: Option<u64>, revoke: bool },
    Verify { who: char, code: String },
    Malformed { who: char },
    Token { operation: &'static str, token: u64 },
}

/// What is answered: the words of the answer, and the code that was sent.
pub(crate) struct Told {
    pub(crate) words: String,
    pub(crate) message: Option<String>,
}

#[derive(Clone)]
struct Sent {
    code: String,
    at: u64,
    guesses: u32,
    /// Those of them that every server counts.
    surely: u32,
    /// Whether an answer said that there were too many.
    said: bool,
    claim: Option<u64>,
    revoke: bool,
}

#[derive(Default)]
struct User {
    id: Option<u64>,
    pending: bool,
    sent: Option<Sent>,
    old: Vec<(String, bool)>,
    guesses: u32,
    sends: Vec<u64>,
    codes: u32,
    superseded_claim: Option<u64>,
}

pub(crate) struct Server {
    pub(crate) policy: Policy,
    pub(crate) bug: Option<Bug>,
    /// Whether an answer was given that no right server gives.
    slipped: bool,
    users: HashMap<char, User>,
    sessions: Sessions,
    ids: u64,
}

impl Server {
    pub(crate) fn new(policy: Policy, bug: Option<Bug>) -> Server {
        let (users, sessions) = (HashMap::new(), Sessions::default());
        Server { policy, bug, slipped: false, users, sessions, ids: 0 }
    }

    pub(crate) fn has_slipped(&self) -> bool {
        self.slipped || self.sessions.slipped
    }

    /// Takes effect at once, at this second.
    pub(crate) fn answer(&mut self, ask: &Ask, now_s: u64) -> Told {
        let words = match ask {
            Ask::Send { door, who, claim, revoke } => return self.send(door, *who, *claim, *revoke, now_s),
            Ask::Verify { who, code } => self.verify(*who, code, now_s),
            Ask::Malformed { who } => {
                if self.policy.malformed_counts {
                    self.wrong_guess(*who, now_s, false);
                }
                "400 E061102".into()
            }
            Ask::Token { operation, token } => {
                let id = self.users[&self.sessions.owner(*token)].id.unwrap_or_default();
                self.sessions.answer(operation, *token, format!("200 user={id}"), self.policy, self.bug)
            }
        };
        Told { words, message: None }
    }

    fn slip(&mut self, bug: Bug) -> bool {
        let slips = self.bug == Some(bug);
        self.slipped |= slips;
        slips
    }

    fn send(&mut self, door: &str, who: char, claim: Option<u64>, revoke: bool, now_s: u64) -> Told {
        let refused = |words: &str| Told { words: words.into(), message: None };
        let user = self.users.entry(who).or_default();
        let (registered, known) = (user.id.is_some(), user.id.is_some() || user.pending);
        let again = door == "signup-sms" && registered;
        if again && self.bug != Some(Bug::SignupOfRegistered) {
            return refused("400 E062107");
        }
        if door == "signin-sms" && !known {
            return refused("400 E062108");
        }
        let policy = self.policy;
        let user = self.users.entry(who).or_default();
        user.sends.retain(|at| at + 60 > now_s);
        if user.sends.len() as u32 >= policy.resends {
            return refused(policy.resend_refusal);
        }
        self.slipped |= again;
        user.sends.push(now_s);
        user.pending |= policy.users_at_send;
        user.codes += 1;
        let code = format!("{who}{}", user.codes);
        user.superseded_claim = user.sent.as_ref().and_then(|old| old.claim);
        if let Some(old) = user.sent.take() {
            user.old.push((old.code, false));
        }
        if !policy.attempts_outlive_resend {
            user.guesses = 0;
        }
        user.sent = Some(Sent {
            code: code.clone(),
            at: now_s,
            guesses: user.guesses,
            surely: 0,
            said: false,
            claim,
            revoke,
        });
        Told { words: "200".into(), message: Some(code) }
    }

    fn wrong_guess(&mut self, who: char, now_s: u64, surely: bool) -> String {
        let policy = self.policy;
        let Some(user) = self.users.get_mut(&who) else { return "400 E062108".into() };
        let Some(sent) = &mut user.sent else { return "401 E061102".into() };
        if now_s >= sent.at + policy.ttl_s {
            return "401 E061104".into();
        }
        sent.guesses += 1;
        sent.surely += u32::from(surely);
        user.guesses = sent.guesses;
        if sent.guesses >= policy.attempts { "401 E061103".into() } else { "401 E061102".into() }
    }

    fn verify(&mut self, who: char, code: &str, now_s: u64) -> String {
        let policy = self.policy;
        let user = self.users.entry(who).or_default();
        let right = user.sent.clone().filter(|sent| sent.code == code);
        let old = user.old.iter().find(|(text, _)| text == code).map(|(_, spent)| *spent);
        let outstanding = user.sent.is_some();
        if let Some(sent) = right {
            let (expired, locked) = (now_s >= sent.at + policy.ttl_s, sent.guesses >= policy.attempts);
            if locked && self.bug != Some(Bug::GuessesNeverLock) {
                return "401 E061103".into();
            }
            // The bug shows where no clock and no queue excuses it.
            let long_ago = now_s > sent.at + policy.ttl_s + SLACK_S;
            if expired && !(long_ago && self.bug == Some(Bug::CodesNeverExpire)) {
                return "401 E061104".into();
            }
            // Not everybody counts every refusal; who says that there were too many has counted them.
            self.slipped |= sent.surely >= policy.attempts || sent.said || expired;
            return self.login(who, &sent);
        }
        let foreign = !code.starts_with(who) && !code.starts_with("guess");
        let works = match old {
            Some(true) => self.slip(Bug::SpentCodesWork),
            Some(false) => self.slip(Bug::SupersededCodesWork),
            None if foreign => self.slip(Bug::ForeignCodesWork),
            None if outstanding => self.slip(Bug::GuessesWork),
            None => false,
        };
        if works {
            return self.login(
                who,
                &Sent {
                    code: code.into(),
                    at: now_s,
                    guesses: 0,
                    surely: 0,
                    said: false,
                    claim: None,
                    revoke: false,
                },
            );
        }
        let words = self.wrong_guess(who, now_s, old.is_none());
        if let Some(sent) = self.users.get_mut(&who).and_then(|user| user.sent.as_mut()) {
            // Of a code that was replaced it says no more than that this was so, and one guess alone is not too many.
            sent.said |= old.is_none() && sent.surely > 1 && words.contains("E061103");
        }
        words
    }

    fn login(&mut self, who: char, sent: &Sent) -> String {
        let fresh = self.users[&who].id.is_none();
        if fresh || self.slip(Bug::NewUserEachTime) {
            self.ids += 1;
            self.users.entry(who).or_default().id = Some(self.ids);
        }
        let user = self.users.entry(who).or_default();
        let (id, superseded_claim) = (user.id.unwrap_or_default(), user.superseded_claim);
        if user.sent.as_ref().is_some_and(|live| live.code == sent.code) {
            user.sent = None;
            user.old.push((sent.code.clone(), true));
        }
        user.guesses = 0;
        if sent.revoke {
            self.sessions.revoke(who);
        }
        let mut claim = sent.claim;
        if claim.is_some() && self.slip(Bug::ClaimsLost) {
            claim = None;
        }
        if claim != superseded_claim && self.slip(Bug::ClaimsOfTheSuperseded) {
            claim = superseded_claim;
        }
        let token = self.sessions.start(who, None);
        let claims = claim.map(|claim| format!("{{\"nsec\":{{\"c\":{claim}}}}}")).unwrap_or_default();
        let seen = if fresh { "first" } else { "again" };
        format!("200 user={id} s{token}{claims} r{token} {seen}")
    }
}
