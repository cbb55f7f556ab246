//! The judge against recordings written by hand: each is due one verdict, and gets it.

#![allow(clippy::unwrap_used, reason = "the lint lets tests do so, but not the helpers beside them")]

#[path = "histories/dice.rs"]
mod dice;
#[path = "histories/notation.rs"]
mod notation;
#[path = "histories/oracle.rs"]
mod oracle;
#[path = "histories/server.rs"]
mod server;
#[path = "histories/sessions.rs"]
mod sessions;
#[path = "histories/walk.rs"]
mod walk;
#[path = "histories/words.rs"]
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dice::Dice;
use otp_conformance::contract::{Contract, Level};
use otp_conformance::judge::{InconclusiveReason, Judgement, Verdict, judge};
use otp_conformance::model;
use server::Bug;
use walk::{Terrain, Walked, walk};

/// What was said, in the words of a `due` line and a `warns` line.
fn said(judgement: &Judgement) -> (String, BTreeSet<String>, BTreeSet<String>) {
    let of = |level: Level| -> BTreeSet<String> {
        let findings = judgement.findings.iter().filter(|finding| finding.level == level);
        findings.map(|finding| finding.requirement.to_string()).collect()
    };
    let warned = of(Level::Should);
    match judgement.verdict(Level::Must) {
        Verdict::Conforms => ("conforms".into(), BTreeSet::new(), warned),
        Verdict::Violates(_) => ("violates".into(), of(Level::Must), warned),
        Verdict::Inconclusive(doubt) => ("inconclusive".into(), [doubt.word().to_owned()].into(), warned),
    }
}

fn folder(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Judges every recording of a folder; returns how many there are.
fn judge_all(name: &str, belongs: impl Fn(&notation::Recording) -> bool) -> usize {
    let contract = Contract::embedded().unwrap();
    let mut wrong = Vec::new();
    let files = folder(name);
    for file in &files {
        let recording = notation::read(&contract, &fs::read_to_string(file).unwrap());
        let judgement = judge(&contract, &recording.history);
        assert!(belongs(&recording), "{} lies in the wrong folder", file.display());
        let wanted =
            (recording.due, recording.of.into_iter().collect(), recording.warns.into_iter().collect());
        let got = said(&judgement);
        if got != wanted {
            wrong.push(format!("{}\n  due {wanted:?}\n  got {got:?}\n{judgement:#?}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    files.len()
}

#[test]
fn right_servers_are_acquitted() {
    assert!(judge_all("right", |due| due.due == "conforms" && due.warns.is_empty()) >= 20);
}

#[test]
fn wrong_servers_are_convicted_of_what_they_broke() {
    let wrong = judge_all("wrong", |due| due.due == "violates" || !due.warns.is_empty());
    assert!(wrong > folder("right").len() + folder("doubtful").len(), "more bugs than acquittals");
}

#[test]
fn what_shows_nothing_is_a_doubt() {
    assert!(judge_all("doubtful", |due| due.due == "inconclusive") >= 5);
}

// ---- random servers ------------------------------------------------------------------------------------------

/// Random walks of a test.
const WALKS: u64 = 1_200;

fn judged(contract: &Contract, text: &str) -> Judgement {
    judge(contract, &notation::read(contract, text).history)
}

/// Whatever a right server decides where the contract lets it, and in whatever order overlapping calls take effect.
#[test]
fn no_right_server_is_ever_convicted() {
    let contract = Contract::embedded().unwrap();
    for seed in 0..WALKS {
        let terrain = Terrain {
            rounds: 4 + seed % 14,
            at_once: 1 + seed % 4,
            losses: seed % 3 == 0,
            told: seed % 2 == 0,
        };
        let Walked { text, slipped } = walk(seed, None, terrain);
        let judgement = judged(&contract, &text);
        assert!(
            !slipped && judgement.findings.is_empty(),
            "seed {seed}, {terrain:?}\n{text}\n{judgement:#?}"
        );
        assert!(
            !judgement.doubts.contains(&InconclusiveReason::OutOfBudget),
            "seed {seed}, {terrain:?}: out of budget\n{text}"
        );
    }
}

/// Where one call follows the other and the limits are known, a bug that shows is a bug that is seen.
#[test]
fn every_slip_of_a_wrong_server_is_convicted() {
    let contract = Contract::embedded().unwrap();
    let terrain = Terrain { rounds: 30, at_once: 1, losses: false, told: true };
    for bug in Bug::ALL {
        let mut shown = 0;
        for seed in 0..WALKS / 6 {
            let Walked { text, slipped } = walk(seed, Some(bug), terrain);
            let convicted = !judged(&contract, &text).findings.is_empty();
            assert_eq!(convicted, slipped, "{bug:?}, seed {seed}\n{text}\n{:#?}", judged(&contract, &text));
            shown += u64::from(slipped);
        }
        assert!(shown > 0, "{bug:?} never showed");
    }
}

/// Our search and somebody else's agree on whether any order explains a race.
#[test]
fn another_checker_is_of_the_same_opinion() {
    let contract = Contract::embedded().unwrap();
    let mut without_order = 0;
    for seed in 0..WALKS * 4 {
        let (text, history) = oracle::race(&mut Dice(seed));
        let explained = model::explain(&contract, &notation::read(&contract, &text).history).blame.is_empty();
        let ordered = oracle::has_an_order(history);
        assert_eq!(explained, ordered, "seed {seed}\n{text}");
        without_order += u64::from(!ordered);
    }
    assert!((WALKS / 2..WALKS * 7 / 2).contains(&without_order), "{without_order} races without an order");
}
