//! A data directory: what lies where, who may open it, and how a machine is made of it.
//!
//! | name | is |
//! | --- | --- |
//! | `config.toml` | the box's settings |
//! | `identity/` | keys and certificates, keys readable by the owner only |
//! | `journal/` | ground truth; back this up |
//! | `sled/` | derived, may be deleted while the node is stopped |
//! | `lock` | held by the process that uses the directory |
//! | `api.json` | where the running node's local API is, and its token; owner only |

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use sanji_config::{BadSettings, Settings};
use sanji_model::lang::{Lang, Say};

use crate::machine::{Machine, Member};
use crate::refusal::Refusal;
use crate::store::files::RealFiles;
use crate::store::kv::{Kv, KvBroken, SledKv};
use crate::store::{self, Old, Progress, Report, Store, StoreError};
use crate::system::system;
use crate::trust::{Authority, EnrolError, FileError, Identity, TokenError, TrustError};

/// Why a node cannot be made, opened or run, for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{} holds no node: run `sanji init` for a county or `sanji join TOKEN` for any other", .0.display())]
    Empty(PathBuf),
    #[error("{} holds a node's data but not its certificate: put identity/ back from a backup; do not run init or join here", .0.display())]
    IdentityLost(PathBuf),
    #[error("{} already holds a node of unit {unit}: choose another directory with --data", path.display())]
    Taken { path: PathBuf, unit: sanji_sync::UnitCode },
    #[error("{} is in use by another sanji process: stop that one first, or choose another directory with --data", .0.display())]
    InUse(PathBuf),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Settings(#[from] BadSettings),
    #[error("{}", .0.text(Lang::En))]
    Trust(#[from] TrustError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{}", .0.text(Lang::En))]
    Token(#[from] TokenError),
    #[error("{}", .0.text(Lang::En))]
    Enrol(#[from] EnrolError),
    #[error(
        "cannot listen on {address}: {source}; choose another with --listen or --http, or stop the process that has it"
    )]
    Port { address: String, source: io::Error },
    #[error("{}", .0.text(Lang::En))]
    Refused(Refusal),
    #[error("the network cannot be set up: {0}")]
    Network(String),
}

impl From<FileError> for DataError {
    fn from(error: FileError) -> DataError {
        DataError::Trust(error.into())
    }
}

impl Say for DataError {
    fn code(&self) -> &'static str {
        match self {
            DataError::Empty(_) => "DATA_EMPTY",
            DataError::IdentityLost(_) => "IDENTITY_LOST",
            DataError::Taken { .. } => "DATA_TAKEN",
            DataError::InUse(_) => "DATA_IN_USE",
            DataError::Io { .. } => "DATA_IO",
            DataError::Settings(_) => "SETTINGS",
            DataError::Trust(error) => error.code(),
            DataError::Store(_) => "STORE",
            DataError::Token(error) => error.code(),
            DataError::Enrol(error) => error.code(),
            DataError::Port { .. } => "PORT_TAKEN",
            DataError::Refused(refusal) => refusal.code(),
            DataError::Network(_) => "NETWORK",
        }
    }

    fn text(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            DataError::Empty(path) => {
                format!(
                    "{} 中没有节点：县级请运行 sanji init，其他层级请运行 sanji join 令牌",
                    path.display()
                )
            }
            DataError::IdentityLost(path) => {
                format!(
                    "{} 中有节点数据但没有证书：请从备份恢复 identity/，不要在此运行 init 或 join",
                    path.display()
                )
            }
            DataError::Taken { path, unit } => {
                format!("{} 中已有 {unit} 的节点：请用 --data 选择其他目录", path.display())
            }
            DataError::InUse(path) => {
                format!("{} 正被另一个 sanji 进程使用：请先停止它，或用 --data 选择其他目录", path.display())
            }
            DataError::Io { path, source } => format!("{}：{}", path.display(), system(source, lang)),
            DataError::Settings(bad) => bad.text(lang),
            DataError::Trust(error) => error.text(lang),
            DataError::Store(error) => error.zh(),
            DataError::Token(error) => error.text(lang),
            DataError::Enrol(error) => error.text(lang),
            DataError::Port { address, source } => {
                format!(
                    "无法监听 {address}：{}；请用 --listen 或 --http 换一个地址，或停止占用它的进程",
                    system(source, lang)
                )
            }
            DataError::Refused(refusal) => refusal.text(lang),
            DataError::Network(error) => format!("网络无法启动：{error}"),
        }
    }
}

/// A data directory that this process alone uses, until it is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens the directory, which is made if it is not there, and locks it.
    pub fn open(path: &Path) -> Result<DataDir, DataError> {
        let io = |error| DataError::Io { path: path.to_owned(), source: error };
        // Names and numbers of people are in it.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
        let lock =
            File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => Ok(DataDir { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }

    /// Whether some process has the directory now. What it left behind in it, a copy of the directory has, too.
    pub fn is_in_use(path: &Path) -> bool {
        let lock = File::open(path.join("lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn identity_dir(&self) -> PathBuf {
        self.path.join("identity")
    }

    /// What the machine's owner sets the first password with.
    pub fn setup_code_file(path: &Path) -> PathBuf {
        path.join("setup-code")
    }

    /// What programs asked under keys, and what became of it.
    pub fn replays_file(&self) -> PathBuf {
        self.path.join("api-keys.jsonl")
    }

    pub fn api_file(path: &Path) -> PathBuf {
        path.join("api.json")
    }

    pub fn settings(&self) -> Result<Settings, DataError> {
        Ok(Settings::read(&self.path.join(sanji_config::FILE_NAME))?)
    }

    /// Writes the settings in one step.
    pub fn write_settings(&self, settings: &Settings) -> Result<(), DataError> {
        let path = self.path.join(sanji_config::FILE_NAME);
        let fresh = self.path.join("config.toml.new");
        let io = |error| DataError::Io { path: path.clone(), source: error };
        fs::write(&fresh, settings.to_toml()).map_err(io)?;
        fs::rename(&fresh, &path).map_err(io)
    }

    /// Who this box is; an error if it is nobody yet.
    pub fn identity(&self) -> Result<Identity, DataError> {
        let identity = Identity::load(&self.identity_dir())?;
        let journal = self.path.join("journal");
        identity.ok_or_else(|| match journal.exists() {
            true => DataError::IdentityLost(self.path.clone()),
            false => DataError::Empty(self.path.clone()),
        })
    }

    /// An error if a node is here already.
    pub fn must_be_empty(&self) -> Result<(), DataError> {
        match Identity::load(&self.identity_dir())? {
            Some(identity) => Err(DataError::Taken { path: self.path.clone(), unit: identity.unit() }),
            None => Ok(()),
        }
    }

    /// The store, opened or made.
    pub fn store(
        &self,
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Store, Report), DataError> {
        let journal = self.path.join("journal");
        let sled = self.path.join("sled");
        let files =
            RealFiles::open(&journal).map_err(|error| DataError::Io { path: journal, source: error })?;
        let cache = settings.sled_cache_mib << 20;
        let mut open_kv = |old: Old| -> Result<Box<dyn Kv>, KvBroken> {
            match old {
                Old::Open => {}
                Old::Destroy => SledKv::destroy(&sled).map_err(KvBroken::Disk)?,
                Old::Keep => {
                    let beside = self.path.join("sled.before-loss");
                    let _ = fs::remove_dir_all(&beside);
                    fs::rename(&sled, &beside).map_err(KvBroken::Disk)?;
                }
            }
            Ok(Box::new(SledKv::open(sled.clone(), cache)?))
        };
        let options =
            store::Options { documents_in_memory: settings.documents_in_memory, ..store::Options::default() };
        Ok(Store::open(Box::new(files), &mut open_kv, &options, progress)?)
    }

    /// The machine of this directory.
    pub fn machine(
        &self,
        identity: &Identity,
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Machine, Report), DataError> {
        let (store, report) = self.store(settings, progress)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|e| DataError::Network(e.to_string()))?;
        let membership = identity.membership();
        let member = Member {
            key: identity.key().clone(),
            unit: identity.unit(),
            root: identity.root(),
            authority: Authority::load(&self.identity_dir())?,
            authority_certificate: membership.authority().to_vec(),
            root_certificate: membership.root_certificate().to_vec(),
            seed,
        };
        let mut machine = Machine::open(member, store)?;
        machine.set_lint(settings.lint);
        machine.set_attention(report.attention());
        machine.set_certificate_until(membership.said().validity.not_after);
        Ok((machine, report))
    }
}
