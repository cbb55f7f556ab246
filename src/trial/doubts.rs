//! Which doubts of many rounds are the trial's.

use crate::judge::InconclusiveReason;

/// The doubts of a trial of several rounds, from those of each round. A round in which a step could not be taken or an
/// answer was lost shows nothing, and takes nothing from the others: where most rounds came to their end, only what may
/// be a fault remains. With one round its doubts are the trial's.
pub fn of_rounds(rounds: Vec<Vec<InconclusiveReason>>) -> Vec<InconclusiveReason> {
    let broken = rounds.iter().filter(|doubts| !doubts.is_empty()).count();
    let most_are_whole = broken * 2 < rounds.len();
    let counts = |doubt: &InconclusiveReason| {
        !most_are_whole || matches!(doubt, InconclusiveReason::PerhapsShown { .. })
    };
    rounds.into_iter().flatten().filter(counts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_broken_round_of_many_is_no_doubt_and_one_of_one_is() {
        let lost = || vec![InconclusiveReason::Limited { exchange: 1 }];
        assert_eq!(of_rounds(vec![lost()]), lost());
        assert_eq!(of_rounds(vec![lost(), Vec::new()]), lost());
        assert_eq!(of_rounds(vec![Vec::new(), lost(), Vec::new()]), Vec::new());
        let shown = InconclusiveReason::PerhapsShown {
            exchange: 2,
            secret: "<code:A1>".into(),
            place: "body".into(),
        };
        assert_eq!(of_rounds(vec![Vec::new(), vec![shown.clone()], Vec::new()]), vec![shown]);
    }
}
