use super::*;
use crate::exchange::{Answer, Event, Payload, Request};

const WHO: &str = "<phone:A>";

/// An exchange about a user, from a moment to another.
fn about(id: usize, operation: OperationId, login_id: &str, status: u16, (call, ret): (u64, u64)) -> Event {
    let body = Payload::Json(json!({ "loginId": login_id }));
    let request = Request { body, ..Request::default() };
    let answer = Answer::Response(Response { status, ..Response::default() });
    let operation = Some(operation);
    Event::Exchange(Box::new(Exchange { id, operation, request, answer, call, ret, facts: Vec::new() }))
}

fn history(events: Vec<Event>) -> History {
    History { events, ..History::default() }
}

fn promised(live: bool) -> Vec<Promise> {
    let (who, dead) = (|| WHO.to_owned(), Promise::DeadCode { who: WHO.into(), code: "<code:A1>".into() });
    let live = live.then(|| Promise::LiveCode { who: who(), code: "<code:A2>".into() });
    let session = Promise::LiveSession { who: who(), token: "<refresh:A1>".into() };
    [dead].into_iter().chain(live).chain([Promise::Login { who: who() }, session]).collect()
}

#[test]
fn what_may_have_brought_a_code_back_has_it_tried_before_the_next_login() {
    let login = || about(1, OperationId::VERIFY, WHO, 200, (10, 20));
    let after =
        |id, operation, who, status, span| history(vec![login(), about(id, operation, who, status, span)]);
    let first = |history: &History| {
        let all = promised(false);
        matches!(Phase::Logins.asks(&all, history).first(), Some(Promise::DeadCode { .. }))
    };
    assert!(first(&after(2, OperationId::UpdateUserStatus, WHO, 200, (30, 40))));
    assert!(first(&after(2, OperationId::SIGNUP, "<phone:A|dashes>", 400, (30, 40))));
    // A wrong guess that was under way when the code was spent.
    assert!(first(&after(2, OperationId::VERIFY, WHO, 401, (5, 25))));
    assert!(first(&history(Vec::new())));
    assert!(!first(&history(vec![login()])));
    assert!(!first(&after(2, OperationId::UpdateUserStatus, "<phone:B>", 200, (30, 40))));
    assert!(!first(&after(2, OperationId::SIGNUP_IN, WHO, 200, (1, 5))));
}

#[test]
fn a_live_code_comes_before_all_that_may_cost_it() {
    let (all, nothing) = (promised(true), history(Vec::new()));
    let asked = |phase: Phase| phase.asks(&all, &nothing);
    assert!(matches!(asked(Phase::LiveCodes)[..], [Promise::LiveCode { .. }]));
    assert!(matches!(asked(Phase::Logins)[..], [Promise::Login { .. }]));
    assert!(matches!(asked(Phase::Rest)[..], [Promise::DeadCode { .. }, Promise::LiveSession { .. }]));
}
