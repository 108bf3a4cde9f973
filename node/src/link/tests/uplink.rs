//! The one connection upwards: lost, found again, paused, moved.

use super::super::Close;
use super::*;

/// Attempts that give up quickly: a dead port on loopback is silent, not refused.
fn impatient(parents: Vec<String>) -> LinkOptions {
    let options = loopback();
    LinkOptions {
        parents,
        timing: Timing { handshake: Duration::from_millis(200), ..options.timing },
        ..options
    }
}

/// Opens on a port whose last owner is about to let it go.
async fn reopen(identity: &Identity, listen: SocketAddr) -> Node {
    loop {
        match Node::try_open(identity, LinkOptions { listen, ..loopback() }, Arc::new(|_| Ok(()))) {
            Ok(node) => return node,
            Err(LinkError::Socket { source, .. }) if source.kind() == std::io::ErrorKind::AddrInUse => {
                tokio::task::yield_now().await;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_parent_that_comes_back_on_its_port_is_found_again() {
    let county = County::new(1);
    let mut above = Node::open(&county.root, loopback());
    let address = above.address();
    let mut below = Node::open(&county.seat("640202001", 2), impatient(vec![address.to_string()]));
    above.up().await;
    below.up().await;
    above.link.shutdown().await;
    let (_, why) = above.down().await;
    assert_eq!(why, DownReason::Here { close: Close::Shutdown, why: String::new() });
    drop(above);
    let (_, why) = below.down().await;
    assert_eq!(why, DownReason::There { close: Some(Close::Shutdown), why: String::new() });
    let view = below.view(|view| matches!(view.state, ParentState::Waiting { .. })).await;
    assert!(view.trouble.is_some());
    let mut above = reopen(&county.root, address).await;
    above.up().await;
    below.view(|view| view.state == ParentState::Up).await;
}

#[tokio::test]
async fn a_paused_uplink_stays_down_until_resumed() {
    let (mut above, _, mut below, _) = pair(loopback(), child_of).await;
    below.link.pause();
    assert_eq!(below.down().await.1, DownReason::Here { close: Close::Paused, why: String::new() });
    above.down().await;
    below.view(|view| view.state == ParentState::Paused).await;
    // Neither an order to dial nor a new address moves it.
    below.link.dial_now();
    below.link.set_parents(vec![above.address().to_string()]);
    assert_eq!(below.link.parent().borrow().state, ParentState::Paused);
    below.link.resume();
    above.up().await;
    below.view(|view| view.state == ParentState::Up).await;

    let county = County::new(1);
    let options = LinkOptions { paused: true, ..child_of(&above) };
    let node = Node::open(&county.seat("640202002", 3), options);
    node.view(|view| view.state == ParentState::Paused).await;
}

#[tokio::test]
async fn an_order_to_dial_cuts_a_long_wait() {
    let county = County::new(1);
    let above = Node::open(&county.root, loopback());
    let address = above.address();
    above.link.shutdown().await;
    drop(above);
    let options = impatient(vec![address.to_string()]);
    // A wait of up to an hour; this seed draws more than the patience of the test.
    let hour = Duration::from_secs(3600);
    let timing = Timing { backoff_first: hour, backoff_max: hour, ..options.timing };
    let mut below = Node::open(&county.seat("640202001", 2), LinkOptions { timing, ..options });
    let view = below.view(|view| matches!(view.state, ParentState::Waiting { .. })).await;
    let ParentState::Waiting { until } = view.state else { unreachable!() };
    assert!(until.0 > view.since.0 + 60_000, "this seed draws too short a wait");
    let mut above = reopen(&county.root, address).await;
    below.link.dial_now();
    above.up().await;
    below.up().await;
}

#[tokio::test]
async fn a_dead_first_parent_is_passed_over_and_other_parents_are_moved_to() {
    let county = County::new(1);
    let mut above = Node::open(&county.root, loopback());
    let mut town = Node::open(&county.seat("640202001", 2), loopback());
    let gone = Node::open(&county.root, loopback());
    let dead = gone.address().to_string();
    gone.link.shutdown().await;
    drop(gone);
    let nowhere = "no-such-name.invalid:1".to_owned();
    let village = county.seat("640202001001", 3);
    let mut below = Node::open(&village, impatient(vec![nowhere, dead, above.address().to_string()]));
    above.up().await;
    below.up().await;
    let view = below.view(|view| view.state == ParentState::Up).await;
    assert_eq!(view.address, Some(above.address().to_string()));

    below.link.set_parents(vec![town.address().to_string()]);
    above.down().await;
    let (_, peer) = town.up().await;
    assert_eq!(peer.unit, unit("640202001001"));
    assert_eq!(below.down().await.1, DownReason::Here { close: Close::Paused, why: String::new() });
    below.up().await;
}

#[tokio::test]
async fn a_shut_down_link_takes_nothing_more() {
    let (above, _, mut below, conn) = pair(loopback(), child_of).await;
    below.link.shutdown().await;
    assert_eq!(below.down().await.1, DownReason::Here { close: Close::Shutdown, why: String::new() });
    assert_eq!(below.link.send(conn, 0, vec![1]), Err(NotSent::Gone));
    assert_eq!(below.link.counters().connections, 0);
    assert!(below.link.counters().bytes_up > 0);
    drop(above);
}
