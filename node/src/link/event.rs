//! What the link tells its owner, and the two things the owner gives it: a way to read frames and a place to put them.
//!
//! Close codes are part of the protocol: never reuse a number.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;

use sanji_model::lang::{Lang, Say, Words};
use sanji_sync::{ConnId, NodeId, Time, UnitCode};
use tokio::sync::{mpsc, oneshot};

use super::fault::reason;
use super::wire::Transport;
use crate::trust::JoinRequest;

/// Lanes of a connection, numbered from 0; a lower number is sent first: control, directory and cases, guides,
/// thumbnails, scans.
pub const LANES: u8 = 5;

/// Reads and checks a frame, in the link's tasks, so that the run loop gets verified input. An error hangs the peer up.
pub trait Opener: Send + Sync + 'static {
    type Frame: Send + 'static;
    fn open(&self, lane: u8, bytes: Vec<u8>) -> Result<Self::Frame, String>;
}

/// Where events go. Waiting in `deliver` is back pressure: the connection is not read meanwhile.
pub trait Inbox<F>: Send + Sync + 'static {
    fn deliver(&self, event: LinkEvent<F>) -> impl Future<Output = ()> + Send;
}

impl<F: Send + 'static> Inbox<F> for mpsc::Sender<LinkEvent<F>> {
    /// An owner that has gone away hears nothing more.
    async fn deliver(&self, event: LinkEvent<F>) {
        self.send(event).await.ok();
    }
}

/// The node at the other end, as its certificate says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    pub node: NodeId,
    pub unit: UnitCode,
    pub address: SocketAddr,
    pub transport: Transport,
    /// We dialled it, rather than it us.
    pub dialled: bool,
    /// The last day of its certificate. Not enforced by the link: clocks are wrong (see `trust::certificate`).
    pub expires: Time,
}

/// What happens on the wire.
#[derive(Debug)]
pub enum LinkEvent<F> {
    /// Both sides have proved who they are. A dialler hears it before it knows whether the other side admits it, so that
    /// its first words need not wait a round trip; the uplink's state says `Up` only after that.
    Up {
        conn: ConnId,
        peer: Peer,
    },
    /// `bytes` is the length on the wire, for accounting.
    Frame {
        conn: ConnId,
        lane: u8,
        frame: F,
        bytes: usize,
    },
    Down {
        conn: ConnId,
        why: DownReason,
    },
    Join(JoinCall),
}

/// A box asks to join. Answer through `reply` with [`JoinReply::encode`](crate::trust::JoinReply::encode), or, on a node
/// that is not the root, with what [`relay_join`](super::relay_join) brought for `bytes`. Dropping it refuses.
#[derive(Debug)]
pub struct JoinCall {
    /// Readable, but its proofs are not verified: that takes the token's secret.
    pub request: JoinRequest,
    /// The request as it came, to be relayed unchanged.
    pub bytes: Vec<u8>,
    pub from: SocketAddr,
    pub reply: oneshot::Sender<Vec<u8>>,
}

/// Why one side closed a connection. The number travels.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Close {
    Shutdown = 0,
    /// The uplink was paused, or its address taken off the list.
    Paused = 1,
    /// Not admitted: revoked, or no place in the directory.
    NotAdmitted = 2,
    /// The same node connected anew.
    Replaced = 3,
    /// A node dialled itself.
    Itself = 4,
    /// It did not take what was sent to it.
    Slow = 5,
    FrameTooLong = 6,
    /// The check of a frame failed.
    FrameRefused = 7,
    /// A lane that does not exist, was opened twice or ended.
    BadLane = 8,
    /// By the owner's command.
    HungUp = 9,
    NoCertificate = 10,
    /// A join was answered; nothing more to say.
    Answered = 11,
    /// A join request that did not come whole or in time.
    BadJoin = 12,
    /// As many boxes are asking to join as this node serves at once.
    JoinsFull = 13,
    /// A better way up was found: a preferred parent, or QUIC instead of TCP.
    Better = 14,
}

impl Close {
    const ALL: [Close; 15] = [
        Close::Shutdown,
        Close::Paused,
        Close::NotAdmitted,
        Close::Replaced,
        Close::Itself,
        Close::Slow,
        Close::FrameTooLong,
        Close::FrameRefused,
        Close::BadLane,
        Close::HungUp,
        Close::NoCertificate,
        Close::Answered,
        Close::BadJoin,
        Close::JoinsFull,
        Close::Better,
    ];

    pub(super) fn code(self) -> quinn::VarInt {
        quinn::VarInt::from_u32(self as u32)
    }

    /// None for a number that only newer versions know.
    pub(super) fn of_code(code: quinn::VarInt) -> Option<Close> {
        Close::ALL.into_iter().find(|close| close.code() == code)
    }

    /// Whether closing for this reason says that the peer broke the protocol or was hung up by hand.
    pub fn is_hangup(self) -> bool {
        match self {
            Close::Slow
            | Close::FrameTooLong
            | Close::FrameRefused
            | Close::BadLane
            | Close::HungUp
            | Close::BadJoin => true,
            Close::Shutdown
            | Close::Paused
            | Close::NotAdmitted
            | Close::Replaced
            | Close::Itself
            | Close::NoCertificate
            | Close::Answered
            | Close::JoinsFull
            | Close::Better => false,
        }
    }

    pub fn words(self) -> Words {
        match self {
            Close::Shutdown => Words::new("节点正常关闭", "the node shuts down"),
            Close::Paused => Words::new("已暂停上行同步", "the uplink is paused"),
            Close::NotAdmitted => Words::new("名录不允许该节点连接", "the directory does not admit the node"),
            Close::Replaced => Words::new("同一节点建立了新连接", "the same node connected anew"),
            Close::Itself => Words::new(
                "连接到了本机自己，请检查上级地址",
                "the node dialled itself; check the parent's address",
            ),
            Close::Slow => Words::new("对方接收过慢", "the peer takes too long to receive"),
            Close::FrameTooLong => Words::new("消息超过长度限制", "a frame is longer than allowed"),
            Close::FrameRefused => Words::new("消息未通过检查", "a frame failed its check"),
            Close::BadLane => Words::new("通道使用错误", "a lane was misused"),
            Close::HungUp => Words::new("主动断开", "hung up"),
            Close::NoCertificate => {
                Words::new("没有节点证书，请先加入", "there is no node certificate; join first")
            }
            Close::Answered => Words::new("加入请求已答复", "the join request was answered"),
            Close::BadJoin => Words::new("加入请求不完整", "the join request did not come whole"),
            Close::Better => Words::new("已改用更优的上级线路", "a better way up was found"),
            Close::JoinsFull => Words::new("同时加入的机器过多", "too many machines are joining at once"),
        }
    }
}

/// Why a connection ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DownReason {
    /// We closed it.
    Here { close: Close, why: String },
    /// The peer closed it; no `close` if the number is unknown to this version.
    There { close: Option<Close>, why: String },
    /// Nothing was heard for too long: the line is dead or the peer without power.
    Silent,
    /// The peer restarted, or the transport failed.
    Broken(String),
}

/// In English, for logs.
impl fmt::Display for DownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Say for DownReason {
    fn code(&self) -> &'static str {
        match self {
            DownReason::Here { .. } => "LINK_CLOSED_HERE",
            DownReason::There { .. } => "LINK_CLOSED_THERE",
            DownReason::Silent => "LINK_SILENT",
            DownReason::Broken(_) => "LINK_BROKEN",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let (words, detail) = match self {
            DownReason::Here { close, why } => (close.words(), why.as_str()),
            DownReason::There { close: Some(close), why } => (close.words(), why.as_str()),
            DownReason::There { close: None, why } => {
                (Words::new("对方已断开", "the peer closed the connection"), why.as_str())
            }
            DownReason::Silent => (Words::new("线路无响应", "the line is silent"), ""),
            DownReason::Broken(why) => (Words::new("连接中断", "the connection broke"), why.as_str()),
        };
        let said = words.text(lang);
        match (detail, lang) {
            ("", _) => said.to_owned(),
            (detail, Lang::Zh) => format!("{said}：{}", reason(detail, lang)),
            (detail, Lang::En) => format!("{said}: {detail}"),
        }
    }
}
