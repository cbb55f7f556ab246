//! Random sequences: calls in an order that no author thought of, by several users at once.
//!
//! A sequence is drawn as moves (`moves`), written down as a scenario that keeps track of which codes and
//! tokens there must be (`script`), played, and judged by the model: no step says what must be seen. One that breaks a
//! requirement is made as small as it can be (`shrink`) and kept in suite format.

mod moves;
mod play;
mod script;
mod shrink;
mod theme;

use crate::contract::{Contract, DeliveryMethod, RequirementId, req};
use crate::suite::Need;

pub(super) use play::play;
pub(super) use shrink::smallest;

use super::{Cost, Trial, TrialKind, epilogue, seed::Dice};
use moves::Move;

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

    /// The requirements whose violation it may show, as the sentences for SMS number them.
    pub fn proves(self) -> Vec<RequirementId> {
        let more: &[RequirementId] = match self.theme {
            Theme::OneUser => &[
                req::SIGNIN_REFUSES_UNKNOWN_USER,
                req::VERIFY_REFUSES_UNKNOWN_USER,
                req::WRONG_GUESSES_ARE_LIMITED,
                req::WRONG_GUESS_KEEPS_CODE,
                req::CUSTOM_CLAIMS_IN_NSEC,
                req::STEPUP_SETS_SU,
                req::REVOKE_OTHER_SESSIONS,
                req::OPTIONS_BELONG_TO_THEIR_SEND,
            ],
            Theme::SeveralUsers => &[
                req::UPDATE_PHONE_REQUIRES_REFRESH_JWT,
                req::NEW_NUMBER_CREATES_USER,
                req::CODE_IS_BOUND_TO_LOGIN_ID,
                req::SEND_KEEPS_CODES_OF_OTHERS,
                req::UPDATE_PHONE_REQUIRES_OWN_JWT,
                req::STEPUP_REQUIRES_OWN_JWT,
                req::GUESSES_DO_NOT_AFFECT_OTHERS,
                req::MESSAGE_GOES_TO_OWN_PHONE,
                req::LOGOUT_SPARES_OTHER_SESSIONS,
                req::LOGOUTALL_SPARES_OTHER_USERS,
            ],
            Theme::PassingTime => &[req::CODE_EXPIRES, req::EXPIRED_CODE_ERROR_CODE],
            Theme::ManagedUsers => &[
                req::GENERATED_CODE_SURVIVES_SEND,
                req::GENERATE_RETURNS_CODE,
                req::GENERATE_REFUSES_ORDINARY_USERS,
                req::GENERATED_CODE_NEEDS_NO_SEND,
                req::DELETED_USER_IS_NOT_FOUND,
            ],
            Theme::SeveralMethods => return OF_SEVERAL.to_vec(),
        };
        let all = [
            req::SIGNUP_IN_ACCEPTS_PHONE,
            req::KNOWN_NUMBER_LOGS_IN_SAME_USER,
            req::SIGNUP_REFUSES_REGISTERED_USER,
            req::USER_ID_IS_STABLE,
            req::LATER_LOGIN_IS_NOT_FIRST_SEEN,
            req::NEWEST_CODE_IS_ACCEPTED,
            req::WRONG_CODE_IS_REFUSED,
            req::CODE_IS_SINGLE_USE,
            req::SECOND_SEND_VOIDS_FIRST_CODE,
            req::SECOND_CODE_IS_ACCEPTED,
            req::ANY_SEND_VOIDS_EARLIER_CODE,
            req::REFUSED_SEND_KEEPS_CODE,
            req::REFRESH_RETURNS_SESSION,
            req::LOGOUT_ENDS_REFRESH_JWT,
            req::LOGOUTALL_ENDS_ALL_SESSIONS,
            req::PENDING_CODE_STAYS_SECRET,
        ];
        more.iter().chain(&all).copied().collect()
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

    /// The moves of one sequence, a function of the seed alone.
    fn draw(self, seed: u64) -> Vec<Move> {
        let mut dice = Dice::new(seed);
        let length = LENGTH.0 + dice.below(LENGTH.1 - LENGTH.0 + 1);
        let methods: Vec<DeliveryMethod> = self.methods().collect();
        let mut drawn = moves::opening(self.theme, &methods);
        while drawn.len() < length {
            let next = moves::draw(self.theme, &methods, &mut dice);
            let sends = drawn.iter().filter(|drawn| drawn.sends()).count();
            let storms = drawn.iter().filter(|drawn| drawn.is_storm()).count();
            if (next.sends() && sends == self.most_sends()) || (next.is_storm() && storms == STORMS.0) {
                continue;
            }
            let asked = matches!(next, Move::Send { .. }).then_some(&next);
            let login = moves::login(asked).filter(|_| dice.below(2) == 0);
            drawn.push(next);
            drawn.extend(login);
        }
        drawn.truncate(length);
        drawn
    }
}

/// What the sequences of several methods may show: what is said of one method, whatever another does meanwhile.
const OF_SEVERAL: [RequirementId; 15] = [
    req::NEWEST_CODE_IS_ACCEPTED,
    req::WRONG_CODE_IS_REFUSED,
    req::CODE_IS_SINGLE_USE,
    req::SECOND_SEND_VOIDS_FIRST_CODE,
    req::SECOND_CODE_IS_ACCEPTED,
    req::ANY_SEND_VOIDS_EARLIER_CODE,
    req::CODE_IS_BOUND_TO_LOGIN_ID,
    req::SEND_KEEPS_CODES_OF_OTHERS,
    req::GUESSES_DO_NOT_AFFECT_OTHERS,
    req::USER_ID_IS_STABLE,
    req::AMR_NAMES_SMS,
    req::REFRESH_RETURNS_SESSION,
    req::LOGOUT_ENDS_REFRESH_JWT,
    req::LOGOUTALL_ENDS_ALL_SESSIONS,
    req::PENDING_CODE_STAYS_SECRET,
];

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
