use super::*;

const WINDOW: Duration = Duration::from_secs(60);

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// When so many requests go that ask at this moment.
fn taken(pace: &Pace, mut now: Duration, requests: u32, operation: Option<OperationId>) -> Duration {
    while let Err(wait) = pace.take(now, requests, operation) {
        now += wait;
    }
    now
}

#[test]
fn no_window_holds_more_than_the_limit_and_none_is_silent() {
    let pace = Pace::unlimited().with(RateClass::All, 5, WINDOW);
    let mut at = vec![taken(&pace, seconds(1), 1, None)];
    for _ in 0..11 {
        at.push(taken(&pace, at[at.len() - 1], 1, None));
    }
    let pauses: Vec<Duration> = at.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(pauses.iter().all(|pause| *pause == pauses[0] && *pause > WINDOW / 5), "{pauses:?}");
    at.extend([taken(&pace, at[11], 4, None); 4]);
    at.push(taken(&pace, at[15], 1, None));
    for (index, first) in at.iter().enumerate() {
        assert!(at[index..].iter().filter(|other| **other < *first + WINDOW).count() <= 5, "{at:?}");
    }
    assert!(pace.time_for(100) > seconds(1200) && pace.time_for(100) < seconds(1260));
}

#[test]
fn who_does_not_wait_takes_no_place() {
    let pace = Pace::unlimited().with(RateClass::All, 1, WINDOW);
    assert_eq!(pace.take(seconds(1), 1, None), Ok(()));
    let wait = pace.take(seconds(2), 1, None);
    assert!(wait.is_err());
    assert_eq!(pace.take(seconds(2), 1, None), wait);
}

#[test]
fn a_class_counts_its_own_requests() {
    let pace = Pace::unlimited().with(RateClass::All, 6000, WINDOW).with(RateClass::Create, 1, WINDOW);
    let (now, create) = (seconds(7), Some(OperationId::CreateTestUser));
    assert_eq!(taken(&pace, now, 1, create), now);
    assert!(taken(&pace, now, 1, Some(OperationId::Me)) < now + seconds(1));
    assert!(taken(&pace, now, 1, create) >= now + WINDOW);
}

#[test]
fn a_target_that_asks_for_time_gets_it() {
    let pace = Pace::unlimited().with(RateClass::All, 100, WINDOW);
    let now = pace.now();
    pace.hold(seconds(7));
    assert!(taken(&pace, now, 1, None) >= now + seconds(7));
}

#[test]
fn processes_of_one_run_share_their_windows() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("pace.json");
    let process = || Pace::unlimited().with(RateClass::All, 2, WINDOW).shared(Some(at.clone()));
    let now = seconds(7);
    assert_eq!(taken(&process(), now, 1, None), now);
    let second = taken(&process(), now, 1, None);
    assert!(second > now + WINDOW / 2 && second < now + WINDOW);
    process().hold(seconds(1));
    assert!(taken(&process(), now, 1, None) > now + WINDOW * 2, "the system's time is asked");

    std::fs::write(&at, "half a li").unwrap();
    assert_eq!(taken(&process(), now, 1, None), now);
}
