//! The run loop: one thread owns the machine; everything else asks it through one bounded inbox.
//!
//! The loop takes what is waiting as one turn (group commit), performs the outputs in order, and brings documents and
//! rows up to date when nothing waits. The link opens and verifies frames in its own tasks before they get here.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sanji_config::Settings;
use sanji_sync::{ConnId, Frame, NodeId, Opened, Time, UnitCode};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use crate::command::Command;
use crate::data::{DataDir, DataError};
use crate::http::{self, ApiFile, Face};
use crate::link::{self, Inbox, LinkError, LinkEvent, LinkHandle, LinkOptions, NotSent, Opener, Peer};
use crate::machine::{FrameCounts, Input, LinkView, Machine, Output, Ticket};
use crate::refusal::Refusal;
use crate::store::{Progress, Report, StoreError};
use crate::trust::{Fingerprint, Identity, JoinRefusal, JoinReply};

/// Mails that may wait; a full inbox slows the links down.
const INBOX_MAX: usize = 256;
/// Mails taken in one turn: bounds the time until a turn's answers go out.
const TURN_MAX: usize = 128;
/// How long a town waits for the county when it passes an enrolment on.
const RELAY_LIMIT: Duration = Duration::from_secs(30);
/// Busy turns after which documents and rows are brought one step further.
const TURNS_WITHOUT_FOLLOWING_MAX: u32 = 8;
/// How long the loop sleeps at most when nothing happens, so that the status it shows stays fresh.
const IDLE_MS: u64 = 60_000;

/// Now, by this machine's clock. The only place that reads it for the node.
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// What reaches the loop.
enum Mail {
    Link(LinkEvent<Opened>),
    Ask { command: Command, reply: oneshot::Sender<Result<Value, Refusal>> },
    Stop,
}

/// Asks the loop. Cheap to clone.
#[derive(Clone)]
pub struct Asker(mpsc::Sender<Mail>);

impl Asker {
    /// The loop's answer; none when the node is stopping.
    pub async fn ask(&self, command: Command) -> Option<Result<Value, Refusal>> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Mail::Ask { command, reply }).await.ok()?;
        answer.await.ok()
    }
}

/// A node that is up.
pub struct Node {
    pub unit: UnitCode,
    pub http: SocketAddr,
    pub link: SocketAddr,
    pub report: Report,
    mail: mpsc::Sender<Mail>,
    handle: LinkHandle,
    loop_done: oneshot::Receiver<Result<(), StoreError>>,
    http_stop: watch::Sender<bool>,
    http_done: tokio::task::JoinHandle<()>,
    api_file: std::path::PathBuf,
    _data: DataDir,
}

impl Node {
    /// Starts the node of a data directory. Returns when it serves.
    pub async fn start(
        data: DataDir,
        settings: Settings,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Node, DataError> {
        let identity = data.identity()?;
        let unit = identity.unit();
        let (machine, report) = data.machine(&identity, &settings, progress)?;
        let (mail, inbox) = mpsc::channel(INBOX_MAX);
        let listen = kept_address(&data, "link.addr", settings.listen);
        let revoked = Arc::new(RwLock::new(machine.revoked_nodes().into_iter().collect::<BTreeSet<_>>()));
        let handle = start_link(&identity, &settings, listen, &machine, &mail, revoked.clone())?;
        let port =
            |address: SocketAddr| move |source| DataError::Port { address: address.to_string(), source };
        let link_address = handle.local_addr().map_err(port(listen))?;
        keep_address(&data, "link.addr", settings.listen, link_address);

        let wanted = kept_address(&data, "http.addr", settings.http);
        let listener = tokio::net::TcpListener::bind(wanted).await.map_err(port(wanted))?;
        let http = listener.local_addr().map_err(port(wanted))?;
        keep_address(&data, "http.addr", settings.http, http);
        let api_file = DataDir::api_file(data.path());
        let token = write_api_file(&api_file, http)?;
        let face = Face { asker: Asker(mail.clone()), token, lang: settings.lang };
        let (http_stop, mut stopped) = watch::channel(false);
        let http_done = tokio::spawn(async move {
            let stop = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            if let Err(error) = axum::serve(listener, http::routes(face)).with_graceful_shutdown(stop).await {
                tracing::error!(%error, "the local face stopped");
            }
        });

        let (done, loop_done) = oneshot::channel();
        let driver = Driver {
            machine,
            handle: handle.clone(),
            parents: settings.parents.clone(),
            authority: identity.membership().fingerprint(),
            http: http.to_string(),
            addresses: vec![link_address.to_string()],
            asked: BTreeMap::new(),
            joining: BTreeMap::new(),
            next_ticket: 1,
            peers: BTreeMap::new(),
            last_seen: BTreeMap::new(),
            frames: FrameCounts::default(),
            revoked,
        };
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new()
            .name("sanji-loop".into())
            .spawn(move || {
                let _ = done.send(driver.run(inbox, &runtime));
            })
            .map_err(|e| DataError::Network(e.to_string()))?;
        Ok(Node {
            unit,
            http,
            link: link_address,
            report,
            mail,
            handle,
            loop_done,
            http_stop,
            http_done,
            api_file,
            _data: data,
        })
    }

    pub fn asker(&self) -> Asker {
        Asker(self.mail.clone())
    }

    /// Waits until the loop ends by itself, which it does only when the disk or this program failed.
    pub async fn failed(&mut self) -> StoreError {
        match (&mut self.loop_done).await {
            Ok(Err(error)) => error,
            Ok(Ok(())) | Err(_) => StoreError::Record("the run loop ended unexpectedly".into()),
        }
    }

    /// Stops cleanly: links closed, the derived store brought up to date.
    pub async fn stop(self) -> Result<(), DataError> {
        self.handle.shutdown().await;
        let _ = self.http_stop.send(true);
        let _ = tokio::time::timeout(Duration::from_secs(5), self.http_done).await;
        let _ = self.mail.send(Mail::Stop).await;
        let done = self.loop_done.await;
        let _ = std::fs::remove_file(&self.api_file);
        match done {
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }
}

/// Opens frames in the link's tasks.
struct FrameOpener;

impl Opener for FrameOpener {
    type Frame = Opened;
    fn open(&self, _lane: u8, bytes: Vec<u8>) -> Result<Opened, String> {
        Frame::open(&bytes).map_err(|bad| bad.to_string())
    }
}

struct Mailbox(mpsc::Sender<Mail>);

impl Inbox<Opened> for Mailbox {
    async fn deliver(&self, event: LinkEvent<Opened>) {
        // A closed inbox means that the node is stopping.
        let _ = self.0.send(Mail::Link(event)).await;
    }
}

/// The thread that owns the machine.
struct Driver {
    machine: Machine,
    handle: LinkHandle,
    parents: Vec<String>,
    authority: Fingerprint,
    http: String,
    addresses: Vec<String>,
    asked: BTreeMap<Ticket, oneshot::Sender<Result<Value, Refusal>>>,
    joining: BTreeMap<Ticket, oneshot::Sender<Vec<u8>>>,
    next_ticket: Ticket,
    peers: BTreeMap<ConnId, UnitCode>,
    last_seen: BTreeMap<UnitCode, Time>,
    frames: FrameCounts,
    revoked: Arc<RwLock<BTreeSet<NodeId>>>,
}

impl Driver {
    fn run(
        mut self,
        mut inbox: mpsc::Receiver<Mail>,
        runtime: &tokio::runtime::Handle,
    ) -> Result<(), StoreError> {
        let mut behind = true;
        let mut turns_without_following = 0;
        loop {
            let first = if behind { inbox.try_recv().ok() } else { self.wait(&mut inbox, runtime) };
            let mut inputs = Vec::new();
            let mut stopping = false;
            let mut next = first;
            while let Some(mail) = next {
                match mail {
                    Mail::Stop => {
                        stopping = true;
                        break;
                    }
                    mail => inputs.extend(self.read(mail, runtime)),
                }
                next = if inputs.len() < TURN_MAX { inbox.try_recv().ok() } else { None };
            }
            let busy = !inputs.is_empty();
            if !behind && !busy {
                inputs.push(Input::Tick);
            }
            if !inputs.is_empty() {
                self.machine.set_link(self.view());
                let outputs = self.machine.turn(now(), inputs)?;
                self.perform(outputs);
            }
            if stopping {
                return self.machine.close();
            }
            // Under a load that never ends documents and rows must follow all the same.
            if inbox.is_empty() || turns_without_following >= TURNS_WITHOUT_FOLLOWING_MAX {
                turns_without_following = 0;
                let (more, outputs) = self.machine.follow(now())?;
                behind = more;
                if !outputs.is_empty() {
                    self.perform(outputs);
                    let outputs = self.machine.turn(now(), Vec::new())?;
                    self.perform(outputs);
                }
            } else {
                turns_without_following += 1;
                behind = true;
            }
        }
    }

    /// The next mail, or none when a tick is due.
    fn wait(&self, inbox: &mut mpsc::Receiver<Mail>, runtime: &tokio::runtime::Handle) -> Option<Mail> {
        let due =
            self.machine.next_tick().map_or(IDLE_MS, |at| at.0.saturating_sub(now().0).clamp(10, IDLE_MS));
        runtime.block_on(async {
            match tokio::time::timeout(Duration::from_millis(due), inbox.recv()).await {
                Ok(Some(mail)) => Some(mail),
                // Every sender is gone: the node was dropped.
                Ok(None) => Some(Mail::Stop),
                Err(_) => None,
            }
        })
    }

    fn read(&mut self, mail: Mail, runtime: &tokio::runtime::Handle) -> Option<Input> {
        match mail {
            Mail::Stop => None,
            Mail::Ask { command, reply } => {
                let ticket = self.ticket();
                self.asked.insert(ticket, reply);
                Some(Input::Command { ticket, command })
            }
            Mail::Link(LinkEvent::Up { conn, peer }) => {
                self.peers.insert(conn, peer.unit);
                self.last_seen.insert(peer.unit, now());
                Some(Input::LinkUp { conn, node: peer.node, unit: peer.unit })
            }
            Mail::Link(LinkEvent::Down { conn, why }) => {
                if let Some(unit) = self.peers.remove(&conn) {
                    self.last_seen.insert(unit, now());
                }
                tracing::info!(?conn, %why, "a link went down");
                Some(Input::LinkDown { conn })
            }
            Mail::Link(LinkEvent::Frame { conn, frame, bytes, .. }) => {
                self.frames.count_down(bytes);
                Some(Input::Frame { conn, frame })
            }
            Mail::Link(LinkEvent::Join(call)) => {
                if self.machine.is_root() {
                    let ticket = self.ticket();
                    self.joining.insert(ticket, call.reply);
                    return Some(Input::Join { ticket, request: call.request });
                }
                self.relay(call.bytes, call.reply, runtime);
                None
            }
        }
    }

    /// A town passes a request on towards the county.
    fn relay(&self, request: Vec<u8>, reply: oneshot::Sender<Vec<u8>>, runtime: &tokio::runtime::Handle) {
        let (parents, authority) = (self.parents.clone(), self.authority);
        runtime.spawn(async move {
            let answer = link::relay_join(&parents, authority, &request, RELAY_LIMIT).await;
            let _ = reply.send(answer.unwrap_or_else(|error| {
                tracing::warn!(%error, "an enrolment could not be passed on");
                JoinReply::from(JoinRefusal::RootUnreachable).encode()
            }));
        });
    }

    fn perform(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send { conn, lane, frame } => {
                    self.frames.count_up(frame.len());
                    // A peer that is gone or too slow is told so by the link; its `Down` follows.
                    match self.handle.send(conn, lane.number(), frame) {
                        Ok(()) => {}
                        Err(NotSent::Misuse) => {
                            // The session counts on it: it must begin anew rather than wait for ever.
                            tracing::error!(?conn, "a frame is longer than the link takes");
                            self.handle.hangup(conn, "a frame is longer than the link takes");
                        }
                        Err(why) => tracing::debug!(?why, "a frame was not sent"),
                    }
                }
                Output::Hangup { conn, why } => self.handle.hangup(conn, why.to_string()),
                Output::Answer { ticket, answer } => {
                    if let Some(reply) = self.asked.remove(&ticket) {
                        let _ = reply.send(answer);
                    }
                }
                Output::Joined { ticket, reply } => {
                    if let Some(to) = self.joining.remove(&ticket) {
                        let _ = to.send(reply.encode());
                    }
                }
                Output::Pause => self.handle.pause(),
                Output::Resume => self.handle.resume(),
                Output::DialNow => self.handle.dial_now(),
            }
        }
        let revoked: BTreeSet<NodeId> = self.machine.revoked_nodes().into_iter().collect();
        if let Ok(mut known) = self.revoked.write()
            && *known != revoked
        {
            *known = revoked;
        }
    }

    fn view(&self) -> LinkView {
        let counters = self.handle.counters();
        LinkView {
            parent: Some(self.handle.parent().borrow().clone()),
            addresses: self.addresses.clone(),
            http: self.http.clone(),
            bytes_up: counters.bytes_up,
            bytes_down: counters.bytes_down,
            hangups: counters.hangups,
            frames: self.frames,
            last_seen: self.last_seen.clone(),
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        self.next_ticket
    }
}

fn start_link(
    identity: &Identity,
    settings: &Settings,
    listen: SocketAddr,
    machine: &Machine,
    mail: &mpsc::Sender<Mail>,
    revoked: Arc<RwLock<BTreeSet<NodeId>>>,
) -> Result<LinkHandle, DataError> {
    let admit = move |peer: &Peer| match revoked.read() {
        Ok(revoked) if revoked.contains(&peer.node) => Err("the node was revoked".to_owned()),
        Ok(_) | Err(_) => Ok(()),
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|e| DataError::Network(e.to_string()))?;
    let options = LinkOptions {
        parents: settings.parents.clone(),
        paused: machine.is_paused(),
        frame_bytes_max: sanji_sync::limits::FRAME_BYTES_MAX,
        ..LinkOptions::new(listen, seed)
    };
    link::open(identity, options, FrameOpener, Mailbox(mail.clone()), Arc::new(admit)).map_err(|error| {
        match error {
            LinkError::Socket { address, source } => DataError::Port { address: address.to_string(), source },
            LinkError::Tls(error) => DataError::Network(error.to_string()),
        }
    })
}

/// A port that was taken once is taken again, so that children find their parent after a restart.
fn kept_address(data: &DataDir, file: &str, configured: SocketAddr) -> SocketAddr {
    if configured.port() != 0 {
        return configured;
    }
    let kept = std::fs::read_to_string(data.path().join(file)).ok();
    kept.and_then(|text| text.trim().parse::<SocketAddr>().ok())
        .filter(|kept| kept.ip() == configured.ip())
        .unwrap_or(configured)
}

fn keep_address(data: &DataDir, file: &str, configured: SocketAddr, bound: SocketAddr) {
    if configured.port() == 0
        && let Err(error) = std::fs::write(data.path().join(file), format!("{bound}\n"))
    {
        tracing::warn!(%error, file, "the address is not kept; after a restart it may be another");
    }
}

fn write_api_file(path: &Path, http: SocketAddr) -> Result<String, DataError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|e| DataError::Network(e.to_string()))?;
    let token = data_encoding::HEXLOWER.encode(&bytes);
    let http = SocketAddr::new(
        if http.ip().is_unspecified() { [127, 0, 0, 1].into() } else { http.ip() },
        http.port(),
    );
    let file = ApiFile { http: http.to_string(), token: token.clone() };
    let io = |error| DataError::Io { path: path.to_owned(), source: error };
    let text = serde_json::to_string(&file).map_err(|e| io(e.into()))?;
    let fresh = path.with_extension("json.new");
    let _ = std::fs::remove_file(&fresh);
    let mut out =
        std::fs::File::options().create_new(true).write(true).mode(0o600).open(&fresh).map_err(io)?;
    out.write_all(text.as_bytes()).map_err(io)?;
    std::fs::rename(&fresh, path).map_err(io)?;
    Ok(token)
}
