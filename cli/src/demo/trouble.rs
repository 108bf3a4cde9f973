//! Why a demonstration did not work out, in both languages, with the end of the log that tells more.

use std::io;
use std::path::{Path, PathBuf};

use sanji_model::lang::{Lang, Say, Words};

use sanji_node::system::system;

/// Lines of a node's log that are shown when it fails.
const TAIL_LINES: usize = 12;

#[derive(Debug)]
pub enum Trouble {
    /// The file has fewer towns with enough villages than asked for.
    TooFewUnits {
        file: String,
        towns: usize,
        villages: usize,
        found: usize,
    },
    Folder(PathBuf, io::Error),
    /// A process of this program cannot be started.
    Start(io::Error),
    /// A command of this program failed, with its own words.
    Step {
        what: String,
        why: String,
        log: String,
    },
    /// A node is gone.
    Ended {
        unit: String,
        log: String,
    },
    NoGuides,
    /// Nothing moved for so long.
    Stalled {
        waiting: Words,
        seconds: u64,
        gaps: Vec<Gap>,
    },
    NotConverged(Vec<Gap>),
    /// Told to end before the end.
    Interrupted,
}

/// One thing that is not yet as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gap {
    NotLinked {
        unit: String,
    },
    StillLinked {
        unit: String,
    },
    /// A unit and the one above it hold different bytes of a scope.
    Differs {
        unit: String,
        scope: String,
    },
    Owed {
        unit: String,
        entries: u64,
    },
    Guides {
        unit: String,
        has: u64,
        wanted: u64,
    },
    Cases {
        unit: String,
        has: u64,
        wanted: u64,
    },
    /// Rows are not up to date.
    Behind {
        unit: String,
    },
    /// A case that was answered as saved is not found where it should be.
    Lost {
        unit: String,
        cases: usize,
    },
    /// The answer has not come down.
    Answer {
        number: String,
        state: String,
    },
}

impl Gap {
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Gap::NotLinked { unit }, Lang::Zh) => format!("{unit} 未连接上级"),
            (Gap::NotLinked { unit }, Lang::En) => format!("{unit} is not linked to the unit above"),
            (Gap::StillLinked { unit }, Lang::Zh) => format!("{unit} 的线路仍未断开"),
            (Gap::StillLinked { unit }, Lang::En) => format!("{unit} is still linked"),
            (Gap::Differs { unit, scope }, Lang::Zh) => format!("{unit} 与上级的 {scope} 不同"),
            (Gap::Differs { unit, scope }, Lang::En) => {
                format!("{unit} and the unit above differ in {scope}")
            }
            (Gap::Owed { unit, entries }, Lang::Zh) => format!("{unit} 还有 {entries} 条待传"),
            (Gap::Owed { unit, entries }, Lang::En) => format!("{unit} still owes {entries} entries"),
            (Gap::Guides { unit, has, wanted }, Lang::Zh) => {
                format!("{unit} 有 {has} 份指南，应有 {wanted} 份")
            }
            (Gap::Guides { unit, has, wanted }, Lang::En) => format!("{unit} has {has} guides of {wanted}"),
            (Gap::Cases { unit, has, wanted }, Lang::Zh) => {
                format!("{unit} 有 {has} 件办件，应有 {wanted} 件")
            }
            (Gap::Cases { unit, has, wanted }, Lang::En) => format!("{unit} has {has} cases of {wanted}"),
            (Gap::Behind { unit }, Lang::Zh) => format!("{unit} 的列表正在更新"),
            (Gap::Behind { unit }, Lang::En) => format!("the rows of {unit} are not up to date"),
            (Gap::Lost { unit, cases }, Lang::Zh) => format!("{unit} 缺少 {cases} 件已确认保存的办件"),
            (Gap::Lost { unit, cases }, Lang::En) => {
                format!("{unit} lacks {cases} cases that were answered as saved")
            }
            (Gap::Answer { number, state }, Lang::Zh) => {
                format!("办件 {number} 的撤回没有回到村，状态仍为 {state}")
            }
            (Gap::Answer { number, state }, Lang::En) => {
                format!("the withdrawal of {number} did not come down, the village has it as {state}")
            }
        }
    }
}

/// The end of a log, indented; nothing when there is none.
pub fn tail(log: &Path) -> String {
    let text =
        std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].iter().map(|line| format!("\n    {line}")).collect()
}

pub fn listed(gaps: &[Gap], lang: Lang) -> String {
    const SHOWN_MAX: usize = 12;
    let mut text: String = gaps.iter().take(SHOWN_MAX).map(|gap| format!("\n  {}", gap.text(lang))).collect();
    if gaps.len() > SHOWN_MAX {
        text.push_str(&format!("\n  … +{}", gaps.len() - SHOWN_MAX));
    }
    text
}

impl Say for Trouble {
    fn code(&self) -> &'static str {
        match self {
            Trouble::TooFewUnits { .. } => "DEMO_TOO_FEW_UNITS",
            Trouble::Folder(..) => "DEMO_FOLDER",
            Trouble::Start(_) => "DEMO_START",
            Trouble::Step { .. } => "DEMO_STEP",
            Trouble::Ended { .. } => "DEMO_NODE_ENDED",
            Trouble::NoGuides => "DEMO_NO_GUIDES",
            Trouble::Stalled { .. } => "DEMO_STALLED",
            Trouble::NotConverged(_) => "DEMO_NOT_CONVERGED",
            Trouble::Interrupted => "DEMO_INTERRUPTED",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Trouble::TooFewUnits { file, towns, villages, found }, Lang::Zh) => format!(
                "{file} 中有 {villages} 个村以上的镇只有 {found} 个，需要 {towns} 个：请减少 --towns 或 --villages，或换一个文件"
            ),
            (Trouble::TooFewUnits { file, towns, villages, found }, Lang::En) => format!(
                "{file} has {found} town(s) with {villages} village(s) or more, {towns} are needed: ask for fewer with --towns or --villages, or give another file"
            ),
            (Trouble::Folder(path, error), Lang::Zh) => {
                format!(
                    "{}：{}；请检查磁盘空间和权限，或用 --keep 指定目录",
                    path.display(),
                    system(error, lang)
                )
            }
            (Trouble::Folder(path, error), Lang::En) => {
                format!(
                    "{}: {error}; check disk space and permissions, or choose a folder with --keep",
                    path.display()
                )
            }
            (Trouble::Start(error), Lang::Zh) => format!("无法启动子进程：{}", system(error, lang)),
            (Trouble::Start(error), Lang::En) => format!("a process cannot be started: {error}"),
            (Trouble::Step { what, why, log }, Lang::Zh) => format!("{what} 失败：{why}{log}"),
            (Trouble::Step { what, why, log }, Lang::En) => format!("{what} failed: {why}{log}"),
            (Trouble::Ended { unit, log }, Lang::Zh) => format!("{unit} 的节点已停止，日志末尾：{log}"),
            (Trouble::Ended { unit, log }, Lang::En) => {
                format!("the node of {unit} has ended; the end of its log:{log}")
            }
            (Trouble::NoGuides, Lang::Zh) => "没有一份指南要素齐全，无法发布：请补全指南文件".to_owned(),
            (Trouble::NoGuides, Lang::En) => {
                "no guide is complete, so none can be published: complete the file".to_owned()
            }
            (Trouble::Stalled { waiting, seconds, gaps }, Lang::Zh) => {
                format!("等待“{}”时 {seconds} 秒没有进展：{}", waiting.zh, listed(gaps, lang))
            }
            (Trouble::Stalled { waiting, seconds, gaps }, Lang::En) => {
                format!(
                    "nothing moved for {seconds} s while waiting until {}:{}",
                    waiting.en,
                    listed(gaps, lang)
                )
            }
            (Trouble::NotConverged(gaps), Lang::Zh) => format!("没有达成一致：{}", listed(gaps, lang)),
            (Trouble::NotConverged(gaps), Lang::En) => {
                format!("not everything converged:{}", listed(gaps, lang))
            }
            (Trouble::Interrupted, Lang::Zh) => "演示被中断，各节点已停止".to_owned(),
            (Trouble::Interrupted, Lang::En) => {
                "the demonstration was interrupted; its nodes were stopped".to_owned()
            }
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for Trouble {}
