//! A login that was refused: rightly, excusably or wrongly, and whether it counts as a guess.

use super::super::call::{Code, ModelCall};
use super::super::context::{LEAST_TTL, SearchContext};
use super::super::state::{Breach, PendingCode, State, User};
use super::code::{SECOND, is_sent, live, oldest, youngest};
use super::methods;
use super::wrongly_refused::wrongly_refused;
use crate::contract::req;
use crate::exchange::Fact;

pub(super) fn refused(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    who: &str,
    code: &Code,
    error: Option<&str>,
) -> (State, Vec<Breach>) {
    let mut next = state.clone();
    let user = next.user(who, false);
    let seen = format!("refused{}", error.map(|code| format!(" with {code}")).unwrap_or_default());
    let live = live(user, code).cloned();
    let breaks = match &live {
        _ if user.opaque || !call.plain => Vec::new(),
        Some(slot) if matches!(code, Code::Plain(_)) && methods::is_foreign(call, slot) => Vec::new(),
        Some(slot) if matches!(code, Code::Plain(_)) => match excuse(ground, state, user, call, slot) {
            // What a send by another method may have done shows no other limit.
            Some(_) if slot.crossed => return (next, Vec::new()),
            Some(excuse) => {
                excuse.note(&mut next, call);
                return (next, Vec::new());
            }
            None => {
                // Whatever ended the code, refusing it once more breaks nothing new.
                user.unsettle(slot.exchange);
                // It may be void since; and it may have been a guess too many for what comes next.
                if slot.crossed {
                    return (next, Vec::new());
                }
                wrongly_refused(ground, user, call, who, slot, &seen)
            }
        },
        Some(_) => Vec::new(),
        None => wrong_error(ground, user, call, code, error, &seen),
    };
    // Servers may count what was tried before a code was sent, too.
    user.guesses = user.guesses_at(call.call) + 1;
    user.guessed_at = call.call;
    methods::unsettle_others(call, user);
    // What a server may refuse for its form alone it need not count.
    let known = || call.spelling.as_deref().is_some_and(|spelling| ground.resolves(spelling));
    if live.is_none() && (call.plain || known()) && is_counted(ground, user, call, code) {
        let most = u64::from(user.guesses) + ground.unread_before(call);
        let own = |slot: &&mut PendingCode| !methods::is_foreign(call, slot);
        let only = match user.generated.as_mut_slice() {
            [only] => Some(only).filter(own),
            _ => None,
        };
        if let Some(slot) = user.sent.as_mut().filter(own).or(only) {
            slot.guesses += 1;
            // After others that were refused as wrong, this word tells of a limit.
            if error == Some("E061103") && slot.guesses > 1 && slot.locked.is_none() {
                slot.locked = Some(call.exchange);
                next.attempts.forbids(most, call.exchange);
            }
        }
    }
    (next, breaks)
}

/// Whether a refused text counts as a guess with every server, whatever it was refused with: one that has the form of
/// this target's codes, and was never one of this user.
fn is_counted(ground: &SearchContext<'_>, user: &User, call: &ModelCall, code: &Code) -> bool {
    matches!(code, Code::Plain(text) if !user.void.contains_key(text))
        && !call.facts.contains(&Fact::OtherForm)
        && call.spelling.as_deref().is_none_or(|spelling| ground.resolves(spelling))
}

/// Why a right server may have refused a live code after all.
enum Excuse {
    /// It may be too old; the greatest age it can have had.
    Age(u64),
    /// It may be too old or not, by when it was looked at.
    Instant,
    /// This many guesses may have locked it.
    Guesses(u64),
    /// More than one reason, or one that the contract leaves open.
    Open,
}

impl Excuse {
    /// What the refusal shows, where this must be the reason.
    fn note(&self, state: &mut State, call: &ModelCall) {
        match self {
            Excuse::Age(age) => state.lifetime.forbids(*age, call.exchange),
            Excuse::Guesses(count) => state.attempts.forbids(*count, call.exchange),
            Excuse::Instant => {
                state.undecided.insert(call.exchange);
            }
            Excuse::Open => {}
        }
    }
}

fn excuse(
    ground: &SearchContext<'_>,
    state: &State,
    user: &User,
    call: &ModelCall,
    slot: &PendingCode,
) -> Option<Excuse> {
    if !slot.certain {
        return Some(Excuse::Open);
    }
    let sent = is_sent(user, slot);
    let (youngest, oldest) = (youngest(call, slot), oldest(call, slot));
    let learnt = if sent { state.lifetime.least } else { 0 };
    let ttl = ground.assumptions.code_ttl_s.map_or((LEAST_TTL * SECOND).max(learnt), |ttl| ttl * SECOND);
    let learnt = if sent { state.attempts.least } else { 1 };
    let limit = ground.assumptions.max_attempts.map_or(learnt.max(1), u64::from);
    let guesses = u64::from(user.guesses_at(call.call)) + ground.unread_before(call);
    match (oldest >= ttl, guesses >= limit) {
        (false, false) => None,
        (true, false) if youngest < ttl => Some(Excuse::Instant),
        (true, false) if sent => Some(Excuse::Age(oldest)),
        (false, true) if sent => Some(Excuse::Guesses(guesses)),
        _ => Some(Excuse::Open),
    }
}

/// A right refusal with the wrong reason.
fn wrong_error(
    ground: &SearchContext<'_>,
    user: &User,
    call: &ModelCall,
    code: &Code,
    error: Option<&str>,
    seen: &str,
) -> Vec<Breach> {
    // A refusal without any code is another requirement's business.
    let one_of = |allowed: &[&str]| error.is_none_or(|error| allowed.contains(&error));
    // A code that may have gone with its user is pending or not, and then the user is unknown.
    let at_hand = |slot: &&PendingCode| slot.certain && !methods::is_foreign(call, slot);
    let Some(slot) = user.sent.as_ref().filter(at_hand) else { return Vec::new() };
    let Code::Plain(text) = code else { return Vec::new() };
    // Once the code may have run out none is outstanding.
    if oldest(call, slot) >= ground.assumptions.code_ttl_s.unwrap_or(LEAST_TTL) * SECOND {
        return Vec::new();
    }
    // A text of another form may be refused as malformed; one that was another user's has the right form.
    let guess = text.starts_with("<guess") && !call.facts.contains(&Fact::OtherForm);
    let same_kind = ground.owner_of(text).is_some();
    let limit = ground.assumptions.max_attempts;
    // A lockout that was answered may have ended the code: then none is outstanding.
    if limit.is_none() && slot.locked.is_some() {
        return Vec::new();
    }
    let guesses = u64::from(user.guesses_at(call.call)) + ground.unread_before(call);
    if limit.is_none_or(|limit| guesses + 1 < u64::from(limit)) {
        let allowed: &[&str] = if limit.is_none() { &["E061102", "E061103"] } else { &["E061102"] };
        if slot.code.is_some() && (guess || same_kind) && !user.void.contains_key(text) && !one_of(allowed) {
            // Guesses that were refused as wrong ones, and then one in other words: what changed is that a limit was hit.
            let at_limit = limit.is_none() && slot.guesses > 0 && ground.refused_as_wrong(call, slot.call);
            let (number, right) = match at_limit {
                true => (
                    req::LOCKOUT_REFUSES_RIGHT_CODE,
                    "refused with E061103 or E061102 at the limit of guesses",
                ),
                false => (req::WRONG_CODE_IS_REFUSED, "refused with E061102"),
            };
            return vec![Breach::new(number, right, seen).with(slot.exchange)];
        }
    }
    Vec::new()
}
