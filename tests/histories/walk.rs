//! A random client: asks a server of `server` this and that, several things at once, and writes the recording.

use std::fmt::Write as _;

use super::dice::Dice;
use super::server::{Ask, Bug, Policy, Server};

/// How a walk goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terrain {
    pub(crate) rounds: u64,
    /// Calls at once, at most.
    pub(crate) at_once: u64,
    /// Whether answers get lost.
    pub(crate) losses: bool,
    /// Whether the profile tells the server's limits.
    pub(crate) told: bool,
}

/// A recording, and whether the server's bug showed in it.
pub(crate) struct Walked {
    pub(crate) text: String,
    pub(crate) slipped: bool,
}

const PEOPLE: [char; 3] = ['A', 'B', 'C'];

/// One exchange before it is written: when it was made, took effect and was answered, in milliseconds.
struct Flight {
    ask: Ask,
    call: u64,
    effect: u64,
    ret: u64,
    lost: bool,
    words: String,
    message: Option<String>,
    alone: bool,
}

/// What the client knows, and what it wrote.
struct Walk {
    dice: Dice,
    server: Server,
    now: u64,
    /// How far the server's clock is ahead, in seconds.
    ahead_s: u64,
    codes: Vec<String>,
    tokens: Vec<u64>,
    guesses: u64,
    flights: Vec<Flight>,
    clocks: Vec<(u64, u64)>,
}

pub(crate) fn walk(seed: u64, bug: Option<Bug>, terrain: Terrain) -> Walked {
    let mut dice = Dice(seed);
    let policy = Policy::random(&mut dice);
    let server = Server::new(policy, bug);
    let mut walk = Walk {
        dice,
        server,
        now: 0,
        ahead_s: 0,
        codes: Vec::new(),
        tokens: Vec::new(),
        guesses: 0,
        flights: Vec::new(),
        clocks: Vec::new(),
    };
    for _ in 0..terrain.rounds {
        walk.round(terrain);
    }
    let text = walk.text(policy, terrain.told);
    Walked { text, slipped: walk.server.has_slipped() }
}

impl Walk {
    fn round(&mut self, terrain: Terrain) {
        if self.dice.one_in(8) {
            let by = 20 + self.dice.below(400);
            self.clocks.push((self.now + 1, by));
            self.now += 2;
            self.ahead_s += by;
        }
        let many = 1 + self.dice.below(terrain.at_once);
        let mut batch: Vec<Flight> = (0..many).map(|_| self.flight(terrain)).collect();
        batch.sort_by_key(|flight| flight.effect);
        for flight in &mut batch {
            let told = self.server.answer(&flight.ask, self.ahead_s + flight.effect / 1_000);
            (flight.words, flight.message) = (told.words, told.message);
            flight.alone = many == 1;
            self.codes.extend(flight.message.clone());
            let tokens =
                flight.words.split(' ').filter(|_| !flight.lost).filter_map(|word| word.strip_prefix('r'));
            self.tokens.extend(tokens.filter_map(|token| token.parse::<u64>().ok()));
        }
        self.now = batch.iter().map(|flight| flight.ret).max().unwrap_or(self.now) + 1;
        self.flights.extend(batch);
    }

    fn flight(&mut self, terrain: Terrain) -> Flight {
        let ask = self.ask();
        let call = self.now + 1 + self.dice.below(8);
        let effect = call + 1 + self.dice.below(20);
        let ret = effect + 1 + self.dice.below(20);
        let lost = terrain.losses && self.dice.one_in(25);
        Flight { ask, call, effect, ret, lost, words: String::new(), message: None, alone: false }
    }

    fn ask(&mut self) -> Ask {
        let who = *self.dice.pick(&PEOPLE).unwrap_or(&'A');
        match self.dice.below(10) {
            0..=2 => {
                let door = *self
                    .dice
                    .pick(&["signup-in-sms", "signup-in-sms", "signup-sms", "signin-sms"])
                    .unwrap_or(&"");
                let claim = self.dice.one_in(3).then(|| self.dice.below(9));
                Ask::Send { door, who, claim, revoke: self.dice.one_in(6) }
            }
            3..=6 => self.verify(who),
            7 => Ask::Malformed { who },
            _ => match self.dice.pick(&self.tokens).copied() {
                Some(token) => {
                    let operations = ["refresh", "refresh", "me", "logout", "logoutall"];
                    Ask::Token { operation: self.dice.pick(&operations).unwrap_or(&"me"), token }
                }
                None => self.verify(who),
            },
        }
    }

    fn verify(&mut self, who: char) -> Ask {
        let code = match self.dice.below(8) {
            0 => None,
            1 => self.dice.pick(&self.codes).cloned(),
            2 => {
                let own: Vec<String> =
                    self.codes.iter().filter(|code| code.starts_with(who)).cloned().collect();
                self.dice.pick(&own).cloned()
            }
            _ => self.codes.iter().rev().find(|code| code.starts_with(who)).cloned(),
        };
        let code = code.unwrap_or_else(|| {
            self.guesses += 1;
            format!("guess:{}", self.guesses)
        });
        Ask::Verify { who, code }
    }

    fn text(&mut self, policy: Policy, told: bool) -> String {
        let mut text = String::from("assume fresh");
        if told {
            let Policy { ttl_s, attempts, resends, .. } = policy;
            write!(text, ", ttl {ttl_s}, attempts {attempts}, resend {resends} per 60").unwrap();
        }
        text.push('\n');
        self.flights.sort_by_key(|flight| flight.call);
        for (at, by) in &self.clocks {
            writeln!(text, "[{at}] clock {by}s").unwrap();
        }
        for flight in &self.flights {
            let Flight { call, ret, words, lost, .. } = flight;
            let answer = if *lost { "timed-out" } else { words };
            writeln!(text, "[{call}-{ret}] {} -> {answer}", asked(&flight.ask)).unwrap();
            if let Some(code) = &flight.message {
                let late = flight.ret + self.dice.below(3) * 40;
                let by = if flight.alone { "" } else { " by ?" };
                writeln!(text, "[{late}] message {} {code}{by}", &code[..1]).unwrap();
            }
        }
        text
    }
}

fn asked(ask: &Ask) -> String {
    match ask {
        Ask::Send { door, who, claim, revoke } => {
            let mut options = Vec::new();
            options.extend(claim.map(|claim| format!("\"customClaims\":{{\"c\":{claim}}}")));
            options.extend(revoke.then(|| "\"revokeOtherSessions\":true".to_owned()));
            let options = options.join(",");
            let options =
                if options.is_empty() { options } else { format!(" {{\"loginOptions\":{{{options}}}}}") };
            let name = if *door == "signup-sms" { " {\"user\":{\"name\":\"x\"}}" } else { "" };
            format!("{door} {who}{options}{name}")
        }
        Ask::Verify { who, code } => format!("verify-sms {who} {code}"),
        Ask::Malformed { who } => format!("verify-sms {who} {{\"code\":\"\"}}"),
        Ask::Token { operation, token } => format!("{operation} r{token}"),
    }
}
