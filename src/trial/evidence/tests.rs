use super::*;

/// What a trial saw: findings of these requirements, and whether it was played to its end.
fn seen(found: &[u16], to_its_end: bool) -> Evidence {
    let mut evidence = Evidence::default();
    for number in found {
        evidence.convict(Finding::bare(*number), History::default(), 1);
    }
    if !to_its_end {
        evidence.judgement.doubts.push(InconclusiveReason::NoMessage { exchange: 1 });
    }
    evidence.cost = Cost { requests: 5, sends: 1 };
    evidence
}

#[test]
fn another_attempt_stands_in_where_it_came_to_its_end_and_found_as_much() {
    let first = || seen(&[954], false);
    assert!(first().ended_early() && !seen(&[], false).ended_early() && !seen(&[954], true).ended_early());
    for (again, found, open) in [
        (seen(&[954, 955], true), 2, false),
        (seen(&[954], true), 1, false),
        (seen(&[955], true), 1, true),
        (seen(&[954, 955], false), 1, true),
    ] {
        let kept = first().or_better(again);
        assert_eq!(
            (kept.judgement.findings.len(), !kept.judgement.doubts.is_empty(), kept.cost.requests),
            (found, open, 10)
        );
    }
}
