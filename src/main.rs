//! The commands of `otp-conformance`, thin over the library.

mod cli;

use std::process::ExitCode;

/// Histories are thousands of small values; this is the quickest allocator for them that was measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
