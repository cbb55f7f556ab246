//! A login with a code: may it be accepted, may it be refused, and whose fault is it otherwise.

use super::call::{Action, Call, Code, Door, Outcome};
use super::login;
use super::search::Ground;
use super::state::{Break, Next, Slot, Standing, State, User, Void};

/// Microseconds in a second.
const SECOND: u64 = 1_000_000;
/// The least lifetime a project can set. Source: docs: OTP settings.
pub(super) const LEAST_TTL: u64 = 60;
/// How much later than its lifetime a code may still work: clocks and queues.
const GRACE: u64 = 5 * SECOND;
/// What stands for the project's static test code.
const STATIC_CODE: &str = "<code:static>";

pub(super) fn step(ground: &Ground<'_>, state: &State, call: &Call, who: &str, code: &Code) -> Next {
    let mut base = state.clone();
    base.user(who, ground.is_fresh(who));
    match &call.outcome {
        Outcome::Accepted => accepted(ground, &base, call, who, code),
        Outcome::Refused { error } => vec![refused(ground, &base, call, who, code, error.as_deref())],
        Outcome::Limited => vec![(base, Vec::new())],
        Outcome::Broken { status } => {
            let blame = live(&base.users[who], code).map(|slot| {
                let seen = format!("status {status}");
                Break::new(41, "200 and a session, the code is live", seen).with(slot.exchange)
            });
            base.user(who, false).opaque = true;
            vec![(base, blame.into_iter().collect())]
        }
        Outcome::Lost => {
            base.user(who, false).opaque = true;
            vec![(base, Vec::new())]
        }
    }
}

/// The slot whose code this is.
fn live<'s>(user: &'s User, code: &Code) -> Option<&'s Slot> {
    let text = code.text()?;
    user.sent.iter().chain(&user.generated).find(|slot| slot.code.as_deref() == Some(text))
}

// ---- accepted ------------------------------------------------------------------------------------------------

fn accepted(ground: &Ground<'_>, state: &State, call: &Call, who: &str, code: &Code) -> Next {
    let user = &state.users[who];
    if let Some(slot) = live(user, code).cloned() {
        let mut breaks = late(ground, user, call, &slot);
        let next = login::login(ground, state, call, who, Some(&slot), &mut breaks);
        return vec![(next, breaks)];
    }
    let unseen = user.sent.as_ref().filter(|slot| slot.code.is_none()).cloned();
    let excused = user.opaque || (unseen.is_some() && matches!(code, Code::Plain(_) | Code::Lenient(_)));
    let mut breaks = if excused { Vec::new() } else { wrongly_accepted(ground, user, call, who, code) };
    let mut next = login::login(ground, state, call, who, unseen.as_ref(), &mut breaks);
    // What the server took the wrong code for we cannot know: it may have spent the right one.
    let user = next.user(who, false);
    for slot in user.sent.iter_mut().chain(&mut user.generated) {
        slot.certain = false;
    }
    vec![(next, breaks)]
}

/// A live code that should have died of age or of guesses.
fn late(ground: &Ground<'_>, user: &User, call: &Call, slot: &Slot) -> Vec<Break> {
    if user.opaque {
        return Vec::new();
    }
    let mut breaks = Vec::new();
    let youngest = call.call.saturating_sub(slot.ret);
    if let Some(ttl) = ground.assumptions.code_ttl_s
        && youngest > ttl * SECOND + GRACE
    {
        let seen = format!("accepted at least {} s after it was sent", youngest / SECOND);
        breaks.push(Break::new(47, format!("refused, codes live {ttl} s"), seen).with(slot.exchange));
    }
    if let Some(limit) = ground.assumptions.max_attempts
        && user.guesses >= limit
    {
        let seen = format!("accepted after {} wrong guesses", user.guesses);
        breaks.push(
            Break::new(49, format!("refused, {limit} wrong guesses lock a code"), seen).with(slot.exchange),
        );
    }
    breaks
}

/// The requirement that an accepted code breaks which is not this user's live code.
fn wrongly_accepted(ground: &Ground<'_>, user: &User, call: &Call, who: &str, code: &Code) -> Vec<Break> {
    let Some(text) = code.text() else {
        let refused = "refused, only the code itself opens a session";
        return match code {
            Code::NotACode => vec![
                Break::new(42, refused, "something that is no code was accepted"),
                Break::new(43, refused, "something that is no code was accepted"),
            ],
            _ => vec![Break::new(42, refused, "a text made from the code was accepted")],
        };
    };
    match user.void.get(text) {
        Some(Void::Superseded { by, of, doors }) => {
            let Some(id) = superseded_requirement(ground, *by, *of, *doors) else { return Vec::new() };
            let expected = format!("refused, exchange {by} sent a newer code");
            return vec![Break::new(id, expected, format!("{text} was accepted")).with(*by)];
        }
        Some(Void::Spent { by }) => {
            let overlapping = ground.call(*by).is_some_and(|other| other.overlaps(call));
            let id = if overlapping { 107 } else { 46 };
            let expected = format!("refused, exchange {by} used this code");
            return vec![Break::new(id, expected, format!("{text} was accepted again")).with(*by)];
        }
        None => {}
    }
    if text == STATIC_CODE {
        return vec![Break::new(100, "refused, the static code is not for this login ID", "accepted")];
    }
    if let Some(owner) = ground.owner_of(text).filter(|owner| *owner != who) {
        return vec![Break::new(45, format!("refused, {text} was sent to {owner}"), "accepted")];
    }
    if user.standing == Standing::Absent {
        return vec![Break::new(44, "refused, nobody has this login ID", "accepted")];
    }
    vec![Break::new(42, "refused, this code was never sent", "accepted")]
}

/// Which sentence a superseded code breaks by working: it depends on how the two sends stood to each other. Whether
/// updates of the phone and logins void each other's codes is nowhere written.
fn superseded_requirement(ground: &Ground<'_>, by: usize, of: usize, doors: (Door, Door)) -> Option<u16> {
    let overlapping = matches!((ground.call(by), ground.call(of)), (Some(a), Some(b)) if a.overlaps(b));
    match (overlapping, doors) {
        (_, (Door::Update, _) | (_, Door::Update)) => None,
        (true, _) => Some(108),
        (false, (Door::SignupIn, Door::SignupIn)) => Some(54),
        (false, _) => Some(56),
    }
}

// ---- refused -------------------------------------------------------------------------------------------------

fn refused(
    ground: &Ground<'_>,
    state: &State,
    call: &Call,
    who: &str,
    code: &Code,
    error: Option<&str>,
) -> (State, Vec<Break>) {
    let mut next = state.clone();
    let user = next.user(who, false);
    let seen = format!("refused{}", error.map(|code| format!(" with {code}")).unwrap_or_default());
    let live = live(user, code).cloned();
    let breaks = match &live {
        _ if user.opaque || !call.plain => Vec::new(),
        Some(slot) if matches!(code, Code::Plain(_)) => wrongly_refused(ground, user, call, who, slot, &seen),
        Some(_) => Vec::new(),
        None => wrong_error(ground, user, code, error, &seen),
    };
    if live.is_none() && (user.sent.is_some() || !user.generated.is_empty()) {
        // What a server may refuse for its form alone it need not count, but may.
        user.guesses += u32::from(call.plain);
        user.guesses_in_all += 1;
    }
    (next, breaks)
}

/// Whether a live code may be refused after all, and which requirement is broken if not.
fn wrongly_refused(
    ground: &Ground<'_>,
    user: &User,
    call: &Call,
    who: &str,
    slot: &Slot,
    seen: &str,
) -> Vec<Break> {
    let oldest = call.ret.unwrap_or(call.call).saturating_sub(slot.call);
    let ttl = ground.assumptions.code_ttl_s.unwrap_or(LEAST_TTL);
    let limit = ground.assumptions.max_attempts.unwrap_or(1);
    if oldest >= ttl * SECOND || user.guesses_in_all >= limit || !slot.certain {
        return Vec::new();
    }
    let right = "200 and a session, the code is live";
    let blame = |id| vec![Break::new(id, right, seen).with(slot.exchange)];
    let again = user.void.values().any(|void| matches!(void, Void::Superseded { .. }));
    if ground.refuses_plainly {
        return blame(if again { 55 } else { 41 });
    }
    let since = |wanted: &dyn Fn(&Call) -> bool| {
        let mut between = ground.calls.iter().filter(|c| c.call >= slot.call && c.call < call.call);
        between.find(|c| !ground.concerns(c, who) && wanted(c)).map(|c| c.exchange)
    };
    if let Some(send) = slot.refused_send {
        return vec![
            Break::new(59, "200, a refused send leaves the code alone", seen).with(slot.exchange).with(send),
        ];
    }
    if let Some(send) = slot.initiated {
        return vec![
            Break::new(58, "200, a generated code outlives a send", seen).with(slot.exchange).with(send),
        ];
    }
    if user.guesses_in_all > 0 {
        return blame(51);
    }
    if !user.sent.as_ref().is_some_and(|sent| sent == slot) {
        return blame(96);
    }
    // Where nobody ever got in, other people's calls explain nothing.
    let proven = ground
        .calls
        .iter()
        .any(|c| matches!((&c.action, &c.outcome), (Action::Verify { .. }, Outcome::Accepted)));
    if !proven {
        return blame(if again { 55 } else { 41 });
    }
    if let Some(other) = since(&|c| matches!(c.action, Action::Send(_)) && c.outcome == Outcome::Accepted) {
        let expected = "200, a send to somebody else leaves the code alone";
        return vec![Break::new(57, expected, seen).with(slot.exchange).with(other)];
    }
    if let Some(other) =
        since(&|c| matches!((&c.action, &c.outcome), (Action::Verify { .. }, Outcome::Refused { .. })))
    {
        let expected = "200, somebody else's wrong guesses leave the code alone";
        return vec![Break::new(112, expected, seen).with(slot.exchange).with(other)];
    }
    if ground.raced(slot.exchange, who) {
        // Whether one of several overlapping sends must win is a second sentence of its own.
        let expected = "200 for one of the codes of overlapping sends";
        return vec![Break { second: true, ..Break::new(108, expected, seen).with(slot.exchange) }];
    }
    blame(if again { 55 } else { 41 })
}

/// A right refusal with the wrong reason.
fn wrong_error(ground: &Ground<'_>, user: &User, code: &Code, error: Option<&str>, seen: &str) -> Vec<Break> {
    let one_of = |allowed: &[&str]| error.is_some_and(|error| allowed.contains(&error));
    let Some(slot) = &user.sent else { return Vec::new() };
    let Code::Plain(text) = code else { return Vec::new() };
    // A code of another kind may be refused as malformed; one that was somebody's is of the right kind.
    let same_kind = slot.code.is_some() && (user.void.contains_key(text) || ground.owner_of(text).is_some());
    let guess = text.starts_with("<guess");
    let limit = ground.assumptions.max_attempts;
    if limit.is_some_and(|limit| user.guesses + 1 < limit) || limit.is_none() {
        let allowed: &[&str] = if limit.is_none() { &["E061102", "E061103"] } else { &["E061102"] };
        if (guess || same_kind) && !user.void.contains_key(text) && !one_of(allowed) {
            return vec![Break::new(42, "refused with E061102", seen).with(slot.exchange)];
        }
    }
    Vec::new()
}
