//! Bare links inside this process: members of a made-up county whose frames are plain bytes. No hub, no store.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use sanji_node::link::{
    self, Admit, DownReason, LinkEvent, LinkHandle, LinkOptions, Opener, ParentView, Peer,
};
use sanji_node::trust::{Authority, Identity, Membership, NodeKey, SeatGrant, Validity};
use sanji_sync::{ConnId, Time, UnitCode};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Longer than anything takes; a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(30);
const NOW: Time = Time(1_790_000_000_000);
/// Seed of the county's own key.
const ROOT: u8 = 1;

/// A county's authority.
pub struct Members(Authority);

impl Members {
    pub fn new() -> Members {
        Members(Authority::make(UnitCode::parse("640202").expect("a code"), NOW).expect("an authority"))
    }

    pub fn root(&self) -> Identity {
        self.seat("640202", ROOT)
    }

    /// A member of the unit, with the key of a seed.
    pub fn seat(&self, code: &str, seed: u8) -> Identity {
        let sign = |seed, code: &str| {
            let node = NodeKey::from_seed([seed; 32]).node();
            let unit = UnitCode::parse(code).expect("a code");
            let validity = Validity::of_node(NOW);
            let grant = SeatGrant { node, unit, root: seed == ROOT, serial: 1, validity };
            self.0.sign(&grant).expect("it signs")
        };
        let key = NodeKey::from_seed([seed; 32]);
        let authority = self.0.certificate().clone();
        let membership = Membership::verify(key.node(), sign(seed, code), authority, sign(ROOT, "640202"));
        Identity::new(key, membership.expect("a member")).expect("an identity")
    }
}

impl Default for Members {
    fn default() -> Members {
        Members::new()
    }
}

/// Takes every frame as it is.
pub struct Plain;

impl Opener for Plain {
    type Frame = Vec<u8>;
    fn open(&self, _lane: u8, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        Ok(bytes)
    }
}

/// A link and its inbox, as a run loop would hold them.
pub struct Linked {
    pub link: LinkHandle,
    pub inbox: mpsc::Receiver<LinkEvent<Vec<u8>>>,
}

impl Linked {
    pub fn open(identity: &Identity, options: LinkOptions) -> Linked {
        Linked::guarded(identity, options, Arc::new(|_| Ok(())))
    }

    pub fn guarded(identity: &Identity, options: LinkOptions, admit: Admit) -> Linked {
        let (sender, inbox) = mpsc::channel(64);
        Linked { link: link::open(identity, options, Plain, sender, admit).expect("it opens"), inbox }
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.link.local_addr().expect("it is bound")
    }

    pub async fn next(&mut self) -> LinkEvent<Vec<u8>> {
        timeout(PATIENCE, self.inbox.recv()).await.expect("an event in time").expect("an open link")
    }

    pub async fn up(&mut self) -> (ConnId, Peer) {
        match self.next().await {
            LinkEvent::Up { conn, peer } => (conn, peer),
            other => panic!("expected Up, got {other:?}"),
        }
    }

    pub async fn down(&mut self) -> (ConnId, DownReason) {
        match self.next().await {
            LinkEvent::Down { conn, why } => (conn, why),
            other => panic!("expected Down, got {other:?}"),
        }
    }

    pub async fn frame(&mut self) -> (u8, Vec<u8>) {
        match self.next().await {
            LinkEvent::Frame { lane, frame, .. } => (lane, frame),
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    /// The uplink's view as soon as `wanted` holds.
    pub async fn view(&self, wanted: impl Fn(&ParentView) -> bool) -> ParentView {
        let mut parent = self.link.parent();
        let view = timeout(PATIENCE, parent.wait_for(wanted)).await.expect("a change in time");
        view.expect("an open link").clone()
    }
}

/// Loopback, any free port, dialling `parents`.
pub fn options(parents: &[std::net::SocketAddr]) -> LinkOptions {
    let parents = parents.iter().map(ToString::to_string).collect();
    LinkOptions { parents, ..LinkOptions::new((Ipv4Addr::LOCALHOST, 0).into(), [1; 32]) }
}
