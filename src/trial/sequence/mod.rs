//! Random sequences: calls in an order that no author thought of, by several users at once.
//!
//! A sequence is drawn as moves (`moves`), written down as a scenario that keeps track of which codes and
//! tokens there must be (`script`), played, and judged by the model: no step says what must be seen. One that breaks a
//! requirement is made as small as it can be (`shrink`) and kept in suite format.

mod draw;
mod moves;
mod play;
mod proves;
mod script;
mod shrink;
mod theme;

use crate::contract::{Contract, DeliveryMethod};
use crate::drive::Target;
use crate::suite::Need;

pub(super) use play::play;
pub(super) use shrink::smallest;

use super::{Cost, Trial, TrialKind, epilogue};

pub use theme::Theme;

/// Messages that one sequence asks for, at most.
const SENDS: usize = 8;
/// Maximum number of lockout bursts of a sequence, and wrong guesses of a burst.
const STORMS: (usize, u64) = (1, 5);
/// Steps of a sequence, at least and at most.
const LENGTH: (usize, usize) = (20, 28);

/// The same where users of two methods are made first.
const SENDS_OF_SEVERAL: usize = 14;
/// Of so many sequences by SMS one is played by each other method: what all methods share was shown by SMS.
const BY_OTHERS: u32 = 4;
/// Sequences by each pair of methods.
const BESIDE: u32 = 8;

/// The random sequences of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    /// What they are about.
    pub theme: Theme,
    /// How codes are delivered in them.
    pub method: DeliveryMethod,
    /// The other method, where they are about two.
    pub beside: Option<DeliveryMethod>,
    /// How many are drawn.
    pub count: u32,
}

impl Sequence {
    /// Every theme by each of these methods, and each two of them together: by SMS 64 sequences in all where sends are
    /// free, else one of each.
    pub fn all(free: bool, methods: &[DeliveryMethod]) -> Vec<Sequence> {
        let counted = |count| if free { count } else { 1 };
        let alone = methods.iter().flat_map(|method| {
            let share = if *method == DeliveryMethod::Sms { 1 } else { BY_OTHERS };
            Theme::ALL.into_iter().map(move |(theme, _, count)| Sequence {
                theme,
                method: *method,
                beside: None,
                count: counted(count / share),
            })
        });
        let pair = |method: DeliveryMethod, beside| Sequence {
            theme: Theme::SeveralMethods,
            method,
            beside: Some(beside),
            count: counted(BESIDE),
        };
        let pairs = methods
            .iter()
            .enumerate()
            .flat_map(|(at, method)| methods[..at].iter().map(move |beside| pair(*method, *beside)));
        alone.chain(pairs).collect()
    }

    /// `sequence::several-users`, `sequence::email::several-users`, `sequence::email::beside-sms`.
    pub fn name(self) -> String {
        let (kind, theme) = (TrialKind::Sequence.word(), self.theme.word());
        match (self.method, self.beside) {
            (method, Some(beside)) => format!("{kind}::{method}::beside-{beside}"),
            (DeliveryMethod::Sms, None) => format!("{kind}::{theme}"),
            (method, None) => format!("{kind}::{method}::{theme}"),
        }
    }

    /// What it is about, in words.
    fn about(self) -> String {
        match self.beside {
            Some(beside) => format!("codes by {} and {}", beside.words(), self.method.words()),
            None => self.theme.word().replace('-', " "),
        }
    }

    /// The method that users begin with: one of two that goes to a phone, since a mail address is easily added.
    fn first(self) -> DeliveryMethod {
        self.beside.filter(|_| self.method.is_mail()).unwrap_or(self.method)
    }

    /// Its methods, that which users begin with first.
    fn methods(self) -> impl Iterator<Item = DeliveryMethod> {
        let first = self.first();
        let other = [Some(self.method), self.beside].into_iter().flatten().find(|method| *method != first);
        std::iter::once(first).chain(other)
    }

    /// What the target must offer.
    pub fn needs(self) -> Vec<Need> {
        match self.theme {
            Theme::OneUser | Theme::SeveralUsers | Theme::SeveralMethods => vec![Need::Codes],
            Theme::PassingTime => vec![Need::Codes, Need::Clock, Need::CodeTtl],
            Theme::ManagedUsers => vec![Need::Codes, Need::Management],
        }
    }

    /// Whether others would notice.
    pub fn is_exclusive(self) -> bool {
        self.theme == Theme::PassingTime
    }

    /// How many sequences are played at once. Where time is moved, it is moved for all.
    pub(super) fn cases_at_once(self, target: &Target) -> usize {
        if self.is_exclusive() { 1 } else { target.width() }
    }

    /// What it sends, at most.
    pub fn cost(self) -> Cost {
        let (count, mut all) = (u64::from(self.count), self.steps());
        let after = epilogue::cost(self.theme.people() as u64);
        all += Cost { requests: count * after.requests, sends: count * after.sends };
        all
    }

    /// The same without its epilogues.
    fn steps(self) -> Cost {
        let count = u64::from(self.count);
        let requests = LENGTH.1 as u64 + STORMS.0 as u64 * (STORMS.1 - 1);
        Cost { requests: count * requests, sends: count * self.most_sends() as u64 }
    }

    /// Messages that one of them asks for, at most.
    fn most_sends(self) -> usize {
        if self.beside.is_some() { SENDS_OF_SEVERAL } else { SENDS }
    }

    /// For `explain`.
    pub fn describe(self) -> String {
        let (least, most) = LENGTH;
        let people = match self.theme.people() {
            1 => "one person".to_owned(),
            several => format!("{several} people"),
        };
        format!("  draws {} of {least} to {most} steps for {people}\n", self.count)
    }
}

impl Trial {
    /// The trial of the sequences of one theme.
    pub fn sequence(sequence: Sequence, contract: &Contract) -> Trial {
        Trial {
            name: sequence.name(),
            proves: sequence.proves().into_iter().map(|id| contract.own(sequence.method, id)).collect(),
            cost: sequence.cost(),
            steps: sequence.steps(),
            exclusive: sequence.is_exclusive(),
            needs: sequence.needs(),
            place: None,
            maker: super::Maker::Sequence(sequence),
        }
    }
}

#[cfg(test)]
mod tests;
