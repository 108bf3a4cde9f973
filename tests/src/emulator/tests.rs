//! The line does what it says: its times in virtual time, its sockets on loopback.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// Nothing but the wire.
const PLAIN: Line = Line {
    name: "plain",
    down_bps: 1_000_000_000,
    up_bps: 1_000_000_000,
    rtt: Duration::ZERO,
    loss: 0.0,
    queue: Duration::from_millis(100),
};

#[test]
fn packets_leave_one_after_the_other_at_the_rate_and_arrive_half_a_round_trip_later() {
    let now = Instant::now();
    let line = Line { rtt: Duration::from_millis(300), ..PLAIN };
    let mut shaper = Shaper::new(256_000, &line, 1, now);
    // 1,000 bytes take 31.25 ms at 256 kbit/s.
    let arrives = |ms: f64| Fate::Arrives(now + Duration::from_secs_f64(ms / 1_000.0));
    assert_eq!(shaper.send(now, 1_000), arrives(31.25 + 150.0));
    assert_eq!(shaper.send(now, 1_000), arrives(62.5 + 150.0));
    let later = now + Duration::from_secs(1);
    assert_eq!(shaper.send(later, 1_000), arrives(1_000.0 + 31.25 + 150.0));
}

#[test]
fn what_would_wait_longer_than_the_queue_is_dropped_and_told_when_there_is_room() {
    let now = Instant::now();
    let mut shaper = Shaper::new(1_000_000, &PLAIN, 1, now);
    let taken = (0..100).take_while(|_| !matches!(shaper.send(now, 1_250), Fate::Overflows(_))).count();
    // 10 ms each: one on the wire, ten waiting up to 100 ms.
    assert_eq!(taken, 11);
    let room = now + Duration::from_millis(10);
    assert_eq!(shaper.send(now, 1_250), Fate::Overflows(room));
    assert!(matches!(shaper.send(room, 1_250), Fate::Arrives(_)));
}

#[test]
fn the_same_seed_loses_the_same_packets_and_about_its_share() {
    let now = Instant::now();
    let lost = |seed| {
        let mut shaper = Shaper::new(u64::MAX / 16, &Line { loss: 0.05, ..PLAIN }, seed, now);
        (0..10_000).filter(|_| matches!(shaper.send(now, 100), Fate::Lost(_))).collect::<Vec<u32>>()
    };
    assert_eq!(lost(7), lost(7));
    assert_ne!(lost(7), lost(8));
    assert!((400..600).contains(&lost(7).len()), "{}", lost(7).len());
}

#[tokio::test]
async fn datagrams_pass_are_counted_and_come_from_another_port_after_a_change() {
    let parent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let child = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let line = Emulator::open(parent.local_addr().unwrap(), PLAIN, 1).await;
    let mut buffer = [0; 64];
    child.send_to(b"one", line.address()).await.unwrap();
    let (length, seen) = parent.recv_from(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..length], b"one");
    parent.send_to(b"answer", seen).await.unwrap();
    let (length, from) = child.recv_from(&mut buffer).await.unwrap();
    assert_eq!((&buffer[..length], from), (&b"answer"[..], line.address()));

    line.cut();
    child.send_to(b"two", line.address()).await.unwrap();
    while line.carried_up().swallowed == 0 {
        tokio::task::yield_now().await;
    }
    line.mend();
    line.change_address();
    // The change and the datagram are taken in any order; the second try is behind both.
    let mut moved = seen;
    while moved == seen {
        child.send_to(b"three", line.address()).await.unwrap();
        let (length, from) = parent.recv_from(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..length], b"three", "what was swallowed does not come later");
        moved = from;
    }
    parent.send_to(b"answer", moved).await.unwrap();
    let (length, _) = child.recv_from(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..length], b"answer");
    assert_eq!(line.carried_down(), Carried { packets: 2, bytes: 2 * 34, ..Carried::default() });
}

#[tokio::test]
async fn a_stream_passes_while_datagrams_are_blocked_and_loses_nothing_to_loss() {
    let parent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let line = Emulator::open(parent.local_addr().unwrap(), Line { loss: 0.3, ..PLAIN }, 1).await;
    line.block_udp(true);
    let sent: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
    let mut child = tokio::net::TcpStream::connect(line.address()).await.unwrap();
    let (mut accepted, _) = parent.accept().await.unwrap();
    let all = sent.clone();
    let send = async move {
        child.write_all(&all).await.unwrap();
        child.shutdown().await.unwrap();
        child
    };
    let mut received = Vec::new();
    let (_child, read) = tokio::join!(send, accepted.read_to_end(&mut received));
    assert_eq!(read.unwrap(), sent.len());
    assert!(received == sent);
    assert!(line.carried_up().bytes > 100_000 && line.carried_up().lost > 0);
}
