//! Links on loopback, with real QUIC. Nothing sleeps: every step waits for the event that it is about.

mod admission;
mod frames;
mod joining;
mod uplink;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sanji_sync::{ConnId, NodeId, Time, UnitCode};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;
use crate::trust::{Authority, Identity, Membership, NodeKey, SeatGrant, Validity};

const NOW: Time = Time(1_790_000_000_000);
/// Longer than anything here takes; a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

/// A county's authority and its own node.
struct County {
    authority: Authority,
    root: Identity,
}

impl County {
    fn new(seed: u8) -> County {
        let authority = Authority::make(unit("640202"), NOW).unwrap();
        let key = NodeKey::from_seed([seed; 32]);
        let grant = SeatGrant { root: true, ..grant(key.node(), unit("640202")) };
        let certificate = authority.sign(&grant).unwrap();
        let membership =
            Membership::verify(key.node(), certificate.clone(), authority.certificate().clone(), certificate)
                .unwrap();
        County { authority, root: Identity::new(key, membership).unwrap() }
    }

    fn seat(&self, code: &str, seed: u8) -> Identity {
        let key = NodeKey::from_seed([seed; 32]);
        let certificate = self.authority.sign(&grant(key.node(), unit(code))).unwrap();
        let root = self.root.membership().root_certificate().clone();
        let authority = self.authority.certificate().clone();
        let membership = Membership::verify(key.node(), certificate, authority, root).unwrap();
        Identity::new(key, membership).unwrap()
    }
}

fn grant(node: NodeId, unit: UnitCode) -> SeatGrant {
    SeatGrant { node, unit, root: false, serial: 1, validity: Validity::of_node(NOW) }
}

/// Takes every frame but those that begin with 0xff; panics at 0xfe, as a careless check might.
struct Plain;

impl Opener for Plain {
    type Frame = Vec<u8>;

    fn open(&self, _lane: u8, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        match bytes.first() {
            Some(0xff) => Err("bad signature".to_owned()),
            Some(0xfe) => panic!("a careless check"),
            _ => Ok(bytes),
        }
    }
}

/// A link and its inbox, as a run loop would hold them.
struct Node {
    link: LinkHandle,
    inbox: mpsc::Receiver<LinkEvent<Vec<u8>>>,
}

impl Node {
    fn open(identity: &Identity, options: LinkOptions) -> Node {
        Node::guarded(identity, options, Arc::new(|_| Ok(())))
    }

    fn guarded(identity: &Identity, options: LinkOptions, admit: Admit) -> Node {
        Node::try_open(identity, options, admit).unwrap()
    }

    fn try_open(identity: &Identity, options: LinkOptions, admit: Admit) -> Result<Node, LinkError> {
        // Few places, so that back pressure is at work in every test.
        let (sender, inbox) = mpsc::channel(4);
        Ok(Node { link: open(identity, options, Plain, sender, admit)?, inbox })
    }

    fn address(&self) -> SocketAddr {
        self.link.local_addr().unwrap()
    }

    async fn next(&mut self) -> LinkEvent<Vec<u8>> {
        timeout(PATIENCE, self.inbox.recv()).await.expect("an event in time").expect("an open link")
    }

    async fn up(&mut self) -> (ConnId, Peer) {
        match self.next().await {
            LinkEvent::Up { conn, peer } => (conn, peer),
            other => panic!("expected Up, got {other:?}"),
        }
    }

    async fn down(&mut self) -> (ConnId, DownReason) {
        match self.next().await {
            LinkEvent::Down { conn, why } => (conn, why),
            other => panic!("expected Down, got {other:?}"),
        }
    }

    async fn frame(&mut self) -> (u8, Vec<u8>) {
        match self.next().await {
            LinkEvent::Frame { lane, frame, bytes, .. } => {
                assert_eq!(bytes, frame.len());
                (lane, frame)
            }
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    async fn call(&mut self) -> JoinCall {
        match self.next().await {
            LinkEvent::Join(call) => call,
            other => panic!("expected a join request, got {other:?}"),
        }
    }

    /// The uplink's view as soon as `wanted` holds.
    async fn view(&self, wanted: impl Fn(&ParentView) -> bool) -> ParentView {
        let mut parent = self.link.parent();
        timeout(PATIENCE, parent.wait_for(wanted)).await.expect("a change in time").unwrap().clone()
    }

    /// The last failed handshake of a caller, as soon as there are `count`.
    async fn turned_away(&self, count: u64) -> HandshakeFault {
        let mut turned = self.link.turned_away();
        let turned = timeout(PATIENCE, turned.wait_for(|turned| turned.count >= count))
            .await
            .expect("a change in time");
        turned.unwrap().last.clone().unwrap().2
    }
}

fn loopback() -> LinkOptions {
    let timing = Timing {
        backoff_first: Duration::from_millis(1),
        backoff_max: Duration::from_millis(20),
        ..Timing::default()
    };
    LinkOptions { timing, ..LinkOptions::new((Ipv4Addr::LOCALHOST, 0).into(), [1; 32]) }
}

fn child_of(parent: &Node) -> LinkOptions {
    LinkOptions { parents: vec![parent.address().to_string()], ..loopback() }
}

/// A town up with the county: both nodes and each one's name for the connection.
async fn pair(parent: LinkOptions, child: impl Fn(&Node) -> LinkOptions) -> (Node, ConnId, Node, ConnId) {
    let county = County::new(1);
    let mut above = Node::open(&county.root, parent);
    let mut below = Node::open(&county.seat("640202001", 2), child(&above));
    let (seen_above, _) = above.up().await;
    let (seen_below, _) = below.up().await;
    (above, seen_above, below, seen_below)
}
