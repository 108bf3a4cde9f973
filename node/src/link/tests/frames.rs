//! What is carried, in which order, and which peers are hung up.

use super::super::{Close, NotSent};
use super::*;

#[tokio::test]
async fn ten_thousand_frames_arrive_in_the_order_of_their_lane() {
    const EACH: u32 = 2_000;
    let (mut above, _, below, conn) = pair(loopback(), child_of).await;
    for n in 0..EACH {
        for lane in 0..LANES {
            below.link.send(conn, lane, n.to_be_bytes().to_vec()).unwrap();
        }
    }
    let mut expected = [0u32; LANES as usize];
    for _ in 0..EACH * u32::from(LANES) {
        let (lane, frame) = above.frame().await;
        let next = &mut expected[usize::from(lane)];
        assert_eq!(frame, next.to_be_bytes());
        *next += 1;
    }
    assert_eq!(expected, [EACH; LANES as usize]);
}

#[tokio::test]
async fn both_sides_talk_and_an_empty_frame_and_the_longest_are_frames() {
    let (mut above, seen_above, mut below, seen_below) = pair(loopback(), child_of).await;
    let longest = vec![7; loopback().frame_bytes_max];
    below.link.send(seen_below, 4, longest.clone()).unwrap();
    assert_eq!(above.frame().await, (4, longest));
    above.link.send(seen_above, 2, Vec::new()).unwrap();
    assert_eq!(below.frame().await, (2, Vec::new()));
    let too_long = vec![7; loopback().frame_bytes_max + 1];
    assert_eq!(below.link.send(seen_below, 4, too_long), Err(NotSent::Misuse));
    assert_eq!(below.link.send(seen_below, LANES, Vec::new()), Err(NotSent::Misuse));
}

#[tokio::test]
async fn a_frame_over_the_limit_hangs_up() {
    let strict = LinkOptions { frame_bytes_max: 100, ..loopback() };
    let (mut above, _, mut below, conn) = pair(strict, child_of).await;
    below.link.send(conn, 1, vec![0; 101]).unwrap();
    let (_, why) = above.down().await;
    assert!(matches!(why, DownReason::Here { close: Close::FrameTooLong, .. }), "{why:?}");
    let (_, why) = below.down().await;
    let said = "101 bytes, 100 are allowed".to_owned();
    assert_eq!(why, DownReason::There { close: Some(Close::FrameTooLong), why: said });
    assert_eq!(above.link.counters().hangups, 1);
}

#[tokio::test]
async fn a_frame_that_fails_its_check_hangs_up_and_so_does_one_that_breaks_the_check() {
    for (first, said) in [(0xff, "bad signature"), (0xfe, "the check of a frame failed")] {
        let (mut above, _, mut below, conn) = pair(loopback(), child_of).await;
        below.link.send(conn, 1, vec![1]).unwrap();
        below.link.send(conn, 1, vec![first]).unwrap();
        assert_eq!(above.frame().await, (1, vec![1]));
        let (_, why) = above.down().await;
        assert_eq!(why, DownReason::Here { close: Close::FrameRefused, why: said.to_owned() });
        let (_, why) = below.down().await;
        assert_eq!(why, DownReason::There { close: Some(Close::FrameRefused), why: said.to_owned() });
        assert_eq!(above.link.counters().hangups, 1);
        assert_eq!(below.link.counters().hangups, 0);
    }
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_hung_up_and_costs_bounded_memory() {
    const QUEUE: usize = 256 * 1024;
    let tight = |parent: &Node| LinkOptions { send_queue_bytes_max: QUEUE, ..child_of(parent) };
    let (mut above, _, mut below, conn) = pair(loopback(), tight).await;
    // The county's run loop stands still: its inbox fills, then QUIC's windows, then our queue.
    let mut taken = 0;
    let refused = loop {
        match below.link.send(conn, 1, vec![0; 32 * 1024]) {
            Ok(()) => taken += 32 * 1024,
            Err(why) => break why,
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(refused, NotSent::Slow);
    assert!(taken < 4 * 1024 * 1024 + QUEUE, "{taken} bytes were taken");
    assert!(matches!(below.down().await.1, DownReason::Here { close: Close::Slow, .. }));
    assert_eq!(below.link.send(conn, 1, vec![0]), Err(NotSent::Gone));
    let why = loop {
        match above.next().await {
            LinkEvent::Frame { .. } => {}
            LinkEvent::Down { why, .. } => break why,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(why, DownReason::There { close: Some(Close::Slow), .. }), "{why:?}");
}

#[tokio::test]
async fn a_hang_up_by_command_tells_the_peer_why() {
    let (mut above, conn, mut below, _) = pair(loopback(), child_of).await;
    above.link.hangup(conn, "your disk was restored; 磁盘已恢复".repeat(20));
    let (_, why) = above.down().await;
    assert!(matches!(why, DownReason::Here { close: Close::HungUp, .. }));
    let DownReason::There { close: Some(Close::HungUp), why } = below.down().await.1 else { panic!() };
    assert!(why.starts_with("your disk was restored") && why.len() <= 200);
}

#[tokio::test]
async fn a_lane_opened_twice_or_unknown_hangs_up() {
    use super::super::tls;
    let county = County::new(1);
    let mut above = Node::open(&county.root, loopback());
    let caller = quinn::Endpoint::client((std::net::Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    for lanes in [[1, 1].as_slice(), &[LANES], &[255]] {
        let config = tls::stray(&county.root, Some(&county.seat("640202001", 2)), tls::SYNC).quic;
        let connection = caller.connect_with(config, above.address(), "sanji").unwrap().await.unwrap();
        above.up().await;
        let mut streams = Vec::new();
        for lane in lanes {
            let mut stream = connection.open_uni().await.unwrap();
            stream.write_all(&[*lane]).await.unwrap();
            streams.push(stream);
        }
        let (_, why) = above.down().await;
        assert!(matches!(why, DownReason::Here { close: Close::BadLane, .. }), "{why:?}");
    }
}
