//! What runs: each variant alone, and fives of them drawn by lot.

use std::fmt;

use otp_conformance::emulator::Variant;

/// Variants that answer the same question, so that no server has two of them; the reason is the question.
const EITHER_OR: [(&str, &[Variant]); 17] = [
    ("how many symbols a code has", &[Variant::FourDigitCodes, Variant::EightDigitCodes]),
    ("how a send is answered", &[Variant::EmptyInitiationBody, Variant::NoVerificationAttempts]),
    (
        "how a number is masked",
        &[
            Variant::EmptyInitiationBody,
            Variant::MaskWithCrosses,
            Variant::MaskKeepsFour,
            Variant::MaskKeepsThePrefix,
        ],
    ),
    (
        "how many wrong guesses there are",
        &[Variant::OneAttempt, Variant::ThreeAttempts, Variant::ManyAttempts],
    ),
    ("how long a code lives", &[Variant::ShortCodeLife, Variant::LongCodeLife]),
    ("whether a refresh JWT outlives its use", &[Variant::RefreshRotation, Variant::RefreshRepeatsTheToken]),
    (
        "whether the refresh JWT is in the body",
        &[Variant::RefreshTokenOnlyAsCookie, Variant::TokensAlsoAsCookies],
    ),
    ("what time it is", &[Variant::ClockAhead, Variant::ClockBehind]),
    ("what a foreign step-up earns", &[Variant::ForeignStepUpIgnored, Variant::StepUpNeedsToken]),
    ("what a user object has", &[Variant::LeanUsers, Variant::NewerMembers]),
    ("what a wrong type is", &[Variant::StrictMembers, Variant::TolerantTypes]),
    ("how the JSON is written", &[Variant::PrettyJson, Variant::EscapedJson]),
    ("what amr calls a call", &[Variant::AmrNamesTheMethod, Variant::AmrSaysPhone]),
    ("what messages are counted by", &[Variant::MessagesCountByMethod, Variant::MessagesCountByUser]),
    ("how a send by e-mail is answered", &[Variant::MailAnswersNoMembers, Variant::MailAnswersNoAttempts]),
    (
        "what a foreign step-up by e-mail earns",
        &[Variant::MailForeignStepUpIgnored, Variant::MailStepUpNeedsToken],
    ),
    ("what a wrong type by e-mail is", &[Variant::MailStrictMembers, Variant::MailTolerantTypes]),
];

/// Variants that one server has at the same time, and the seed of its run.
#[derive(Clone, Debug)]
pub(crate) struct Combination {
    pub(crate) variants: Vec<Variant>,
    pub(crate) seed: u64,
}

impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.variants.iter().map(|variant| variant.name()).collect();
        write!(f, "seed {}, {}", self.seed, names.join(" "))
    }
}

/// Every variant by itself.
pub(crate) fn alone() -> Vec<Combination> {
    Variant::ALL.iter().map(|variant| Combination { variants: vec![*variant], seed: 7 }).collect()
}

/// So many fives, with seeds from 1 to `seeds` by turns.
pub(crate) fn mixed(seeds: u64, count: usize) -> Vec<Combination> {
    let mut lot = Lot(1);
    let seeds = (1..=seeds.max(1)).cycle();
    seeds.take(count).map(|seed| Combination { variants: five(&mut lot), seed }).collect()
}

fn five(lot: &mut Lot) -> Vec<Variant> {
    let mut chosen: Vec<Variant> = Vec::new();
    while chosen.len() < 5 {
        let variant = Variant::ALL[lot.below(Variant::ALL.len())];
        if !chosen.contains(&variant) && chosen.iter().all(|other| !contradict(variant, *other)) {
            chosen.push(variant);
        }
    }
    chosen
}

/// Whether no server can have both.
fn contradict(a: Variant, b: Variant) -> bool {
    EITHER_OR.iter().any(|(_, group)| group.contains(&a) && group.contains(&b))
}

/// What is never drawn together, and over which question.
pub(crate) fn either_or() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    EITHER_OR
        .iter()
        .map(|(question, group)| (*question, group.iter().map(|variant| variant.name()).collect()))
}

/// A generator of numbers that is the same everywhere: SplitMix64.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap_or_default()
    }
}
