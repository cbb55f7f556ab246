//! The composition root: settings, plan, baseline, doctor, pacing.
