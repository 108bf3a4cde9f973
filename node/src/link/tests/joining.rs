//! New boxes: from a token to a certificate, directly and through a town.

use super::super::{join, relay_join};
use super::*;
use crate::trust::{EnrolError, Fingerprint, Granted, JoinRefusal, JoinReply, JoinRequest, Secret, Token};

const SECRET: Secret = Secret([5; 16]);

fn token(county: &County, at: &Node) -> Token {
    Token {
        unit: unit("640202001001"),
        addresses: vec![at.address().to_string()],
        authority: county.authority.fingerprint(),
        secret: SECRET,
        expires: NOW,
    }
}

/// What a county answers that knows one invitation.
fn decide(county: &County, request: &JoinRequest) -> JoinReply {
    if let Err(why) = request.verify(&SECRET) {
        return why.into();
    }
    let certificate = county.authority.sign(&grant(request.node(), request.unit())).unwrap();
    JoinReply::Granted(Granted {
        certificate: certificate.to_vec(),
        authority: county.authority.certificate().to_vec(),
        root: county.root.membership().root_certificate().to_vec(),
        parent: Some(unit("640202001")),
    })
}

#[tokio::test]
async fn a_box_with_a_token_becomes_a_node() {
    let county = County::new(1);
    let mut above = Node::open(&county.root, loopback());
    let token = Token::parse(&token(&county, &above).encode()).unwrap();
    let key = NodeKey::from_seed([9; 32]);
    let request = JoinRequest::new(&token, &key, Some("10.0.0.9:7443".to_owned()));
    let asking = join(&token, &request, PATIENCE);
    let answering = async {
        let call = above.call().await;
        assert_eq!((call.request.listen(), &call.request), (Some("10.0.0.9:7443"), &request));
        call.reply.send(decide(&county, &call.request).encode()).unwrap();
    };
    let (reply, ()) = tokio::join!(asking, answering);
    let membership = reply.unwrap().check(&token, key.node()).unwrap();
    assert_eq!((membership.unit(), membership.root()), (token.unit, county.root.node()));
    assert_eq!(above.link.counters().joins, 1);

    let identity = Identity::new(key, membership).unwrap();
    let mut below = Node::open(&identity, child_of(&above));
    assert_eq!(above.up().await.1.node, identity.node());
    below.up().await;
}

#[tokio::test]
async fn a_machine_of_another_authority_gets_no_request() {
    let county = County::new(1);
    let mut above = Node::open(&county.root, loopback());
    let token = Token { authority: Fingerprint([0; 32]), ..token(&county, &above) };
    let request = JoinRequest::new(&token, &NodeKey::from_seed([9; 32]), None);
    assert_eq!(join(&token, &request, PATIENCE).await, Err(EnrolError::OtherAuthority));
    assert_eq!(above.turned_away(1).await, HandshakeFault::OursRefused);
    assert!(above.inbox.try_recv().is_err());
}

#[tokio::test]
async fn a_town_relays_and_cannot_swap_the_key() {
    let county = County::new(1);
    let mut above = Node::open(&county.root, loopback());
    let town_seat = county.seat("640202001", 2);
    let mut town = Node::open(&town_seat, loopback());
    let token = token(&county, &town);
    let key = NodeKey::from_seed([9; 32]);
    let request = JoinRequest::new(&token, &key, None);
    let (up, pin) = (vec![above.address().to_string()], town_seat.membership().fingerprint());
    for honest in [true, false] {
        let asking = join(&token, &request, PATIENCE);
        let relaying = async {
            let call = town.call().await;
            let mut bytes = call.bytes;
            if !honest {
                let at = bytes.windows(32).position(|window| window == key.node().0).unwrap();
                bytes[at..at + 32].copy_from_slice(&town_seat.node().0);
            }
            call.reply.send(relay_join(&up, pin, &bytes, PATIENCE).await.unwrap()).unwrap();
        };
        let answering = async {
            let call = above.call().await;
            call.reply.send(decide(&county, &call.request).encode()).unwrap();
        };
        let (reply, (), ()) = tokio::join!(asking, relaying, answering);
        match (honest, reply.unwrap().check(&token, key.node())) {
            (true, Ok(membership)) => assert_eq!(membership.root(), county.root.node()),
            (false, Err(EnrolError::Refused(why))) => assert_eq!(why, JoinRefusal::Tampered.into()),
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn silence_and_refusals_are_told_apart() {
    let county = County::new(1);
    let gone = Node::open(&county.root, loopback());
    let mut token = token(&county, &gone);
    gone.link.shutdown().await;
    drop(gone);
    let request = JoinRequest::new(&token, &NodeKey::from_seed([9; 32]), None);
    let silent = join(&token, &request, Duration::from_millis(100)).await;
    assert!(matches!(silent, Err(EnrolError::TimedOut { .. })), "{silent:?}");

    // The second address answers: no desk free, then a town whose owner drops the call.
    let full = Node::open(&county.root, LinkOptions { joins_max: 0, ..loopback() });
    token.addresses = vec!["no-such-name.invalid:1".to_owned(), full.address().to_string()];
    let busy = join(&token, &request, PATIENCE).await;
    assert_eq!(busy, Err(EnrolError::Refused(JoinRefusal::Busy.into())));

    let mut town = Node::open(&county.seat("640202001", 2), loopback());
    token.addresses = vec![town.address().to_string()];
    let (reply, ()) = tokio::join!(join(&token, &request, PATIENCE), async { drop(town.call().await) });
    assert_eq!(reply, Ok(JoinRefusal::RootUnreachable.into()));

    let nonsense = relay_join(&token.addresses, token.authority, b"nonsense", PATIENCE).await.unwrap();
    assert_eq!(JoinReply::decode(&nonsense), Ok(JoinRefusal::Unreadable.into()));
}
