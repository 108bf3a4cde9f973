//! A lower lane overtakes whatever waits in higher ones, over both transports.

use std::time::Duration;

use sanji_node::link::{LinkOptions, Transport};
use sanji_tests::emulator::{Emulator, Line};
use sanji_tests::links::{Linked, Members, options};

use super::{GOOD, hasty};

#[tokio::test]
async fn a_decision_overtakes_a_backlog_over_quic() {
    overtakes(Transport::Quic).await;
}

#[tokio::test]
async fn a_decision_overtakes_a_backlog_over_tcp() {
    overtakes(Transport::Tcp).await;
}

/// 1 MB of large frames in lane 2, a second's worth; then a word in lane 1 and one in lane 0.
async fn overtakes(transport: Transport) {
    const FRAMES: usize = 16;
    let members = Members::new();
    let slow = Line { down_bps: 8_000_000, queue: Duration::from_millis(50), ..GOOD };
    let mut above = Linked::open(&members.root(), options(&[]));
    let line = Emulator::open(above.address(), slow, 1).await;
    line.block_udp(transport == Transport::Tcp);
    let timing = sanji_node::link::Timing { quic_alone: hasty().quic_alone, ..Default::default() };
    let dialling = LinkOptions { timing, ..options(&[line.address()]) };
    let mut below = Linked::open(&members.seat("640202001", 2), dialling);
    let (conn, peer) = above.up().await;
    assert_eq!(peer.transport, transport);
    below.up().await;
    for _ in 0..FRAMES {
        above.link.send(conn, 2, vec![2; 64 * 1024]).unwrap();
    }
    // The backlog is on its way.
    assert_eq!(below.frame().await.0, 2);
    above.link.send(conn, 1, vec![1]).unwrap();
    above.link.send(conn, 0, vec![0]).unwrap();
    let mut lanes = Vec::new();
    while lanes.len() < FRAMES + 1 {
        lanes.push(below.frame().await.0);
    }
    let place = |lane| lanes.iter().position(|l| *l == lane).unwrap();
    assert!(place(1) <= 4 && place(0) <= 4, "{lanes:?}");
}
