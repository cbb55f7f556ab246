//! The binary in processes of its own: a server, and runs against it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file takes what it needs; the lint lets tests unwrap, but not the helpers beside them"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub(crate) const PROJECT: &str = "P2OTPConformanceEmulator0001";
pub(crate) const KEY: &str = "K2OTPConformanceEmulatorManagementKey";

/// The emulator in a second process, on a port of its own. Ends with the value.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(flags: &[&str]) -> Server {
        let mut child = binary()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening ").unwrap().to_owned();
        Server { child, url }
    }

    pub(crate) fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// A request by hand: status and body.
    pub(crate) fn ask(&self, method: &str, path: &str, bearer: &str, body: &str) -> (u16, String) {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {bearer}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    pub(crate) fn test_users(&self) -> usize {
        let bearer = format!("{PROJECT}:{KEY}");
        let (status, body) = self.ask("POST", "/v2/mgmt/user/search/test", &bearer, "{}");
        let (status, body) = match status {
            404 => self.ask("POST", "/v1/mgmt/user/search/test", &bearer, "{}"),
            _ => (status, body),
        };
        assert_eq!(status, 200, "{body}");
        let start = body.find('{').unwrap();
        let end = body.rfind('}').unwrap();
        let value: serde_json::Value = serde_json::from_str(&body[start..=end]).unwrap();
        value["users"].as_array().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The binary, without the settings of whoever runs the tests.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otp-conformance"));
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("OTP_") || name.starts_with("GITHUB_"))
    {
        command.env_remove(name);
    }
    command
}

/// A folder to run in: its journal and its files are nobody else's.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary();
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .env("OTP_MANAGEMENT_KEY", KEY);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }

    /// `run` against a server.
    pub(crate) fn against(&self, server: &Server, arguments: &[&str]) -> Ended {
        let target = ["run", "--target", &server.url, "--project-id", PROJECT];
        self.run(&[&target[..], arguments].concat())
    }

    pub(crate) fn journals(&self) -> usize {
        let folder = self.path("state/otp-conformance");
        if folder.exists() { std::fs::read_dir(folder).unwrap().count() } else { 0 }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// Insists on a status, and shows everything if it is another.
    #[track_caller]
    pub(crate) fn with(self, status: i32) -> Ended {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
}
