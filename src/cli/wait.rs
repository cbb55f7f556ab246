//! What a command that has no end of its own waits for.

use tokio::sync::oneshot;

/// Returns at Ctrl-C, at SIGTERM (Unix), and with `until_eof` when standard input ends.
///
/// The program that starts us and holds the other end of our standard input need not end us: the system closes it even where
/// that program was killed, so that it leaves no orphan. That works the same on every system; signals do not.
pub(crate) async fn ended(until_eof: bool) {
    tokio::select! {
        () = interrupted() => {}
        () = end_of_input(), if until_eof => {}
    }
}

/// Returns at Ctrl-C, or at what a CI job sends before it kills.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = term.recv() => {}
            () = ctrl_c() => {}
        }
        return;
    }
    ctrl_c().await;
}

/// Without a signal handler there is no interrupt to wait for; the process ends by the signal itself.
async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Reads on a thread of its own. Tokio's standard input would do, but its runtime waits for a read that has begun.
async fn end_of_input() {
    let (end, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let _what_is_written_means_nothing =
            std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _nobody_waits_any_more = end.send(());
    });
    let _closed_or_sent = ended.await;
}
