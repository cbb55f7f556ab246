//! Phone numbers and login IDs that belong to no person.
//!
//! Regulators keep ranges free for films and books. Only those are ever made up for a request: a mistake of ours must not
//! ring at a stranger's.

mod common;
mod reserved;

use std::sync::atomic::{AtomicUsize, Ordering};

pub use common::Reach;
use common::{Common, mix};
use reserved::AREA_CODES;
pub(crate) use reserved::reserved_start;
pub use reserved::{is_reserved, reserved_by};

/// What a trial needs of the numbers that it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberPool {
    /// Nothing: the target may know them from earlier runs.
    Shared,
    /// The target must not know them yet.
    Fresh,
    /// The trial may tie several numbers to one user.
    Linked,
}

/// Hands out the numbers and login IDs of one run; safe to share between threads.
///
/// A server that is never reset remembers the people of earlier runs. So each pool has a range of its own. Fresh
/// numbers are used sparingly and last for years of runs. A number that was linked to another account is never reused
/// as a shared one, because a send to either would invalidate the other's code.
///
/// Shared numbers are consecutive from a place that the namespace decides, so that two runs with different namespaces meet
/// only where their stretches overlap: taking them in a scattered order would make every two runs meet. A run that
/// meets another one [leaves](Numbers::leave) for another place. The others are scattered: beside a number that an
/// earlier run has used is one that was never used.
#[derive(Debug)]
pub struct Numbers {
    anybody: Common,
    newcomers: Stretch,
    tied: Stretch,
    named: AtomicUsize,
    tag: String,
    domain: Option<String>,
}

/// Numbers in an area code.
const EACH: usize = 100;
/// The stretches for newcomers and for who may be tied; the rest is anybody's. Counts of [`STRIDE`]'s making.
const NEWCOMERS: usize = 60 * EACH;
const TIED: usize = 20 * EACH;
const ANYBODY: usize = AREA_CODES.len() * EACH - NEWCOMERS - TIED;
/// Whatever is a multiple of this and seven more shares no factor with the counts of scattered stretches.
const STRIDE: usize = 30;

/// Indices of a pool, each given out once before one comes again.
#[derive(Debug)]
struct Stretch {
    first: usize,
    count: usize,
    start: usize,
    stride: usize,
    taken: AtomicUsize,
}

impl Stretch {
    fn next(&self) -> usize {
        let nth = self.taken.fetch_add(1, Ordering::Relaxed);
        self.first + self.start.wrapping_add(nth.wrapping_mul(self.stride)) % self.count
    }

    fn wrapped(&self) -> bool {
        self.taken.load(Ordering::Relaxed) > self.count
    }
}

impl Numbers {
    /// Numbers of the North American plan that are reserved for fiction.
    pub fn new(namespace: u64) -> Numbers {
        Numbers::over(ANYBODY, namespace)
    }

    /// So few for anybody that they come again soon.
    #[cfg(test)]
    pub(super) fn few(anybody: usize) -> Numbers {
        Numbers::over(anybody, 7)
    }

    fn over(anybody: usize, namespace: u64) -> Numbers {
        let mixed = mix(namespace);
        let start = (mixed >> 16) as usize % (NEWCOMERS * TIED);
        let scattered = (mixed >> 32) as usize / STRIDE * STRIDE + 7;
        let stretch =
            |first, count, stride| Stretch { first, count, start, stride, taken: AtomicUsize::new(0) };
        Numbers {
            anybody: Common::new(anybody, mixed),
            newcomers: stretch(ANYBODY, NEWCOMERS, scattered),
            tied: stretch(ANYBODY + NEWCOMERS, TIED, scattered),
            named: AtomicUsize::new(0),
            tag: tag(mixed),
            domain: None,
        }
    }

    /// A number for anybody.
    pub fn next(&self) -> String {
        self.of(NumberPool::Shared, Reach::Here)
    }

    /// A number that this run has not used, until all of its pool were given out; then they come again.
    pub fn of(&self, part: NumberPool, reach: Reach) -> String {
        let index = match part {
            NumberPool::Shared => self.anybody.next(reach),
            NumberPool::Fresh => self.newcomers.next(),
            NumberPool::Linked => self.tied.next(),
        };
        format!("+1{}55501{:02}", AREA_CODES[index / EACH], index % EACH)
    }

    /// Takes shared numbers from another place from now on: a run beside this one uses those that come next here. False
    /// where so many places were left that it cannot be a run that is met there.
    pub fn leave(&self) -> bool {
        self.anybody.leave()
    }

    /// Whether a number has been given out a second time, so that "new user" can no longer be promised.
    pub fn wrapped(&self) -> bool {
        self.anybody.wrapped() || self.newcomers.wrapped() || self.tied.wrapped()
    }

    /// How many different numbers there are for anybody.
    pub fn capacity(&self) -> usize {
        self.anybody.count()
    }

    /// A login ID that is no phone number and that no other user has: `otpc-qkzfha-12`.
    ///
    /// Its middle has letters only: digits there and those of the counter could together be read as a number.
    pub fn name(&self) -> String {
        format!("otpc-{}-{}", self.tag, self.named.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// An e-mail address of no other run and no other user, at a domain that leads nowhere or that the profile allows:
    /// `otpc.qkzfha_12@qkzfha.example.com`.
    pub fn address(&self) -> String {
        let (tag, nth) = (&self.tag, self.named.fetch_add(1, Ordering::Relaxed) + 1);
        match &self.domain {
            Some(domain) => format!("otpc.{tag}_{nth}@{domain}"),
            None => format!("otpc.{tag}_{nth}@{tag}.example.com"),
        }
    }

    /// Addresses at this domain from now on.
    #[must_use]
    pub fn at_domain(self, domain: Option<String>) -> Numbers {
        Numbers { domain, ..self }
    }

    /// Whether a login ID is one that [`name`](Numbers::name) may give, however it is written: no other run has it.
    pub fn has_named(&self, login_id: &str) -> bool {
        let login_id = login_id.to_lowercase();
        let rest = login_id.strip_prefix("otpc").and_then(|rest| rest.strip_prefix(['-', '.', ' ']));
        rest.and_then(|rest| rest.strip_prefix(&self.tag))
            .is_some_and(|rest| rest.starts_with(['-', '_', ' ']))
    }
}

/// Six letters; no vowels, so that no word appears.
fn tag(mut mixed: u64) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz";
    let mut letter = || {
        let index = (mixed % LETTERS.len() as u64) as usize;
        mixed /= LETTERS.len() as u64;
        char::from(LETTERS[index])
    };
    (0..6).map(|_| letter()).collect()
}

#[cfg(test)]
mod tests;
