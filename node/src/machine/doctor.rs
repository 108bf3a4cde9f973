//! What a person must do about this node, line by line: what the machine knows of its clock, certificate, link, version
//! and of what happened. The disk is looked at by whoever can see it ([`crate::disk`]).

use sanji_model::lang::{Lang, Say};
use sanji_sync::Time;
use sanji_sync::limits::PROTOCOL_VERSION;
use serde_json::{Value, json};

use super::incidents::incident_json;
use super::{Done, Machine};
use crate::link::ParentState;
use crate::store::views::{self, Ignored};

/// Clocks further apart than this spoil dates and deadlines, milliseconds.
const SKEW_MS_MAX: i64 = 5 * 60 * 1_000;
/// A county has time to enrol a unit anew, days.
const CERTIFICATE_DAYS_MIN: i64 = 30;
const DAY_MS: i64 = 86_400_000;

/// How a thing stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Good,
    /// Worth a look, nothing must be done.
    Look,
    /// A person must do something.
    Act,
}

/// One line: what was looked at, how it stands, and a sentence that says what to do (en, zh).
pub fn line(check: &str, state: State, en: impl Into<String>, zh: impl Into<String>) -> Value {
    let state = match state {
        State::Good => "good",
        State::Look => "look",
        State::Act => "act",
    };
    json!({ "check": check, "state": state, "en": en.into(), "zh": zh.into() })
}

impl Machine {
    pub(super) fn doctor(&mut self, now: Time) -> Done {
        let mut lines = self.own_lines(now);
        for number in views::numbers_given_twice(self.store.kv())? {
            lines.push(line(
                "numbers",
                State::Look,
                format!("more than one case bears the number {number}: name such a case by its id (`sanji case list --json`)"),
                format!("编号 {number} 对应多个办件：请用办件标识指明（sanji case list --json）"),
            ));
        }
        let aside = self.store.quarantined()?.len();
        lines.push(match aside {
            0 => line("changes", State::Good, "no change is set aside", "没有被隔离的改动"),
            n => line(
                "changes",
                State::Act,
                format!("{n} changes could not be applied and are set aside: run `sanji verify` and report what it says"),
                format!("有 {n} 处改动无法采用，已隔离：请运行 sanji verify，并告知维护人员"),
            ),
        });
        for (en, zh) in &self.attention() {
            lines.push(line("store", State::Act, en, zh));
        }
        for (at, incident) in &self.incidents {
            let said = incident_json(*at, incident);
            let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
            lines.push(line(&text("kind"), State::Act, text("en"), text("zh")));
        }
        Ok(Value::Array(lines))
    }

    /// Lines about what the status does not list itself. The status counts them each time that it is asked for, so nothing
    /// here may look through all cases.
    fn own_lines(&self, now: Time) -> Vec<Value> {
        let mut lines = vec![self.clock_line(), self.certificate_line(now), self.link_line(), version_line()];
        for (doc, ignored) in &self.store.overview().ignored {
            let (en, zh) = ignored_words(&doc.to_string(), ignored);
            lines.push(line("guides", State::Act, en, zh));
        }
        lines
    }

    /// How many things a person must act on that the status does not list itself.
    pub(super) fn acts_elsewhere(&self, now: Time) -> usize {
        self.own_lines(now).iter().filter(|line| line["state"] == "act").count()
    }

    /// When this node's certificate ends, for the doctor.
    pub fn set_certificate_until(&mut self, until: Time) {
        self.certificate_until = Some(until);
    }

    fn clock_line(&self) -> Value {
        let skews = self.hub.sessions().filter(|s| s.hello.is_some()).map(|s| s.skew_ms);
        match skews.max_by_key(|skew| skew.abs()) {
            None => line(
                "clock",
                State::Look,
                "no other node is connected to compare the clock with",
                "没有连接其他节点，无法核对时钟",
            ),
            Some(skew) if skew.abs() <= SKEW_MS_MAX => line(
                "clock",
                State::Good,
                "the clock agrees with the nodes that are connected",
                "时钟与已连接的节点一致",
            ),
            Some(skew) => {
                let minutes = skew.abs() / 60_000;
                line(
                    "clock",
                    State::Act,
                    format!(
                        "the clock is {minutes} min apart from another node: set this machine's clock, or that one's"
                    ),
                    format!("时钟与其他节点相差 {minutes} 分钟：请校准本机或对方的时间"),
                )
            }
        }
    }

    fn certificate_line(&self, now: Time) -> Value {
        let Some(until) = self.certificate_until else {
            return line("certificate", State::Look, "no certificate is known", "没有证书信息");
        };
        let days = (until.0 as i64 - now.0 as i64).div_euclid(DAY_MS);
        let state = if days < CERTIFICATE_DAYS_MIN { State::Act } else { State::Good };
        let (en, zh) = match state {
            State::Act => (
                format!(
                    "the certificate ends in {days} days: enrol this unit anew with an invitation from the county"
                ),
                format!("证书还有 {days} 天到期：请向县级申请邀请令牌，重新入网"),
            ),
            State::Good | State::Look => {
                (format!("the certificate is good for {days} days"), format!("证书还有 {days} 天有效"))
            }
        };
        line("certificate", state, en, zh)
    }

    fn link_line(&self) -> Value {
        if self.is_root() {
            return line(
                "link",
                State::Good,
                "this is the county; nobody is above it",
                "本机是县级节点，没有上级",
            );
        }
        let view = self.link.parent.as_ref();
        let trouble = view.and_then(|v| v.trouble.as_ref());
        match (view.map(|v| v.state), trouble) {
            (Some(ParentState::Up), _) => {
                line("link", State::Good, "connected to the unit above", "已连接上级")
            }
            (Some(ParentState::Paused), _) => line(
                "link",
                State::Look,
                "the link is paused by hand: go on with `sanji sync resume`",
                "与上级的同步已手动暂停：恢复请运行 sanji sync resume",
            ),
            (None | Some(ParentState::None), _) => line(
                "link",
                State::Look,
                "the node does not run: start it with `sanji run`",
                "节点没有运行：请用 sanji run 启动",
            ),
            (Some(ParentState::Waiting { .. } | ParentState::Dialling), Some(why))
                if why.is_turned_away() =>
            {
                line("link", State::Act, why.text(Lang::En), why.text(Lang::Zh))
            }
            (Some(ParentState::Waiting { .. } | ParentState::Dialling), Some(why)) => {
                line("link", State::Look, why.text(Lang::En), why.text(Lang::Zh))
            }
            (Some(ParentState::Waiting { .. } | ParentState::Dialling), None) => {
                line("link", State::Look, "connecting to the unit above", "正在连接上级")
            }
        }
    }
}

/// A published document that is not as the county published it.
fn ignored_words(doc: &str, ignored: &Ignored) -> (String, String) {
    let Ignored { scope, not_county, later } = ignored;
    match not_county {
        Some(unit) => (
            format!(
                "{unit} wrote document {doc} into {scope} as if the county had published it; it does not count: find out why, and revoke the node if nobody can tell"
            ),
            format!(
                "{unit} 向 {scope} 写入了文档 {doc}，冒充县级发布；该文档不生效：请查明原因，必要时吊销该节点"
            ),
        ),
        None => (
            format!(
                "{later} changes came to document {doc} of {scope} after it was published; they do not count: find out at the county's nodes who made them"
            ),
            format!("文档 {doc}（{scope}）发布后又有 {later} 处改动，均不生效：请在县级节点查明来源"),
        ),
    }
}

fn version_line() -> Value {
    let version = env!("CARGO_PKG_VERSION");
    line(
        "version",
        State::Good,
        format!("version {version}, protocol {PROTOCOL_VERSION}"),
        format!("版本 {version}，协议 {PROTOCOL_VERSION}"),
    )
}
