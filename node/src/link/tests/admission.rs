//! Who comes in, and what those hear who do not.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};

use quinn::{ConnectionError, Endpoint};

use super::super::{HandshakeFault, tls};
use super::*;

#[tokio::test]
async fn both_sides_know_each_other_by_certificate() {
    let county = County::new(1);
    let town = county.seat("640202001", 2);
    let mut above = Node::open(&county.root, loopback());
    let mut below = Node::open(&town, child_of(&above));
    let (_, child) = above.up().await;
    let (_, parent) = below.up().await;
    assert_eq!((child.node, child.unit, child.dialled), (town.node(), unit("640202001"), false));
    assert_eq!((parent.node, parent.unit, parent.dialled), (county.root.node(), unit("640202"), true));
    assert_eq!((parent.address, child.address), (above.address(), below.address()));
    assert_eq!(child.expires, town.membership().said().validity.not_after);
    let view = below.view(|view| view.state == ParentState::Up).await;
    assert_eq!((view.address, view.trouble), (Some(above.address().to_string()), None));
    assert_eq!(above.link.peers().len(), 1);
    assert!(above.link.counters().bytes_down > 1200 && below.link.counters().bytes_up > 1200);
}

#[tokio::test]
async fn another_countys_node_is_refused_and_both_sides_say_so() {
    let (ours, theirs) = (County::new(1), County::new(3));
    let above = Node::open(&ours.root, loopback());
    let below = Node::open(&theirs.seat("640202001", 2), child_of(&above));
    let view = below.view(|view| view.trouble.is_some()).await;
    assert_eq!(view.trouble, Some(Trouble::Handshake(HandshakeFault::OtherAuthority)));
    assert_eq!(above.turned_away(1).await, HandshakeFault::OursRefused);
    assert_eq!(above.link.counters().connected, 0);
}

#[tokio::test]
async fn a_stray_certificate_is_refused_by_the_accepting_side() {
    let (ours, theirs) = (County::new(1), County::new(3));
    let above = Node::open(&ours.root, loopback());
    // It trusts us, but its own certificate is of another county.
    let config = tls::stray(&ours.root, Some(&theirs.seat("640202001", 2)), tls::SYNC).quic;
    let caller = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let connection = caller.connect_with(config, above.address(), "sanji").unwrap().await.unwrap();
    let end = timeout(PATIENCE, connection.closed()).await.unwrap();
    assert_eq!(HandshakeFault::from(&end), HandshakeFault::OursRefused);
    assert_eq!(above.turned_away(1).await, HandshakeFault::OtherAuthority);
}

#[tokio::test]
async fn without_a_certificate_there_is_no_sync() {
    let county = County::new(1);
    let above = Node::open(&county.root, loopback());
    let caller = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let config = tls::stray(&county.root, None, tls::SYNC).quic;
    let connection = caller.connect_with(config, above.address(), "sanji").unwrap().await.unwrap();
    let end = timeout(PATIENCE, connection.closed()).await.unwrap();
    let ConnectionError::ApplicationClosed(close) = end else { panic!("{end}") };
    assert_eq!(Close::of_code(close.error_code), Some(Close::NoCertificate));
    assert_eq!(above.turned_away(1).await, HandshakeFault::NoCertificate);

    let config = tls::stray(&county.root, Some(&county.seat("640202001", 2)), b"sanji/99").quic;
    let refused = caller.connect_with(config, above.address(), "sanji").unwrap().await.unwrap_err();
    assert_eq!(HandshakeFault::from(&refused), HandshakeFault::NoCommonProtocol);
}

#[tokio::test]
async fn a_revoked_node_is_told_at_every_attempt_and_let_in_again_when_it_may() {
    let county = County::new(1);
    let revoked = Arc::new(AtomicBool::new(true));
    let ask = revoked.clone();
    let admit: Admit =
        Arc::new(move |_| if ask.load(Ordering::SeqCst) { Err("revoked".to_owned()) } else { Ok(()) });
    let mut above = Node::guarded(&county.root, loopback(), admit);
    let mut below = Node::open(&county.seat("640202001", 2), child_of(&above));
    for _ in 0..2 {
        below.up().await;
        let (_, why) = below.down().await;
        assert_eq!(why, DownReason::There { close: Some(Close::NotAdmitted), why: "revoked".to_owned() });
    }
    assert_eq!(above.turned_away(2).await, HandshakeFault::NotAdmitted("revoked".to_owned()));
    assert_ne!(below.link.parent().borrow().state, ParentState::Up);
    revoked.store(false, Ordering::SeqCst);
    let (conn, _) = above.up().await;
    // Attempts from before may still fill the child's inbox, which must be drained for it to go on.
    let mut parent = below.link.parent();
    let drain = async {
        loop {
            below.next().await;
        }
    };
    tokio::select! {
        view = parent.wait_for(|view| view.state == ParentState::Up) => drop(view.unwrap()),
        () = drain => unreachable!(),
    }
    assert_eq!(above.link.peers()[0].0, conn);
}

#[tokio::test]
async fn the_newer_connection_of_a_node_replaces_the_older() {
    let county = County::new(1);
    let town = county.seat("640202001", 2);
    let mut above = Node::open(&county.root, loopback());
    let mut first = Node::open(&town, child_of(&above));
    let (older, _) = above.up().await;
    first.up().await;
    first.link.set_parents(Vec::new());
    let (gone, why) = above.down().await;
    assert_eq!((gone, why), (older, DownReason::There { close: Some(Close::Paused), why: String::new() }));
    first.down().await;

    // The same disk image on a second machine: the first is still connected when the second comes.
    first.link.set_parents(vec![above.address().to_string()]);
    let (older, _) = above.up().await;
    first.up().await;
    let mut second = Node::open(&town, child_of(&above));
    let (gone, why) = above.down().await;
    assert_eq!((gone, why), (older, DownReason::Here { close: Close::Replaced, why: String::new() }));
    let (newer, _) = above.up().await;
    assert!(newer > older);
    second.up().await;
    assert_eq!(first.down().await.1, DownReason::There { close: Some(Close::Replaced), why: String::new() });
}

#[tokio::test]
async fn a_node_that_dials_itself_is_told() {
    let county = County::new(1);
    let node = Node::open(&county.root, loopback());
    node.link.set_parents(vec![node.address().to_string()]);
    let view = node.view(|view| view.trouble.is_some()).await;
    assert!(matches!(view.trouble, Some(Trouble::Handshake(HandshakeFault::Itself))), "{view:?}");
}
