//! A login with a code: may it be accepted, may it be refused, and whose fault is it otherwise.

use super::call::{Action, CallOutcome, Code, ModelCall, SendKind};
use super::context::{LEAST_TTL, SearchContext};
use super::state::{Breach, Next, PendingCode, Registration, SessionStatus, State, User, Void};
use super::{login, send};
use crate::contract::{RequirementId, req};
use crate::exchange::Fact;

/// Microseconds in a second.
const SECOND: u64 = 1_000_000;
/// How much later than its lifetime a code may still work: clocks and queues.
const GRACE: u64 = 5 * SECOND;
/// The placeholder of the project's static test code.
const STATIC_CODE: &str = "<code:static>";

pub(super) fn step(
    ground: &SearchContext<'_>,
    state: &State,
    call: &ModelCall,
    named: &str,
    code: &Code,
) -> Next {
    let mut base = state.clone();
    base.user(named, ground.is_fresh(named));
    let updating = updating(ground, &base, named, code);
    let who = updating.as_deref().unwrap_or(named);
    match &call.outcome {
        CallOutcome::Accepted => accepted(ground, &base, call, who, code),
        CallOutcome::Refused { error } => {
            let (mut next, breaks) = refused(ground, &base, call, named, code, error.as_deref());
            if let Some(user) = updating {
                // Whether an update can be completed under its new number is open, and so is what it counts for.
                next.user(&user, false).guesses += 1;
            }
            vec![(next, breaks)]
        }
        CallOutcome::Limited => vec![(base, Vec::new())],
        CallOutcome::Broken { status } => {
            unknown_login(ground, &mut base, who);
            // Another notation of the code promises nothing.
            let plain = matches!(code, Code::Plain(_)) && call.plain;
            let blame = live(&base.users[who], code).filter(|_| plain).map(|slot| {
                let seen = format!("status {status}");
                Breach::new(req::NEWEST_CODE_IS_ACCEPTED, "200 and a session, the code is live", seen)
                    .with(slot.exchange)
            });
            base.user(who, false).opaque = true;
            vec![(base, blame.into_iter().collect())]
        }
        CallOutcome::Lost => {
            unknown_login(ground, &mut base, who);
            base.user(who, false).opaque = true;
            vec![(base, Vec::new())]
        }
    }
}

/// Who is changing to the number that a login names, with that code: the documents give the login ID of an update's
/// login no better than "the user's".
fn updating(ground: &SearchContext<'_>, state: &State, named: &str, code: &Code) -> Option<String> {
    let text = code.text().filter(|_| live(&state.users[named], code).is_none())?;
    let to_this_number = |slot: &&PendingCode| {
        slot.door == SendKind::Update
            && slot.code.as_deref() == Some(text)
            && ground.send(slot.exchange).is_some_and(|send| send.phone.as_deref() == Some(named))
    };
    let changing = state.users.iter().find(|(_, user)| user.sent.iter().any(|slot| to_this_number(&slot)));
    changing.map(|(name, _)| name.clone())
}

/// A login that was lost, or whose send was, may have ended the user's other sessions, if any send asked for that.
fn unknown_login(ground: &SearchContext<'_>, state: &mut State, who: &str) {
    let revoking = ground.calls.iter().any(|call| match &call.action {
        Action::Send(send) => send.who == who && send.options["revokeOtherSessions"] == true,
        _ => false,
    });
    if revoking {
        login::end_all(state, who, SessionStatus::Unknown);
    }
}

/// The slot whose code this is.
fn live<'s>(user: &'s User, code: &Code) -> Option<&'s PendingCode> {
    let text = code.text()?;
    user.sent.iter().chain(&user.generated).find(|slot| slot.code.as_deref() == Some(text))
}

// ---- accepted ------------------------------------------------------------------------------------------------

fn accepted(ground: &SearchContext<'_>, state: &State, call: &ModelCall, who: &str, code: &Code) -> Next {
    let mut state = state.clone();
    if state.users[who].opaque {
        unknown_login(ground, &mut state, who);
    }
    let (state, user) = (&state, &state.users[who]);
    if let Some(slot) = live(user, code).cloned() {
        let mut breaks = late(ground, state, user, call, &slot);
        let mut next = login::login(ground, state, call, who, Some(&slot), &mut breaks);
        if is_sent(user, &slot) {
            next.lifetime.allows(youngest(call, &slot).saturating_sub(GRACE));
            next.attempts.allows(u64::from(slot.guesses) + 1);
        }
        return vec![(next, breaks)];
    }
    let unseen = user.sent.as_ref().filter(|slot| slot.code.is_none()).cloned();
    let silent = silenced(ground, user, code, unseen.as_ref());
    let excused =
        silent.is_none() && (user.opaque || ((unseen.is_some() || user.earlier) && code.text().is_some()));
    let mut breaks = if excused { Vec::new() } else { wrongly_accepted(ground, user, call, who, code) };
    if let Some(slot) = superseded(ground, user, code).filter(|_| !excused) {
        login::options(ground, state, call, who, &slot, ground.send(slot.exchange), &mut breaks);
    }
    let mut next = login::login(ground, state, call, who, unseen.as_ref(), &mut breaks);
    if let Some(updated) = updated_by(ground, who, code).filter(|_| excused) {
        // Some servers let the update be completed by the new number: then both belong to the user who asked for it.
        for user in [updated, who] {
            next.user(user, false).opaque = true;
            login::end_all(&mut next, user, SessionStatus::Unknown);
        }
        return vec![(next, breaks)];
    }
    let user = next.user(who, false);
    if let Some(text) = code.text().filter(|_| excused) {
        user.earlier = false;
        user.void.insert(text.to_owned(), Void::Spent { by: call.exchange });
    }
    // What the server took the wrong code for we cannot know: it may have spent the right one.
    for slot in user.sent.iter_mut().chain(&mut user.generated) {
        slot.certain = false;
    }
    vec![(next, breaks)]
}

/// The user who asked for an update to this number, if this is the code of that update.
fn updated_by<'a>(ground: &SearchContext<'a>, number: &str, code: &Code) -> Option<&'a str> {
    let text = code.text()?;
    ground.calls.iter().find_map(|call| match &call.action {
        Action::Send(send) if send.door == SendKind::Update && send.phone.as_deref() == Some(number) => {
            let mut codes = send.delivered.iter().chain(&send.candidates);
            codes.any(|code| code == text).then_some(send.who.as_str())
        }
        _ => None,
    })
}

/// The newest send, where it was accepted and sent nothing although nothing limits messages: the code before it must not
/// work any more.
fn silenced(
    ground: &SearchContext<'_>,
    user: &User,
    code: &Code,
    unseen: Option<&PendingCode>,
) -> Option<usize> {
    let (send, text) = (unseen?.exchange, code.text()?);
    let superseded = matches!(user.void.get(text), Some(Void::Superseded { .. }));
    let unlimited = ground.assumptions.no_resend_limit || ground.limits_with_429();
    (!user.opaque && superseded && unlimited && ground.send(send)?.silent).then_some(send)
}

/// The slot that a superseded code had: its login shows the options of its own send, if it works at all.
fn superseded(ground: &SearchContext<'_>, user: &User, code: &Code) -> Option<PendingCode> {
    let text = code.text()?;
    let Some(Void::Superseded { of, doors, .. }) = user.void.get(text) else { return None };
    Some(send::slot(ground.call(*of)?, doors.0, Some(text.to_owned())))
}

/// Whether this is the code of the newest send, and not one that the management API generated.
fn is_sent(user: &User, slot: &PendingCode) -> bool {
    user.sent.as_ref().is_some_and(|sent| sent.exchange == slot.exchange)
}

/// The least age that the code can have had when it was looked at.
fn youngest(call: &ModelCall, slot: &PendingCode) -> u64 {
    call.call.saturating_sub(slot.ret)
}

/// The greatest.
fn oldest(call: &ModelCall, slot: &PendingCode) -> u64 {
    call.ret.unwrap_or(call.call).saturating_sub(slot.call)
}

/// A live code that should have died of age or of guesses.
fn late(
    ground: &SearchContext<'_>,
    state: &State,
    user: &User,
    call: &ModelCall,
    slot: &PendingCode,
) -> Vec<Breach> {
    if user.opaque {
        return Vec::new();
    }
    let mut breaks = Vec::new();
    let learnt = |shown: Option<(u64, usize)>| shown.filter(|_| is_sent(user, slot));
    let known = ground.assumptions.code_ttl_s.map(|ttl| (ttl * SECOND, None));
    let ttl = known.or(learnt(state.lifetime.most).map(|(ttl, by)| (ttl, Some(by))));
    let youngest = youngest(call, slot);
    if let Some((ttl, by)) = ttl.filter(|(ttl, _)| youngest > ttl + GRACE) {
        let seen = format!("accepted at least {} s after it was sent", youngest / SECOND);
        let expected = format!("refused, codes live {} s", ttl / SECOND);
        breaks.push(
            Breach { with: by.into_iter().collect(), ..Breach::new(req::CODE_EXPIRES, expected, seen) }
                .with(slot.exchange),
        );
    }
    if let Some(by) = slot.locked {
        let expected = format!("refused, exchange {by} said that there were too many guesses");
        breaks.push(
            Breach::new(req::LOCKOUT_REFUSES_RIGHT_CODE, expected, "accepted").with(slot.exchange).with(by),
        );
        return breaks;
    }
    let known = ground.assumptions.max_attempts.map(|limit| (u64::from(limit), None));
    let limit = known.or(learnt(state.attempts.most).map(|(limit, by)| (limit, Some(by))));
    if limit.is_none() {
        breaks.extend(unlimited(slot));
    }
    if let Some((limit, by)) = limit.filter(|(limit, _)| u64::from(slot.guesses) >= *limit) {
        let seen = format!("accepted after {} wrong guesses", slot.guesses);
        let expected = format!("refused, {limit} wrong guesses lock a code");
        breaks.push(
            Breach {
                with: by.into_iter().collect(),
                ..Breach::new(req::WRONG_GUESSES_ARE_LIMITED, expected, seen)
            }
            .with(slot.exchange),
        );
    }
    breaks
}

/// Wrong guesses a code may survive at most, whatever a project sets. Source: NIST SP 800-63B, 5.2.2.
const MOST_GUESSES: u64 = 100;

/// A code that survived more guesses than any limit allows. Where the target announced a number of attempts it has a
/// limit; where it did not, that there is none is a weakness.
fn unlimited(slot: &PendingCode) -> Option<Breach> {
    let announced = slot.announced.filter(|attempts| *attempts > 0);
    let most = announced.unwrap_or(0).max(MOST_GUESSES);
    let seen = format!("accepted after {} wrong guesses", slot.guesses);
    let expected = match announced {
        Some(attempts) => format!("refused, the send announced {attempts} attempts"),
        None => format!("refused, more than {MOST_GUESSES} wrong guesses are no limit"),
    };
    (u64::from(slot.guesses) > most).then(|| Breach {
        second: announced.is_none(),
        ..Breach::new(req::WRONG_GUESSES_ARE_LIMITED, expected, seen).with(slot.exchange)
    })
}

/// The requirement that an accepted code breaks which is not this user's live code.
fn wrongly_accepted(
    ground: &SearchContext<'_>,
    user: &User,
    call: &ModelCall,
    who: &str,
    code: &Code,
) -> Vec<Breach> {
    let Some(text) = code.text() else {
        let refused = "refused, only the code itself opens a session";
        return match code {
            Code::NotACode => vec![
                Breach::new(req::WRONG_CODE_IS_REFUSED, refused, "something that is no code was accepted"),
                Breach::new(req::EMPTY_CODE_IS_REFUSED, refused, "something that is no code was accepted"),
            ],
            _ => vec![Breach::new(
                req::WRONG_CODE_IS_REFUSED,
                refused,
                "a text made from the code was accepted",
            )],
        };
    };
    match user.void.get(text) {
        Some(Void::Superseded { by, of, doors }) => {
            let Some(id) = superseded_requirement(ground, *by, *of, *doors) else { return Vec::new() };
            let expected = format!("refused, exchange {by} sent a newer code");
            return vec![Breach::new(id, expected, format!("{text} was accepted")).with(*by)];
        }
        Some(Void::Spent { by }) => {
            let overlapping = ground.call(*by).is_some_and(|other| other.overlaps(call));
            let id = if overlapping { req::CONCURRENT_VERIFIES_ONE_WINNER } else { req::CODE_IS_SINGLE_USE };
            let expected = format!("refused, exchange {by} used this code");
            return vec![Breach::new(id, expected, format!("{text} was accepted again")).with(*by)];
        }
        None => {}
    }
    if text == STATIC_CODE {
        return vec![Breach::new(
            req::STATIC_TEST_CODE_SCOPE,
            "refused, the static code is not for this login ID",
            "accepted",
        )];
    }
    if let Some(owner) = ground.owner_of(text).filter(|owner| *owner != who) {
        return vec![Breach::new(
            req::CODE_IS_BOUND_TO_LOGIN_ID,
            format!("refused, {text} was sent to {owner}"),
            "accepted",
        )];
    }
    if user.standing == Registration::Absent {
        return vec![Breach::new(
            req::VERIFY_REFUSES_UNKNOWN_USER,
            "refused, no user has this login ID",
            "accepted",
        )];
    }
    vec![Breach::new(req::WRONG_CODE_IS_REFUSED, "refused, this code was never sent", "accepted")]
}

/// Which sentence a superseded code breaks by working: it depends on how the two sends stood to each other. Whether
/// updates of the phone and logins void each other's codes is nowhere written.
fn superseded_requirement(
    ground: &SearchContext<'_>,
    by: usize,
    of: usize,
    doors: (SendKind, SendKind),
) -> Option<RequirementId> {
    let overlapping = matches!((ground.call(by), ground.call(of)), (Some(a), Some(b)) if a.overlaps(b));
    match (overlapping, doors) {
        (_, (SendKind::Update, _) | (_, SendKind::Update)) => None,
        (true, _) => Some(req::CONCURRENT_SENDS_ONE_CODE),
        (false, (SendKind::SignupIn, SendKind::SignupIn)) => Some(req::SECOND_SEND_VOIDS_FIRST_CODE),
        (false, _) => Some(req::ANY_SEND_VOIDS_EARLIER_CODE),
    }
}

// ---- refused -------------------------------------------------------------------------------------------------

fn refused(
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
        Some(slot) if matches!(code, Code::Plain(_)) => match excuse(ground, state, user, call, slot) {
            Some(excuse) => {
                excuse.note(&mut next, call);
                return (next, Vec::new());
            }
            None => wrongly_refused(ground, user, call, who, slot, &seen),
        },
        Some(_) => Vec::new(),
        None => wrong_error(ground, user, call, code, error, &seen),
    };
    // Servers may count what was tried before a code was sent, too.
    user.guesses = user.guesses_at(call.call) + 1;
    user.guessed_at = call.call;
    // What a server may refuse for its form alone it need not count.
    let known = || call.spelling.as_deref().is_some_and(|spelling| ground.resolves(spelling));
    if live.is_none() && (call.plain || known()) && is_counted(ground, user, call, code) {
        let most = u64::from(user.guesses) + ground.unread_before(call);
        if let (Some(slot), _) | (None, [slot]) = (&mut user.sent, user.generated.as_mut_slice()) {
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

/// Which requirement is broken by refusing a live code.
fn wrongly_refused(
    ground: &SearchContext<'_>,
    user: &User,
    call: &ModelCall,
    who: &str,
    slot: &PendingCode,
    seen: &str,
) -> Vec<Breach> {
    let right = "200 and a session, the code is live";
    let blame = |id| vec![Breach::new(id, right, seen).with(slot.exchange)];
    let challenged = ground.send(slot.exchange).is_some_and(|send| !send.options["pkceChallenge"].is_null());
    if challenged && !ground.refuses_plainly {
        let expected = "200, a pkceChallenge changes nothing";
        return vec![Breach::new(req::PKCE_CHALLENGE_HAS_NO_EFFECT, expected, seen).with(slot.exchange)];
    }
    let again = user.void.values().any(|void| matches!(void, Void::Superseded { .. }));
    if ground.refuses_plainly {
        return blame(if again { req::SECOND_CODE_IS_ACCEPTED } else { req::NEWEST_CODE_IS_ACCEPTED });
    }
    let since = |wanted: &dyn Fn(&ModelCall) -> bool| {
        let mut between = ground.calls.iter().filter(|c| c.call >= slot.call && c.call < call.call);
        between.find(|c| !ground.concerns(c, who) && wanted(c)).map(|c| c.exchange)
    };
    if let Some(send) = slot.refused_send {
        return vec![
            Breach::new(req::REFUSED_SEND_KEEPS_CODE, "200, a refused send leaves the code alone", seen)
                .with(slot.exchange)
                .with(send),
        ];
    }
    if let Some(send) = slot.initiated {
        return vec![
            Breach::new(req::GENERATED_CODE_SURVIVES_SEND, "200, a generated code outlives a send", seen)
                .with(slot.exchange)
                .with(send),
        ];
    }
    // Guesses at an earlier code are no reason to refuse this one.
    let guessed = user.guesses_at(call.call) > 0 && user.guessed_at >= slot.call;
    if guessed && !is_sent(user, slot) {
        return blame(req::WRONG_GUESS_KEEPS_CODE);
    }
    if !is_sent(user, slot) {
        return blame(req::GENERATED_CODE_NEEDS_NO_SEND);
    }
    if ground.raced(slot.exchange, who) {
        // Whether one of several overlapping sends must win is a second sentence of its own.
        let expected = "200 for one of the codes of overlapping sends";
        return vec![Breach {
            second: true,
            ..Breach::new(req::CONCURRENT_SENDS_ONE_CODE, expected, seen).with(slot.exchange)
        }];
    }
    if guessed {
        return blame(req::WRONG_GUESS_KEEPS_CODE);
    }
    if let Some(other) = since(&|c| matches!(c.action, Action::Send(_)) && c.outcome == CallOutcome::Accepted)
    {
        let expected = "200, a send to another user leaves the code alone";
        return vec![
            Breach::new(req::SEND_KEEPS_CODES_OF_OTHERS, expected, seen).with(slot.exchange).with(other),
        ];
    }
    if let Some(other) =
        since(&|c| matches!((&c.action, &c.outcome), (Action::Verify { .. }, CallOutcome::Refused { .. })))
    {
        let expected = "200, another user's wrong guesses leave the code alone";
        return vec![
            Breach::new(req::GUESSES_DO_NOT_AFFECT_OTHERS, expected, seen).with(slot.exchange).with(other),
        ];
    }
    blame(if again { req::SECOND_CODE_IS_ACCEPTED } else { req::NEWEST_CODE_IS_ACCEPTED })
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
    let Some(slot) = user.sent.as_ref().filter(|slot| slot.certain) else { return Vec::new() };
    let Code::Plain(text) = code else { return Vec::new() };
    // Once the code may have run out none is outstanding.
    if oldest(call, slot) >= ground.assumptions.code_ttl_s.unwrap_or(LEAST_TTL) * SECOND {
        return Vec::new();
    }
    // A text of another form may be refused as malformed; one that was another user's has the right form.
    let guess = text.starts_with("<guess") && !call.facts.contains(&Fact::OtherForm);
    let same_kind = ground.owner_of(text).is_some();
    let limit = ground.assumptions.max_attempts;
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
