//! The faults that are on, and what they remember.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::memory::Memory;
use crate::emulator::fault::Fault;
use crate::emulator::switch::Switches;

/// The faults that are on, and what they remember.
#[derive(Debug)]
pub(crate) struct Bugs {
    on: Switches<Fault>,
    memory: Arc<Mutex<Memory>>,
}

impl Bugs {
    /// A server with these faults.
    pub(crate) fn new(faults: &[Fault]) -> Self {
        Bugs { on: Switches::new(faults), memory: Arc::default() }
    }

    /// Other faults with the same memory.
    pub(crate) fn switched(&self, faults: &[Fault]) -> Self {
        Bugs { on: Switches::new(faults), memory: Arc::clone(&self.memory) }
    }

    /// Whether the server has any fault at all: a right one pays for no question.
    pub(crate) fn any(&self) -> bool {
        self.on.any()
    }

    /// Whether this fault is on.
    pub(in crate::emulator) fn has(&self, fault: Fault) -> bool {
        self.on.has(fault)
    }

    /// True at each `n`-th question while the fault is on.
    pub(super) fn every(&self, n: u64, fault: Fault) -> bool {
        self.on.every(n, fault)
    }

    /// What is remembered between requests.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets it.
    pub(crate) fn forget(&self) {
        *self.memory() = Memory::default();
    }
}
