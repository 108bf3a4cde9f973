//! The run loop: one thread owns the machine; everything else asks it through one bounded inbox.
//!
//! The loop takes what is waiting as one turn (group commit), performs the outputs in order, and brings documents and
//! rows up to date when nothing waits. The link opens and verifies frames in its own tasks before they get here.

mod driver;
mod mailbox;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sanji_config::Settings;
use sanji_sync::{NodeId, Opened, Time, UnitCode};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::bundle::{BundleError, Carrier};
use crate::command::Command;
use crate::data::{DataDir, DataError};
use crate::http::{self, ApiFile, Face, Replays};
use crate::link::{self, LinkError, LinkEvent, LinkHandle, LinkOptions, Peer};
use crate::machine::{Cargo, Carry, FrameCounts, Machine, NotCarried};
use crate::refusal::Refusal;
use crate::store::{Progress, Report, StoreError};
use crate::trust::Identity;
use driver::Driver;
use mailbox::{FrameOpener, Mailbox};

/// Mails that may wait; a full inbox slows the links down.
const INBOX_MAX: usize = 256;
/// KiB of frames that may wait together, whoever sent them.
const INBOX_KIB_MAX: u32 = 64 * 1024;
/// Mails taken in one turn: bounds the time until a turn's answers go out.
const TURN_MAX: usize = 128;
/// How long a town waits for the county when it passes an enrolment on.
const RELAY_LIMIT: Duration = Duration::from_secs(30);
/// Documents and rows are brought one step further at least this often, however much comes in.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);
/// How long the loop waits for more while much comes in, before it brings documents and rows further.
const FLOOD_PAUSE: Duration = Duration::from_millis(20);
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
    Carry { carry: Carry, reply: oneshot::Sender<Result<Cargo, NotCarried>> },
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

    /// Whether nobody of this unit has a password.
    pub async fn nobody_can_sign_in(&self) -> bool {
        let people = self.ask(Command::StaffList).await;
        matches!(people, Some(Ok(Value::Array(people))) if people.iter().all(|one| one["has_password"] != true || one["disabled"] == true))
    }
}

/// From a thread that may wait, never from a task.
impl Carrier for Asker {
    fn carry(&mut self, carry: Carry) -> Result<Cargo, BundleError> {
        let (reply, answer) = oneshot::channel();
        self.0.blocking_send(Mail::Carry { carry, reply }).map_err(|_| BundleError::Stopping)?;
        Ok(answer.blocking_recv().map_err(|_| BundleError::Stopping)??)
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
        let room = Arc::new(Semaphore::new(INBOX_KIB_MAX as usize));
        let mailbox = Mailbox { mail: mail.clone(), room: room.clone() };
        let handle = start_link(&identity, &settings, listen, &machine, mailbox, revoked.clone())?;
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
        let asker = Asker(mail.clone());
        let (changed, changes) = watch::channel(0);
        let face = Face {
            asker,
            identity: Arc::new(identity.clone()),
            token,
            lang: settings.lang,
            sessions: Arc::default(),
            changes,
            setup_code: write_setup_code(&data)?,
            replays: replays(&data)?,
        };
        let (http_stop, mut stopped) = watch::channel(false);
        let http_done = tokio::spawn(async move {
            let service = http::routes(face).into_make_service_with_connect_info::<SocketAddr>();
            let stop = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stop).await {
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
            carrying: BTreeMap::new(),
            next_ticket: 1,
            peers: BTreeMap::new(),
            last_seen: BTreeMap::new(),
            last_awaited: BTreeMap::new(),
            frames: FrameCounts::default(),
            room,
            revoked,
            replaced: 0,
            changed,
            told: None,
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

    /// Whether nobody of this unit can sign in yet.
    pub async fn needs_setup(&self) -> bool {
        self.asker().nobody_can_sign_in().await
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

fn start_link(
    identity: &Identity,
    settings: &Settings,
    listen: SocketAddr,
    machine: &Machine,
    mailbox: Mailbox,
    revoked: Arc<RwLock<BTreeSet<NodeId>>>,
) -> Result<LinkHandle, DataError> {
    let admit = move |peer: &Peer| match revoked.read() {
        Ok(revoked) if revoked.contains(&peer.node) => Err(link::REVOKED.to_owned()),
        Ok(_) | Err(_) => Ok(()),
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|e| DataError::Network(e.to_string()))?;
    let options = LinkOptions {
        parents: settings.parents.clone(),
        paused: machine.is_paused(),
        ..LinkOptions::new(listen, seed)
    };
    link::open(identity, options, FrameOpener, mailbox, Arc::new(admit)).map_err(|error| match error {
        LinkError::Socket { address, source } => DataError::Port { address: address.to_string(), source },
        LinkError::Tls(error) => DataError::Network(error.to_string()),
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

/// What programs asked under keys before the last stop is known again.
fn replays(data: &DataDir) -> Result<Replays, DataError> {
    let path = data.replays_file();
    Replays::open(&path, now()).map_err(|source| DataError::Io { path, source })
}

/// The code by which the machine's owner sets the first password: 12 digits, readable by them only, kept for good, since it
/// opens nothing once somebody can sign in.
fn write_setup_code(data: &DataDir) -> Result<PathBuf, DataError> {
    let path = DataDir::setup_code_file(data.path());
    if path.exists() {
        return Ok(path);
    }
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|e| DataError::Network(e.to_string()))?;
    let digits = format!("{:012}", u64::from_be_bytes(bytes) % 1_000_000_000_000);
    let code = format!("{}-{}-{}\n", &digits[..4], &digits[4..8], &digits[8..]);
    write_private(&path, code.as_bytes())?;
    Ok(path)
}

fn write_api_file(path: &Path, http: SocketAddr) -> Result<String, DataError> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|e| DataError::Network(e.to_string()))?;
    let token = data_encoding::HEXLOWER.encode(&bytes);
    let http = SocketAddr::new(
        if http.ip().is_unspecified() { [127, 0, 0, 1].into() } else { http.ip() },
        http.port(),
    );
    let file = ApiFile { http: http.to_string(), token: token.clone() };
    let text = serde_json::to_string(&file)
        .map_err(|error| DataError::Io { path: path.to_owned(), source: error.into() })?;
    write_private(path, text.as_bytes())?;
    Ok(token)
}

/// A file that nobody but its owner reads, there whole or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let io = |error| DataError::Io { path: path.to_owned(), source: error };
    let fresh = path.with_extension("new");
    let _ = std::fs::remove_file(&fresh);
    let mut out =
        std::fs::File::options().create_new(true).write(true).mode(0o600).open(&fresh).map_err(io)?;
    out.write_all(bytes).map_err(io)?;
    std::fs::rename(&fresh, path).map_err(io)
}
