//! A program that makes the client under test call: one JSON line per call in, one per result out.

use std::future::Future;
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout};

use super::child::{Child, prepared};
use super::client::{Client, ClientReply, DriverError};

/// How to start a driver.
#[derive(Clone, Debug)]
pub struct DriverCommand {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Variables, besides those that name the proxy.
    pub environment: Vec<(String, String)>,
    /// Variables that are to name the proxy, besides our own.
    pub addresses: Vec<String>,
}

impl DriverCommand {
    /// A driver whose client talks to this address.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(&self, url: &str) -> Result<Protocol, DriverError> {
        let mut environment = self.environment.clone();
        let ours = ["DESCOPE_BASE_URL", "DESCOPE_BASE_URI", "OTP_PROXY_URL"];
        for name in ours.into_iter().chain(self.addresses.iter().map(String::as_str)) {
            environment.push((name.to_owned(), url.to_owned()));
        }
        let mut command = prepared(&self.command, &environment);
        let started = Child::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let name = self.command.first().cloned().unwrap_or_default();
        let mut child = started.map_err(|error| DriverError::Start { name, error })?;
        let (input, output) = child.pipes().ok_or(DriverError::NoPipes)?;
        Ok(Protocol { _child: child, input, output: BufReader::new(output).lines(), calls: 0 })
    }
}

/// A driver that was started. Everything it started ends with it.
pub struct Protocol {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    calls: u64,
}

impl Protocol {
    async fn exchange(&mut self, call: &str, given: &Value) -> ClientReply {
        self.calls += 1;
        let mut line = json!({ "id": self.calls, "call": call });
        if let (Some(line), Some(given)) = (line.as_object_mut(), given.as_object()) {
            line.extend(given.clone());
        }
        if let Err(error) = self.input.write_all(format!("{line}\n").as_bytes()).await {
            return ClientReply::Broken(format!("the driver takes no more calls: {error}"));
        }
        loop {
            let line = match self.output.next_line().await {
                Ok(Some(line)) => line,
                Ok(None) => return ClientReply::Broken("the driver ended without an answer".into()),
                Err(error) => return ClientReply::Broken(format!("the driver's answer: {error}")),
            };
            // What a client prints of its own accord is no answer.
            let Ok(answer) = serde_json::from_str::<Value>(&line) else { continue };
            if answer["id"] == self.calls {
                return said(&answer);
            }
        }
    }
}

fn said(answer: &Value) -> ClientReply {
    if answer["unsupported"] == true {
        return ClientReply::Unsupported;
    }
    for name in ["ok", "error"] {
        if let Some(value) = answer.get(name).filter(|value| value.is_object()) {
            return ClientReply::Answer(json!({ name: value }));
        }
    }
    ClientReply::Broken("the driver's answer has neither `ok` nor `error`, as objects".into())
}

impl Client for Protocol {
    fn call<'a>(
        &'a mut self,
        call: &'a str,
        given: &'a Value,
        limit: Duration,
    ) -> Pin<Box<dyn Future<Output = ClientReply> + Send + 'a>> {
        Box::pin(async move {
            tokio::time::timeout(limit, self.exchange(call, given)).await.unwrap_or(ClientReply::Nothing)
        })
    }
}
