//! A mail server that takes mails in and keeps them by recipient: what a mailer under test is pointed at.
//!
//! The protocol is mailin's; lines, limits and times are ours. Whatever is sent, memory stays flat and the connection ends.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mailin::response::{AUTH_OK, INVALID_CREDENTIALS, NO_MAILBOX, NO_STORAGE, OK, TRANSACTION_FAILED};
use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::arrivals::{Arrivals, mailbox};
use super::listener::{Bound, Purpose};
use super::mail::{self, LARGEST};
use super::{Access, CodeError, Credentials, Listener};
use crate::contract::DeliveryMethod;

/// Bytes of a line; a mailer's are at most 1000 (RFC 5321, 4.5.3.1.6), and some send longer ones.
const LINE: u64 = 64 * 1024;
/// Bytes of one connection: what is beyond is not read.
const CONNECTION: usize = 64 * 1024 * 1024;
/// How long a client may be silent.
const SILENCE: Duration = Duration::from_secs(60);
/// Connections at once.
const WIDE: usize = 64;
/// Recipients of one mail that are noted.
const RECIPIENTS: usize = 16;

const MAIL: Purpose =
    Purpose { method: DeliveryMethod::Email, what: "the mail listener", comes: "mail", word: "smtp" };

impl Listener {
    /// Starts to listen for mail; port 0 takes a free one. Where the access names a user and a password, mailers must give
    /// them.
    ///
    /// # Errors
    /// The address cannot be used.
    pub async fn smtp(address: SocketAddr, access: Access) -> Result<Listener, CodeError> {
        let (this, bound) = Listener::bind(MAIL, address).await?;
        tokio::spawn(accept(bound, access));
        Ok(this)
    }
}

/// Takes connections until the listener is dropped.
async fn accept(bound: Bound, access: Access) {
    let Bound { socket, arrivals, mut stopped } = bound;
    let places = Arc::new(Semaphore::new(WIDE));
    loop {
        let connection = tokio::select! {
            _ = &mut stopped => return,
            connection = socket.accept() => connection,
        };
        let (Ok((stream, peer)), Ok(place)) = (connection, places.clone().acquire_owned().await) else {
            continue;
        };
        let desk =
            Desk { arrivals: arrivals.clone(), access: access.clone(), known: false, mail: Draft::default() };
        tokio::spawn(async move {
            // A connection that breaks is the mailer's to repeat.
            let _ = talk(stream, peer.ip(), desk).await;
            drop(place);
        });
    }
}

/// One connection, from the greeting to its end.
async fn talk(stream: TcpStream, peer: IpAddr, desk: Desk) -> io::Result<()> {
    let mut builder = SessionBuilder::new("otp-conformance");
    if matches!(desk.access.credentials, Credentials::Basic { .. }) {
        builder.enable_auth(AuthMechanism::Plain).enable_auth(AuthMechanism::Login);
        // The connector must name a user and a password, and TLS is not documented.
        builder.insecure_enable_plaintext_auth();
    }
    let mut session = builder.build(peer, desk);
    let (read, mut write) = stream.into_split();
    answer(&mut write, &session.greeting()).await?;
    let (mut lines, mut taken) = (BufReader::new(read), 0);
    loop {
        let mut line = Vec::new();
        let read = timeout(SILENCE, one_line(&mut lines, &mut line)).await??;
        taken += read;
        if read == 0 || taken > CONNECTION {
            return Ok(());
        }
        let response = session.process(&usual(line));
        if response.action != Action::NoReply {
            answer(&mut write, &response).await?;
        }
        if response.action == Action::Close {
            return Ok(());
        }
    }
}

/// A line with its end, or as much of one as is read at once.
async fn one_line(
    lines: &mut (impl AsyncBufReadExt + AsyncRead + Unpin),
    line: &mut Vec<u8>,
) -> io::Result<usize> {
    lines.take(LINE).read_until(b'\n', line).await
}

/// What some mailers write and mailin does not read: a line that ends in a line feed alone, and no sender.
fn usual(mut line: Vec<u8>) -> Vec<u8> {
    if line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
        line.pop();
        line.extend_from_slice(b"\r\n");
    }
    if line.len() < 1000 && line.to_ascii_uppercase().starts_with(b"MAIL FROM:<>") {
        return b"MAIL FROM:<none@invalid>\r\n".to_vec();
    }
    line
}

async fn answer(write: &mut (impl AsyncWrite + Unpin), response: &Response) -> io::Result<()> {
    let mut bytes = Vec::new();
    response.write_to(&mut bytes)?;
    write.write_all(&bytes).await
}

/// The mail that is being taken in.
#[derive(Debug, Default)]
struct Draft {
    to: Vec<String>,
    bytes: Vec<u8>,
}

/// Takes mails in.
struct Desk {
    arrivals: Arc<Arrivals>,
    access: Access,
    known: bool,
    mail: Draft,
}

impl Desk {
    fn admit(&mut self, user: &str, given: &str) -> Response {
        self.known = matches!(&self.access.credentials, Credentials::Basic { username, password } if username == user && password == given);
        if self.known { AUTH_OK } else { INVALID_CREDENTIALS }
    }
}

impl Handler for Desk {
    fn mail(&mut self, _ip: IpAddr, _domain: &str, _from: &str) -> Response {
        self.mail = Draft::default();
        OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if !to.contains('@') || self.mail.to.len() >= RECIPIENTS {
            return NO_MAILBOX;
        }
        self.mail.to.push(to.to_owned());
        OK
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        // One byte beyond what is read is enough to know that there is more.
        let room = (LARGEST + 1).saturating_sub(self.mail.bytes.len());
        self.mail.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let Draft { to, bytes } = std::mem::take(&mut self.mail);
        let read = mail::read(&bytes);
        for recipient in &to {
            match &read {
                Ok(mail) => {
                    let named = mail.to.iter().chain(&to).map(|to| mailbox(to));
                    let others: BTreeSet<String> = named.filter(|to| *to != mailbox(recipient)).collect();
                    self.arrivals.take(recipient, mail.code.clone(), mail.text.clone(), others.len());
                }
                Err(why) => self.arrivals.refuse(recipient, &why.to_string()),
            }
        }
        match read {
            Ok(_) => OK,
            Err(_) if bytes.len() > LARGEST => NO_STORAGE,
            Err(_) => TRANSACTION_FAILED,
        }
    }

    fn auth_plain(&mut self, _authorize: &str, user: &str, password: &str) -> Response {
        self.admit(user, password)
    }

    fn auth_login(&mut self, user: &str, password: &str) -> Response {
        self.admit(user, password)
    }
}

#[cfg(test)]
mod tests;
