//! Which trials are run, in which order, and what that leaves out.

mod order;
mod source;

use std::collections::BTreeSet;

use ring::digest::{SHA256, digest};
use source::{is_case_file, is_here, lingers, properties, scenarios};

use super::baseline::fits_text;
use super::{RunSettings, UsageError, look};
use crate::contract::{Contract, DeliveryMethod, Requirement, RequirementId, Side};
use crate::drive::Ceiling;
use crate::trial::{self, Cost, Sequence, Trial, TrialContext, TrialKind};

/// The trials of a run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Every trial there is, in planning order.
    pub all: Vec<Trial>,
    /// How many of them, by position, are run.
    pub chosen: Vec<usize>,
    /// Those that the target cannot show, by position; none, before it is known.
    unable: BTreeSet<usize>,
    /// What is sent besides trials: by the doctor.
    besides: Cost,
    /// Whether the budget has no room for what is asked after the steps: then it is left out.
    pub bare: bool,
    /// Whether the target outlives the run: what convicts there is played again.
    lasting: bool,
    /// Whether the target is on this machine.
    here: bool,
    /// The methods that it is about.
    methods: Vec<DeliveryMethod>,
}

/// What is sent beside trials at most: a look for methods, and by the doctor one user from the first message to the clean-up,
/// and the published keys.
const DOCTOR: Cost = Cost { requests: 12 + look::REQUESTS, sends: 1 };
/// One part in so many of a budget is kept for playing again what convicts, on a target that outlives the run.
const CONFIRMS: u64 = 8;
/// How many times its forecast a plan may send: what convicts is played again, made smaller, and looked at for a lag.
const AGAIN: u64 = 2;
/// What may be sent beyond that, whatever the forecast: on this machine, and elsewhere.
const SPARE: (Cost, Cost) = (Cost { requests: 40_000, sends: 20_000 }, Cost { requests: 100, sends: 40 });

impl Plan {
    /// Every trial, none chosen yet.
    ///
    /// # Errors
    /// A suite cannot be used.
    pub fn new(settings: &RunSettings, contract: &Contract) -> Result<Plan, UsageError> {
        let mut all = scenarios(settings, contract)?;
        // A race asks many times what a scenario asks once.
        all.sort_by_key(|trial| trial.kind() == TrialKind::Race);
        let by_sms = settings.methods.value.contains(&DeliveryMethod::Sms);
        // A single file of cases is played for itself; and each of these asks for messages, which cost money elsewhere.
        if is_here(settings) && !is_case_file(settings) {
            let spanned = [trial::overlaps(contract)?, trial::flaws(contract)?, trial::caps(contract)?];
            all.extend(by_chosen_methods(settings, contract, spanned.into_iter().flatten()));
        }
        if by_sms && lingers(settings) {
            all.extend(trial::lingering(contract)?);
        }
        let sequences = Sequence::all(is_here(settings), &settings.methods.value);
        all.extend(sequences.into_iter().map(|sequence| Trial::sequence(sequence, contract)));
        all.extend(properties(settings, contract));
        all.sort_by_key(|trial| order::rank(&trial.name));
        for trial in &all {
            let unknown = trial.proves.iter().find(|id| contract.requirement(**id).is_none());
            if let (Some(id), Some(place)) = (unknown, &trial.place) {
                let set = contract.set_name();
                return Err(UsageError::Other(format!("{place}: {id} is no requirement of set {set}")));
            }
        }
        Ok(Plan {
            chosen: (0..all.len()).collect(),
            all,
            unable: BTreeSet::new(),
            besides: Cost::default(),
            lasting: false,
            bare: false,
            here: is_here(settings),
            methods: settings.methods.value.clone(),
        })
    }

    /// Keeps the trials that one of the patterns names; no pattern keeps all.
    #[must_use]
    pub fn filtered(mut self, patterns: &[String]) -> Plan {
        let all = &self.all;
        self.chosen.retain(|at| {
            patterns.is_empty() || patterns.iter().any(|pattern| matches(&all[*at].name, pattern))
        });
        self
    }

    /// Keeps this share of so many, by hash of the name: adding a trial moves no other.
    #[must_use]
    pub fn sharded(mut self, shard: Option<(u64, u64)>) -> Plan {
        if let Some((index, count)) = shard {
            let all = &self.all;
            self.chosen.retain(|at| hash(&all[*at].name) % count == index - 1);
        }
        self
    }

    /// Forecasts what each trial sends on this target; what it cannot show costs nothing.
    #[must_use]
    pub fn on(mut self, ground: &TrialContext) -> Plan {
        for (at, trial) in self.all.iter_mut().enumerate() {
            (trial.cost, trial.steps) = (trial.cost_on(ground), trial.steps_on(ground));
            if trial.lacks(ground).is_some() {
                self.unable.insert(at);
            }
        }
        self.lasting = ground.lasting;
        self.besides = if ground.lasting { DOCTOR } else { Cost::default() };
        self
    }

    /// Keeps what fits into the budget, from the front: of the trials that the target can show, if any limit is set.
    #[must_use]
    pub fn within(mut self, max_requests: Option<u64>, max_sends: Option<u64>) -> Plan {
        if max_requests.is_none() && max_sends.is_none() {
            return self;
        }
        let room = |max: Option<u64>| max.map(|max| if self.lasting { max - max / CONFIRMS } else { max });
        let (max_requests, max_sends) = (room(max_requests), room(max_sends));
        let (all, unable, mut spent) = (&self.all, &self.unable, self.besides);
        self.chosen.retain(|at| {
            if unable.contains(at) {
                return false;
            }
            let cost = all[*at].steps;
            let fits = max_requests.is_none_or(|max| spent.requests + cost.requests <= max)
                && max_sends.is_none_or(|max| spent.sends + cost.sends <= max);
            if fits {
                spent = Cost { requests: spent.requests + cost.requests, sends: spent.sends + cost.sends };
            }
            fits
        });
        let whole = self.cost();
        self.bare = max_requests.is_some_and(|max| whole.requests > max)
            || max_sends.is_some_and(|max| whole.sends > max);
        self
    }

    /// Leaves out the trials that one of the patterns fits, `*` standing for any characters. They count as if they were not
    /// there.
    #[must_use]
    pub fn without(mut self, skip: &[String]) -> Plan {
        let skipped = |trial: &Trial| skip.iter().any(|pattern| fits_either(pattern, &trial.name, fits_text));
        self.all.retain(|trial| !skipped(trial));
        self.chosen = (0..self.all.len()).collect();
        self
    }

    /// The names of all trials there are.
    pub fn names(&self) -> BTreeSet<String> {
        self.all.iter().map(|trial| trial.name.clone()).collect()
    }

    /// The trials that are run.
    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.chosen.iter().map(|at| &self.all[*at])
    }

    /// What the run will send if nothing is convicted: the chosen trials, and the doctor.
    pub fn cost(&self) -> Cost {
        let costs = self.trials().map(|trial| if self.bare { trial.steps } else { trial.cost });
        costs.fold(self.besides, |sum, cost| Cost {
            requests: sum.requests + cost.requests,
            sends: sum.sends + cost.sends,
        })
    }

    /// What the run may send whatever happens. The sender keeps it.
    pub fn at_most(&self) -> Ceiling {
        let (cost, spare) = (self.cost(), if self.here { SPARE.0 } else { SPARE.1 });
        Ceiling {
            requests: Some(cost.requests * AGAIN + spare.requests),
            sends: Some(cost.sends * AGAIN + spare.sends),
        }
    }

    /// Server-side requirements that no chosen trial proves, where trials were left out. Of a whole plan nothing was:
    /// what none of its trials proves is without evidence.
    pub fn not_planned(&self, contract: &Contract) -> Vec<RequirementId> {
        if self.chosen.len() == self.all.len() {
            let others: BTreeSet<_> = self.of_other_methods(contract).into_iter().map(|(_, id)| id).collect();
            return others.into_iter().collect();
        }
        let chosen: BTreeSet<RequirementId> =
            self.trials().flat_map(|trial| trial.proves.iter().copied()).collect();
        let server = contract.requirements().iter().filter(|requirement| requirement.side == Side::Server);
        server.map(|requirement| requirement.id).filter(|id| !chosen.contains(id)).collect()
    }
}

impl Plan {
    /// What a requirement for a method that was not chosen says; and what one for SMS says, where another method that was
    /// chosen has a sentence of its own, and SMS was not.
    pub(super) fn of_other_methods(&self, contract: &Contract) -> Vec<(DeliveryMethod, RequirementId)> {
        let chosen = |method| self.methods.contains(&method);
        let of_method = |it: &&Requirement| it.instead.is_some() || it.method != DeliveryMethod::Sms;
        let own: Vec<&Requirement> = contract.requirements().iter().filter(of_method).collect();
        let others = own.iter().filter(|it| !chosen(it.method)).map(|it| (it.method, it.id));
        let by_sms = |id| (DeliveryMethod::Sms, id);
        let replaced =
            own.iter().filter_map(|it| it.instead).filter(|_| !chosen(DeliveryMethod::Sms)).map(by_sms);
        let left_out: BTreeSet<(DeliveryMethod, RequirementId)> = others.chain(replaced).collect();
        left_out.into_iter().collect()
    }
}

/// What the contract spans by SMS, by each method that was named; by another than SMS, where an operation of it is called
/// for more than a login.
fn by_chosen_methods(
    settings: &RunSettings,
    contract: &Contract,
    by_sms: impl Iterator<Item = Trial>,
) -> Vec<Trial> {
    let chosen = &settings.methods.value;
    let by = |trial: Trial| -> Vec<Trial> {
        let others = chosen.iter().filter(|method| **method != DeliveryMethod::Sms);
        let mut all: Vec<Trial> = others.filter_map(|method| trial.by_method(*method, contract)).collect();
        all.extend(chosen.contains(&DeliveryMethod::Sms).then_some(trial));
        all
    };
    by_sms.flat_map(by).collect()
}

/// Whether a pattern names a trial: its whole name, or any part of it. With a `*`, which is any number of characters, it
/// has to fit the whole name, as what is to be skipped has.
pub fn matches(name: &str, pattern: &str) -> bool {
    match pattern.contains('*') {
        true => fits_either(pattern, name, fits_text),
        false => fits_either(pattern, name, |pattern, name| name.contains(pattern)),
    }
}

/// Whether a pattern fits the name of a trial, or the one it had before.
fn fits_either(pattern: &str, name: &str, fits: fn(&str, &str) -> bool) -> bool {
    fits(pattern, name) || trial::former_name(name).is_some_and(|former| fits(pattern, &former))
}

fn hash(name: &str) -> u64 {
    let first = trial::former_name(name);
    let hash = digest(&SHA256, first.as_deref().unwrap_or(name).as_bytes());
    hash.as_ref().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
