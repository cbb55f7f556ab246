use super::*;
use std::collections::HashSet;

#[test]
fn gives_each_number_once_and_says_when_it_begins_again() {
    let numbers = Numbers::new(7);
    assert!(numbers.capacity() >= 4_000);
    let seen: HashSet<_> = (0..numbers.capacity()).map(|_| numbers.next()).collect();
    assert_eq!(seen.len(), numbers.capacity());
    assert!(seen.iter().all(|number| is_reserved(number)));
    assert!(!numbers.wrapped());
    assert!(seen.contains(&numbers.next()));
    assert!(numbers.wrapped());
}

#[test]
fn each_part_has_numbers_of_its_own_and_runs_seldom_share_them() {
    for namespace in 0..50 {
        let numbers = Numbers::new(namespace);
        let all = |part, count| (0..count).map(|_| numbers.of(part, Reach::Here)).collect::<HashSet<_>>();
        let parts =
            [(NumberPool::Shared, ANYBODY), (NumberPool::Fresh, NEWCOMERS), (NumberPool::Linked, TIED)].map(
                |(part, count)| {
                    let all = all(part, count);
                    assert_eq!(all.len(), count, "{part:?}");
                    all
                },
            );
        assert!(!numbers.wrapped());
        let together: HashSet<_> = parts.iter().flatten().collect();
        assert_eq!(together.len(), AREA_CODES.len() * EACH);
        assert!(together.iter().all(|number| is_reserved(number)));
        numbers.of(NumberPool::Linked, Reach::Here);
        assert!(numbers.wrapped());
    }
    let months = (0..100).flat_map(|namespace| {
        let numbers = Numbers::new(namespace);
        (0..12).map(|_| numbers.of(NumberPool::Fresh, Reach::Here)).collect::<Vec<_>>()
    });
    assert!(months.collect::<HashSet<_>>().len() > 900);
}

#[test]
fn the_namespace_decides() {
    let take = |namespace| {
        let numbers = Numbers::new(namespace);
        (0..200).map(|_| (numbers.next(), numbers.name())).collect::<Vec<_>>()
    };
    assert_eq!(take(1), take(1));
    let (one, two): (HashSet<_>, HashSet<_>) = (take(1).into_iter().collect(), take(2).into_iter().collect());
    assert!(one.is_disjoint(&two));
}

#[test]
fn threads_never_share_a_number() {
    let numbers = Numbers::new(3);
    let take = || (0..500).map(|_| numbers.next()).collect::<Vec<_>>();
    let taken: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 4000);
}

#[test]
fn names_have_too_few_digits_to_be_dialled() {
    for namespace in 0..1000 {
        let name = Numbers::new(namespace).name();
        assert!(name.starts_with("otpc-") && name.ends_with("-1"), "{name}");
        let (numbers, other) = (Numbers::new(namespace), Numbers::new(namespace + 1));
        let address = format!("{}@example.com", name.replacen('-', ".", 1).replace('-', "_"));
        for written in [name.clone(), name.to_uppercase(), name.replace('-', " "), address] {
            assert!(numbers.has_named(&written) && !other.has_named(&written), "{written}");
        }
        assert_eq!(name.bytes().filter(u8::is_ascii_digit).count(), 1, "{name}");
    }
}
