//! The line changes its address, the preferred parent goes and comes back.

use sanji_node::link::{Close, DownReason, LinkEvent, LinkOptions, ParentState};
use sanji_tests::emulator::{Emulator, Line};
use sanji_tests::links::{Linked, Members, options};

use super::{GOOD, hasty};

#[tokio::test]
async fn a_change_of_address_does_not_restart_a_transfer() {
    const FRAMES: u32 = 100;
    let members = Members::new();
    let mut above = Linked::open(&members.root(), options(&[]));
    let slow = Line { up_bps: 4_000_000, ..GOOD };
    let line = Emulator::open(above.address(), slow, 1).await;
    let mut below = Linked::open(&members.seat("640202001", 2), options(&[line.address()]));
    let (conn, _) = below.up().await;
    let (_, peer) = above.up().await;
    for n in 0..FRAMES {
        let frame = [&n.to_be_bytes()[..], &[7; 4_000]].concat();
        below.link.send(conn, 2, frame).unwrap();
    }
    for n in 0..FRAMES {
        if n % 25 == 10 {
            line.change_address();
        }
        let (lane, frame) = above.frame().await;
        assert_eq!(
            (lane, &frame[..4]),
            (2, &n.to_be_bytes()[..]),
            "every frame once, in order, on one connection"
        );
    }
    let bytes = line.carried_up().bytes;
    assert!(bytes < 600_000, "{bytes} bytes for 400,400: the transfer was not restarted");
    // It was not the old address all the time: that one is gone.
    assert_eq!(above.link.peers().len(), 1);
    assert_eq!(peer.address.ip(), line.address().ip());
    assert_eq!(above.link.counters().connected, 1);
}

/// The town is the first parent, the county the second.
#[tokio::test]
async fn the_second_parent_takes_over_and_gives_back() {
    let members = Members::new();
    let timing = hasty();
    let mut county = Linked::open(&members.root(), LinkOptions { timing, ..options(&[]) });
    let mut town = Linked::open(&members.seat("640202001", 2), LinkOptions { timing, ..options(&[]) });
    let line = Emulator::open(town.address(), GOOD, 1).await;
    let parents = [line.address(), county.address()];
    let village = members.seat("640202001001", 3);
    let mut below = Linked::open(&village, LinkOptions { timing, ..options(&parents) });
    let (first, peer) = below.up().await;
    assert_eq!(peer.unit.to_string(), "640202001");
    town.up().await;
    let view = below.view(|view| view.state == ParentState::Up).await;
    assert!(view.passed_over.is_empty(), "{view:?}");

    line.cut();
    assert_eq!(below.down().await, (first, DownReason::Silent));
    let (second, peer) = below.up().await;
    assert_eq!(peer.unit.to_string(), "640202");
    county.up().await;
    let view = below.view(|view| view.state == ParentState::Up).await;
    assert_eq!(view.address, Some(parents[1].to_string()));
    assert_eq!(view.passed_over[0].address, parents[0].to_string());
    assert_eq!(view.passed_over.len(), 1, "{view:?}");
    below.link.send(second, 1, b"to the county".to_vec()).unwrap();
    assert_eq!(county.frame().await, (1, b"to the county".to_vec()));

    line.mend();
    let (third, peer) = below.up().await;
    assert_eq!(peer.unit.to_string(), "640202001", "the new session comes before the old one goes");
    assert!(
        matches!(below.down().await, (conn, DownReason::Here { close: Close::Better, .. }) if conn == second)
    );
    assert!(matches!(county.down().await.1, DownReason::There { close: Some(Close::Better), .. }));
    let view = below.view(|view| view.address == Some(parents[0].to_string())).await;
    assert!(view.state == ParentState::Up && view.passed_over.is_empty(), "{view:?}");
    below.link.send(third, 1, b"to the town".to_vec()).unwrap();
    loop {
        match town.next().await {
            LinkEvent::Frame { frame, .. } => break assert_eq!(frame, b"to the town"),
            LinkEvent::Up { .. } | LinkEvent::Down { .. } => {}
            other @ LinkEvent::Join(_) => panic!("{other:?}"),
        }
    }
}
