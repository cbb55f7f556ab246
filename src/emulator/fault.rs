//! Deliberate bugs: one flat list from which names, documents and blame are derived.

use super::switch::switches;

switches! {
    /// A deliberate bug; each breaks the requirements it names, and nothing else of the server.
    Fault is a "fault" {
        VerifyRejectsEverything "verify-rejects-everything" ["OTP-041", "OTP-055"]
            "Every code is wrong: a deployment whose verify service lost its store.";
    }
}
