//! Mails that leave the emulator: to a mail server as any mailer sends them, or to a generic e-mail gateway.

use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Tokio1Executor};

use super::gateway::Carrier;
use super::inbox::Message;
use super::settings::{Settings, StartError};

/// A server that takes longer than this has not taken the mail.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who the mails are from.
const SENDER: &str = "otp@emulator.example";
const SUBJECT: &str = "Your verification code";

/// How mails go out.
#[derive(Debug)]
pub(crate) enum Mail {
    /// Posted as JSON.
    Gateway(Carrier),
    /// By SMTP, without TLS: the server is one of ours, or on this machine.
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mail {
    /// As the settings say; `None`, where mails stay in the inbox.
    pub(crate) fn of(settings: &Settings) -> Result<Option<Mail>, StartError> {
        if let Some(server) = &settings.smtp {
            return by_smtp(server).map(Some);
        }
        let gateway = settings.email_gateway.clone().map(|gateway| Carrier::new("email_gateway", gateway));
        Ok(gateway.transpose()?.map(Mail::Gateway))
    }

    /// Sends a message; false when it was not taken.
    pub(crate) async fn send(&self, message: &Message) -> bool {
        match self {
            Mail::Gateway(carrier) => carrier.send(message, Some(SUBJECT)).await,
            Mail::Server(server) => match composed(message) {
                Some(mail) => server.send(mail).await.is_ok(),
                None => false,
            },
        }
    }
}

fn by_smtp(server: &str) -> Result<Mail, StartError> {
    let wrong = |why: &str| StartError::Setting { setting: "smtp", why: format!("{server:?}: {why}") };
    let (host, port) = server.rsplit_once(':').ok_or_else(|| wrong("write HOST:PORT"))?;
    let port: u16 = port.parse().map_err(|_| wrong("write HOST:PORT"))?;
    let host = host.trim_matches(['[', ']']);
    if host.is_empty() {
        return Err(wrong("write HOST:PORT"));
    }
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host);
    Ok(Mail::Server(transport.port(port).timeout(Some(PATIENCE)).build()))
}

/// The mail, in plain text and in HTML. The code is marked, since whatever the options say is beside it.
fn composed(message: &Message) -> Option<lettre::Message> {
    let to: Mailbox = message.recipient.parse().ok()?;
    let plain = format!("{}\r\n\r\ncode:{};\r\n", message.body, message.token);
    let html = format!(
        "<html><body><p>{}</p><p>code:<b>{}</b>;</p></body></html>",
        escaped(&message.body),
        escaped(&message.token)
    );
    let mail = lettre::Message::builder().from(SENDER.parse().ok()?).to(to).subject(SUBJECT);
    mail.multipart(MultiPart::alternative_plain_html(plain, html)).ok()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
