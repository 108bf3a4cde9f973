//! The status page: the JSON of the status and of the latest cases' ticks turned into words and a template.
//!
//! Where this node's lines, scopes and memory stand; for whoever works here.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::lang::Lang;
use sanji_model::local;
use sanji_sync::Time;
use serde_json::Value;

use super::gate::{Access, Route, Visitor};
use super::shell::Shell;
use super::ticks::Ticks;
use super::{Face, page};
use crate::command::Command;

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    shell: Shell,
    zh: bool,
    unit: String,
    name: String,
    tier: &'static str,
    node: String,
    version: String,
    clock: String,
    cases: u64,
    guides: u64,
    drafts: u64,
    link: Option<Link>,
    /// None at the top, where nothing has to go further.
    ticks: Option<Ticks>,
    children: Vec<Child>,
    scopes: Vec<Scope>,
    attention: Vec<String>,
    incidents: Vec<Incident>,
    quarantined: u64,
    behind: u64,
    memory: String,
    disk: String,
}

struct Link {
    class: &'static str,
    words: String,
    owed: u64,
    address: String,
}

struct Child {
    unit: String,
    name: String,
    up: bool,
    owed: u64,
    last_seen: String,
}

struct Scope {
    name: String,
    unit: String,
    entries: u64,
    documents: u64,
    digest: String,
}

struct Incident {
    at: String,
    words: String,
    log: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/node", Access::Staff, node)]
}

async fn node(State(face): State<Face>, visitor: Visitor) -> Response {
    let status = match page::ask(&face, &visitor, Command::Status).await {
        Ok(status) => status,
        Err(response) => return response,
    };
    match page::ask(&face, &visitor, Command::CaseTicks).await {
        Ok(ticks) => page::show(&status_page(visitor.shell(), &status, &ticks)),
        Err(response) => response,
    }
}

fn status_page(shell: Shell, status: &Value, ticks: &Value) -> StatusPage {
    let lang = shell.tongue.lang();
    let zh = lang == Lang::Zh;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    StatusPage {
        shell,
        zh,
        unit: text(&status["unit"]),
        name: text(&status["name"]),
        tier: tier(status["tier"].as_str().unwrap_or_default(), zh),
        node: text(&status["node"]).chars().take(8).collect(),
        version: text(&status["version"]),
        clock: time(&status["clock"]),
        cases: number(&status["cases"]),
        guides: number(&status["guides"]),
        drafts: number(&status["drafts"]),
        link: link(&status["parent"], zh),
        ticks: Ticks::read(ticks, lang),
        children: list(&status["children"])
            .iter()
            .map(|child| Child {
                unit: text(&child["unit"]),
                name: text(&child["name"]),
                up: child["state"] == "up",
                owed: number(&child["owed"]),
                last_seen: time(&child["last_seen"]),
            })
            .collect(),
        scopes: list(&status["scopes"])
            .iter()
            .map(|scope| Scope {
                name: scope_name(scope["scope"].as_str().unwrap_or_default(), zh).to_owned(),
                unit: scope["scope"].as_str().and_then(|s| s.split_once('/')).map_or("", |s| s.1).to_owned(),
                entries: number(&scope["entries"]),
                documents: number(&scope["documents"]),
                digest: text(&scope["digest"]).chars().take(12).collect(),
            })
            .collect(),
        attention: list(&status["attention"])
            .iter()
            .map(|a| text(&a[if zh { "zh" } else { "en" }]))
            .collect(),
        incidents: list(&status["incidents"])
            .iter()
            .rev()
            .take(10)
            .map(|incident| Incident {
                at: if incident["at"] == 0 { "—".to_owned() } else { time(&incident["at"]) },
                words: text(&incident[if zh { "zh" } else { "en" }]),
                log: text(&incident["log"]),
            })
            .collect(),
        quarantined: number(&status["quarantined"]),
        behind: number(&status["behind"]),
        memory: size(number(&status["rss_bytes"])),
        disk: size(number(&status["disk_bytes"])),
    }
}

fn link(parent: &Value, zh: bool) -> Option<Link> {
    if parent.is_null() {
        return None;
    }
    let since = time(&parent["since"]);
    let (class, words) = match (parent["state"].as_str().unwrap_or_default(), zh) {
        ("up", true) => ("good", format!("已连接上级（自 {since}）")),
        ("up", false) => ("good", format!("linked since {since}")),
        ("paused", true) => ("off", "已手动暂停，恢复请运行 sanji sync resume".to_owned()),
        ("paused", false) => ("off", "paused by hand; sanji sync resume dials again".to_owned()),
        ("waiting", true) => ("bad", format!("未连接，{since} 再试")),
        ("waiting", false) => ("bad", format!("not linked, next try at {since}")),
        ("dialling", true) => ("bad", "正在连接上级".to_owned()),
        ("dialling", false) => ("bad", "dialling the parent".to_owned()),
        (_, true) => ("off", "未运行".to_owned()),
        (_, false) => ("off", "not running".to_owned()),
    };
    let mut address = parent["address"].as_str().unwrap_or_default().to_owned();
    if parent["transport"] == "tcp" {
        address.push_str(if zh { "（TCP）" } else { " (TCP)" });
    }
    Some(Link { class, words, owed: parent["owed"].as_u64().unwrap_or(0), address })
}

fn tier(word: &str, zh: bool) -> &'static str {
    match (word, zh) {
        ("county", true) => "县级",
        ("county", false) => "county",
        ("town", true) => "镇级",
        ("town", false) => "town",
        ("village", true) => "村级",
        ("village", false) => "village",
        (_, true) => "尚未收到机构目录",
        (_, false) => "the directory has not come yet",
    }
}

fn scope_name(scope: &str, zh: bool) -> &str {
    let kind = scope.split('/').next().unwrap_or_default();
    match (kind, zh) {
        ("directory", true) => "机构目录",
        ("guides", true) => "办事指南",
        ("notices", true) => "公告",
        ("cases", true) => "办件",
        ("drafts", true) => "指南草稿",
        ("staff", true) => "人员",
        (other, _) => other,
    }
}

/// Date and time of day at UTC+8, or a dash.
pub(super) fn time(value: &Value) -> String {
    let Some(ms) = value.as_u64() else { return "—".to_owned() };
    let date = local::date(Time(ms));
    let seconds = ms.saturating_sub(local::day_begins(date).0) / 1_000;
    format!("{date} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{:.1} MiB", bytes as f64 / (1 << 20) as f64),
    }
}
