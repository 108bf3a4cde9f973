//! The uplink as it is shown: what it is doing, over which way, and why not over a better one. Knows no connection.

use std::fmt;

use sanji_model::lang::{Lang, Say};
use sanji_sync::{NodeId, Time, UnitCode};

use super::event::{Close, DownReason};
use super::fault::HandshakeFault;
use super::wire::Transport;

/// What the uplink is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParentState {
    /// There is no parent: the root, or not configured.
    None,
    Paused,
    /// Dials again at this time, by the box's clock.
    Waiting {
        until: Time,
    },
    Dialling,
    /// The parent has let us in.
    Up,
}

/// The uplink, for status and pages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParentView {
    pub state: ParentState,
    /// Since when, by the box's clock.
    pub since: Time,
    /// The address in use, or dialled last.
    pub address: Option<String>,
    /// Who is there, while up.
    pub peer: Option<(NodeId, UnitCode)>,
    /// How it is connected, while up.
    pub transport: Option<Transport>,
    /// Better ways that are not in use, with the reason when they were last tried.
    pub passed_over: Vec<PassedOver>,
    /// Why the last attempt failed or the last session ended; none while up.
    pub trouble: Option<Trouble>,
}

/// A way up that is preferred to the one in use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PassedOver {
    pub address: String,
    /// None when no transport got through.
    pub transport: Option<Transport>,
    pub trouble: Trouble,
}

impl ParentView {
    pub(super) fn new(since: Time) -> ParentView {
        ParentView {
            state: ParentState::None,
            since,
            address: None,
            peer: None,
            transport: None,
            passed_over: Vec::new(),
            trouble: None,
        }
    }

    /// Notes why a way is not in use, in place of an older reason.
    pub(super) fn pass_over(&mut self, address: &str, transport: Option<Transport>, trouble: Trouble) {
        self.passed_over.retain(|passed| passed.address != address);
        self.passed_over.push(PassedOver { address: address.to_owned(), transport, trouble });
    }
}

/// What stands between us and the parent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The name has no address that this machine can reach.
    Unresolved,
    Handshake(HandshakeFault),
    Down(DownReason),
}

impl Trouble {
    /// Whether the parent turned this node away by the directory: trying again does not help, a person must act.
    pub fn is_turned_away(&self) -> bool {
        let away = Some(Close::NotAdmitted);
        match self {
            Trouble::Handshake(HandshakeFault::NotAdmitted(_)) => true,
            Trouble::Down(DownReason::There { close, .. }) => *close == away,
            Trouble::Unresolved | Trouble::Handshake(_) | Trouble::Down(_) => false,
        }
    }
}

/// In English, for logs.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Say for Trouble {
    fn code(&self) -> &'static str {
        match self {
            Trouble::Unresolved => "LINK_NAME_UNKNOWN",
            Trouble::Handshake(fault) => fault.code(),
            Trouble::Down(why) => why.code(),
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Trouble::Unresolved, Lang::Zh) => "无法解析上级地址，请检查地址和域名服务".to_owned(),
            (Trouble::Unresolved, Lang::En) => {
                "the parent's name has no usable address; check the address and the name service".to_owned()
            }
            (Trouble::Handshake(fault), lang) => fault.text(lang),
            (Trouble::Down(why), lang) => why.text(lang),
        }
    }
}
