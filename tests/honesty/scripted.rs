//! What the trials of these tests find where they ask for a target: servers and code sources, each with one flaw.

use super::*;

/// What a trial finds when it asks for a target.
pub(super) enum Found {
    /// A right server.
    Right,
    /// One that hangs up.
    HangsUp,
    /// A right server that loses the first request of this many connections.
    Loses(usize),
    /// A right server that closes each connection when a second request comes on it.
    LosesWhatFollows,
    /// One that answers everything with this status and no body.
    Answers(u16),
    /// One that asks for a moment.
    IsBusy,
    /// One that fails always, and messages to all but the first person that never come.
    MessagesNeverCome(Arc<Notify>),
    /// A right server that sends one message to a number, which is seen at the second look.
    OneLateMessage,
    /// A right server that takes so many messages to a number.
    Caps(u32),
    /// A right server, but our code source panics.
    OurCodesPanic,
    /// None.
    Nothing,
    /// A panic.
    Panic,
}

/// Hands out one thing after the other.
pub(super) struct Scripted {
    pub(super) script: Mutex<VecDeque<Found>>,
    pub(super) contract: Arc<Contract>,
}

impl TargetProvider for Scripted {
    fn lease(&self, _: bool) -> Pin<Box<dyn Future<Output = Result<TargetLease, TrialError>> + Send + '_>> {
        let next = self.script.lock().unwrap().pop_front();
        Box::pin(async move {
            match next.expect("one lease too many") {
                Found::Nothing => Err(TrialError::NoTarget("no such server".to_owned())),
                Found::Panic => panic!("a bug of the harness"),
                Found::Right => {
                    Ok(self.emulator(Settings::default(), Arc::new(Silent(Capture::Nothing))).await)
                }
                Found::OneLateMessage => {
                    let settings = Settings { resend_limit: 1, ..Settings::default() };
                    Ok(self.emulator(settings, Arc::new(Late::default())).await)
                }
                Found::Caps(resend_limit) => {
                    let settings = Settings { resend_limit, ..Settings::default() };
                    Ok(self.emulator(settings, Arc::new(Silent(Capture::Nothing))).await)
                }
                Found::OurCodesPanic => Ok(self.emulator(Settings::default(), Arc::new(Panicking)).await),
                Found::Loses(connections) => Ok(self.relay(connections).await),
                Found::LosesWhatFollows => Ok(self.impatient().await),
                Found::HangsUp => Ok(self.listener(None, Arc::new(Silent(Capture::Nothing))).await),
                Found::Answers(status) => {
                    let answer = format!("{status} x");
                    Ok(self.listener(Some(answer), Arc::new(Silent(Capture::Nothing))).await)
                }
                Found::IsBusy => {
                    let answer = "503 x\r\nretry-after: 0".to_owned();
                    Ok(self.listener(Some(answer), Arc::new(Silent(Capture::Nothing))).await)
                }
                Found::MessagesNeverCome(asked) => Ok(self
                    .listener(Some("500 x".into()), Arc::new(Stuck { asked, first: OnceLock::new() }))
                    .await),
            }
        })
    }
}

impl Scripted {
    async fn emulator(&self, settings: Settings, codes: Arc<dyn CodeSource>) -> TargetLease {
        let emulator = Emulator::start(settings).await.unwrap();
        TargetLease { target: self.target(emulator.url(), codes), held: Box::new(emulator) }
    }

    /// A right server behind a relay that reads from the first connections and hangs up.
    async fn relay(&self, lost: usize) -> TargetLease {
        let emulator = Emulator::start(Settings::default()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let behind = emulator.url().strip_prefix("http://").unwrap().to_owned();
        let serving = tokio::spawn(async move {
            for nth in 0.. {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                if nth < lost {
                    let _ = stream.read(&mut [0; 4096]).await;
                    continue;
                }
                let mut server = TcpStream::connect(&behind).await.unwrap();
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut server).await });
            }
        });
        TargetLease {
            target: self.target(url, Arc::new(Silent(Capture::Nothing))),
            held: Box::new((emulator, serving)),
        }
    }

    /// A right server behind a relay that hangs up when a request follows another one on its connection.
    async fn impatient(&self) -> TargetLease {
        let emulator = Emulator::start(Settings::default()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let behind = emulator.url().strip_prefix("http://").unwrap().to_owned();
        let serving = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = TcpStream::connect(&behind).await.unwrap();
                tokio::spawn(async move {
                    let (mut sent, mut came, mut answered) = ([0; 4096], [0; 4096], false);
                    loop {
                        tokio::select! {
                            read = client.read(&mut sent) => match read {
                                Ok(bytes) if bytes > 0 && !answered => server.write_all(&sent[..bytes]).await.unwrap(),
                                _ => return,
                            },
                            read = server.read(&mut came) => {
                                answered = true;
                                match read {
                                    Ok(bytes) if bytes > 0 => client.write_all(&came[..bytes]).await.unwrap(),
                                    _ => return,
                                }
                            }
                        }
                    }
                });
            }
        });
        TargetLease {
            target: self.target(url, Arc::new(Silent(Capture::Nothing))),
            held: Box::new((emulator, serving)),
        }
    }

    /// A listener that reads one request of each connection, answers it or not, and hangs up.
    /// One that answers everything so, or with nothing.
    async fn listener(&self, answer: Option<String>, codes: Arc<dyn CodeSource>) -> TargetLease {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                if let Some(answer) = &answer {
                    let answer =
                        format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        TargetLease { target: self.target(url, codes), held: Box::new(serving) }
    }

    fn target(&self, base: String, codes: Arc<dyn CodeSource>) -> Arc<Target> {
        let settings = TargetSettings {
            base,
            project_id: Settings::default().project_id,
            management_key: None,
            auth_management_key: None,
            static_code: None,
            headers: Vec::new(),
            transport: Transport::within(Duration::from_secs(10)),
            allowed_numbers: Vec::new(),
            allowed_domains: Vec::new(),
            namespace: 0,
            pace: Pace::unlimited(),
            codes,
            clock: None,
            reset: None,
            journal: Journal::in_memory(),
            budget: Arc::default(),
            lasting: false,
            max_body: 1024 * 1024,
        };
        Arc::new(Target::new(settings, self.contract.clone(), Arc::new(Redactor::default())).unwrap())
    }
}

/// A code source with a bug of ours.
struct Panicking;

impl CodeSource for Panicking {
    fn capture(&self) -> Capture {
        Capture::EachMessage
    }

    fn shows_text(&self) -> bool {
        false
    }

    fn messages<'a>(&'a self, _: &'a str, _: &'a str, _: Cursor, _: Duration) -> Reply<'a, Vec<Message>> {
        panic!("a bug of the harness")
    }
}

/// A code source that has one message, at the second look.
#[derive(Default)]
struct Late {
    looks: AtomicUsize,
}

impl CodeSource for Late {
    fn capture(&self) -> Capture {
        Capture::EachMessage
    }

    fn shows_text(&self) -> bool {
        false
    }

    fn messages<'a>(&'a self, to: &'a str, _: &'a str, _: Cursor, _: Duration) -> Reply<'a, Vec<Message>> {
        let come = self.looks.fetch_add(1, Ordering::Relaxed) == 1;
        let message = Message {
            to: to.to_owned(),
            code: "012345".to_owned(),
            text: None,
            others: 0,
            method: None,
            seq: 1,
        };
        Box::pin(async move { Ok(come.then_some(message).into_iter().collect()) })
    }
}

/// A code source that has nothing for the first who is asked about, and keeps us waiting for anybody else.
struct Stuck {
    asked: Arc<Notify>,
    first: OnceLock<String>,
}

impl CodeSource for Stuck {
    fn capture(&self) -> Capture {
        Capture::EachMessage
    }

    fn shows_text(&self) -> bool {
        false
    }

    fn messages<'a>(&'a self, to: &'a str, _: &'a str, _: Cursor, _: Duration) -> Reply<'a, Vec<Message>> {
        Box::pin(async move {
            if self.first.get_or_init(|| to.to_owned()) != to {
                self.asked.notify_one();
                std::future::pending::<()>().await;
            }
            Ok(Vec::new())
        })
    }
}
