//! UDP is blocked: everything goes over TCP, under the same checks, and back to QUIC when that passes again.

use std::sync::Arc;
use std::time::Duration;

use sanji_node::link::{
    self, Close, DownReason, HandshakeFault, LinkEvent, LinkOptions, ParentState, Transport, Trouble,
};
use sanji_node::trust::{Fingerprint, JoinRefusal, JoinReply, JoinRequest, NodeKey, Secret, Token};
use sanji_sync::UnitCode;
use sanji_tests::emulator::Emulator;
use sanji_tests::links::{Linked, Members, options};

use super::{GOOD, hasty};

#[tokio::test]
async fn tcp_is_taken_where_quic_gets_no_answer_and_left_when_it_gets_one() {
    let members = Members::new();
    let timing = hasty();
    let mut above = Linked::open(&members.root(), LinkOptions { timing, ..options(&[]) });
    let line = Emulator::open(above.address(), GOOD, 1).await;
    line.block_udp(true);
    let town = members.seat("640202001", 2);
    let mut below = Linked::open(&town, LinkOptions { timing, ..options(&[line.address()]) });
    let (conn, peer) = below.up().await;
    assert_eq!((peer.transport, peer.node), (Transport::Tcp, members.root().node()));
    let (seen, peer) = above.up().await;
    assert_eq!((peer.transport, peer.node), (Transport::Tcp, town.node()));
    let view = below.view(|view| view.state == ParentState::Up).await;
    assert_eq!(view.transport, Some(Transport::Tcp));
    let passed = &view.passed_over[0];
    assert_eq!(passed.transport, Some(Transport::Quic));
    assert_eq!(passed.trouble, Trouble::Handshake(HandshakeFault::Silent));

    // Empty, longer than a chunk, and the longest; both ways.
    for length in [0, 10_000, options(&[]).frame_bytes_max] {
        below.link.send(conn, 2, vec![5; length]).unwrap();
        assert_eq!(above.frame().await, (2, vec![5; length]));
        above.link.send(seen, 4, vec![6; length]).unwrap();
        assert_eq!(below.frame().await, (4, vec![6; length]));
    }
    assert!(below.link.counters().bytes_up > 4_000_000);

    line.block_udp(false);
    assert!(
        matches!(below.down().await, (gone, DownReason::Here { close: Close::Replaced, .. }) if gone == conn)
    );
    let (conn, peer) = below.up().await;
    assert_eq!(peer.transport, Transport::Quic);
    let view = below.view(|view| view.transport == Some(Transport::Quic)).await;
    assert!(view.passed_over.is_empty(), "{view:?}");
    below.link.send(conn, 1, b"on".to_vec()).unwrap();
    loop {
        match above.next().await {
            LinkEvent::Frame { frame, .. } => break assert_eq!(frame, b"on"),
            LinkEvent::Up { .. } | LinkEvent::Down { .. } => {}
            other @ LinkEvent::Join(_) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_cut_is_noticed_and_a_shutdown_is_said() {
    let members = Members::new();
    let timing = hasty();
    let mut above = Linked::open(&members.root(), LinkOptions { timing, ..options(&[]) });
    let line = Emulator::open(above.address(), GOOD, 1).await;
    line.block_udp(true);
    let mut below =
        Linked::open(&members.seat("640202001", 2), LinkOptions { timing, ..options(&[line.address()]) });
    below.up().await;
    above.up().await;
    line.cut();
    assert_eq!(below.down().await.1, DownReason::Silent);
    assert_eq!(above.down().await.1, DownReason::Silent);
    line.mend();
    below.up().await;
    above.up().await;
    above.link.shutdown().await;
    assert!(matches!(below.down().await.1, DownReason::There { close: Some(Close::Shutdown), .. }));
}

#[tokio::test]
async fn who_may_not_connect_may_not_over_tcp_either() {
    let members = Members::new();
    let timing = hasty();
    let refuse: sanji_node::link::Admit = Arc::new(|_| Err("the node was revoked".to_owned()));
    let above = Linked::guarded(&members.root(), LinkOptions { timing, ..options(&[]) }, refuse);
    let line = Emulator::open(above.address(), GOOD, 1).await;
    line.block_udp(true);
    let dialling = LinkOptions { timing, ..options(&[line.address()]) };
    let mut revoked = Linked::open(&members.seat("640202001", 2), dialling.clone());
    revoked.up().await;
    let why = revoked.down().await.1;
    assert!(
        matches!(&why, DownReason::There { close: Some(Close::NotAdmitted), why } if why.contains("revoked")),
        "{why:?}"
    );

    let stranger = Members::new();
    let below = Linked::open(&stranger.seat("640202001", 3), dialling);
    let view = below.view(|view| view.trouble.is_some()).await;
    assert_eq!(view.trouble, Some(Trouble::Handshake(HandshakeFault::OtherAuthority)));
}

#[tokio::test]
async fn a_box_joins_over_tcp() {
    let members = Members::new();
    let root = members.root();
    let mut above = Linked::open(&root, options(&[]));
    let line = Emulator::open(above.address(), GOOD, 1).await;
    line.block_udp(true);
    let unit = UnitCode::parse("640202001").unwrap();
    let fingerprint = root.membership().fingerprint();
    let token = |authority: Fingerprint| {
        let addresses = vec![line.address().to_string()];
        Token {
            addresses,
            authority,
            unit,
            secret: Secret::draw().unwrap(),
            expires: sanji_sync::Time(u64::MAX),
        }
    };
    let good = token(fingerprint);
    let request = JoinRequest::new(&good, &NodeKey::from_seed([9; 32]), None);
    let answer = async {
        let LinkEvent::Join(call) = above.next().await else { panic!("a box asks") };
        assert_eq!(call.bytes, request.encode());
        call.reply.send(JoinReply::from(JoinRefusal::Busy).encode()).unwrap();
    };
    // Another county's fingerprint: the box finds out and says nothing of itself.
    let other = token(Members::new().root().membership().fingerprint());
    let limit = Duration::from_secs(20);
    let (reply, refused, ()) =
        tokio::join!(link::join(&good, &request, limit), link::join(&other, &request, limit), answer);
    assert_eq!(reply.unwrap().encode(), JoinReply::from(JoinRefusal::Busy).encode());
    assert_eq!(refused.unwrap_err(), sanji_node::trust::EnrolError::OtherAuthority);
}
