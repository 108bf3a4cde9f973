//! The accident this prevents: a disk goes back in time, or one image runs on two machines, and entries that somebody was
//! told are saved are gone, or one log with two pasts stops everything around it.

use sanji_sync::frame::Pasts;
use sanji_sync::{Epoch, Incident, LogId, Scope};

use crate::world::{World, unit};

const VILLAGE: usize = 2;

fn cases() -> Scope {
    Scope::Cases(unit("640202001001"))
}

fn found_at(world: &World, at: usize, what: impl Fn(&Incident) -> bool) -> bool {
    world.incidents.iter().any(|(n, incident)| *n == at && what(incident))
}

/// The village's log of the first epoch.
fn first_log(world: &World) -> LogId {
    LogId { epoch: Epoch(1), ..world.hub(VILLAGE).own_log(cases()) }
}

/// `original` and `clone` entries are written by two machines from one image with `shared` entries.
fn two_machines(shared: usize, original: usize, clone: usize) -> World {
    let mut world = World::county();
    world.link(1, 0);
    world.link(VILLAGE, 1);
    for _ in 0..shared {
        world.write(VILLAGE, cases(), None);
    }
    world.settle();
    let image = world.backup(VILLAGE);
    for _ in 0..original {
        world.write(VILLAGE, cases(), None);
    }
    world.settle();
    world.restore(VILLAGE, image);
    for _ in 0..clone {
        world.write(VILLAGE, cases(), None);
    }
    world.link(VILLAGE, 1);
    world.settle();
    world
}

#[test]
fn the_second_machine_gives_way_and_the_log_goes_on_everywhere() {
    for (shared, original, clone) in
        [(0, 1, 1), (3, 3, 1), (3, 1, 3), (2, 5, 5), (700, 9, 300), (700, 300, 2)]
    {
        let mut world = two_machines(shared, original, clone);
        let log = first_log(&world);
        for at in [0, 1, VILLAGE] {
            assert!(
                found_at(&world, at, |i| matches!(i, Incident::Fork { log: l, .. } if *l == log)),
                "{at}"
            );
        }
        let parted = shared as u64 + 1;
        assert!(
            found_at(&world, VILLAGE, |i| matches!(i, Incident::GaveWay { from, upto, new_epoch, .. }
                if *from == parted && *upto == (shared + clone) as u64 && *new_epoch == Some(Epoch(2)))),
            "{:?}",
            world.incidents
        );
        world.assert_converged();
        assert_eq!(world.entries(VILLAGE, cases()), (shared + original) as u64);
        assert_eq!(world.hub(VILLAGE).epoch(), Epoch(2));
        world.write(VILLAGE, cases(), None);
        world.settle();
        world.assert_converged();
        assert_eq!(world.entries(0, cases()), (shared + original) as u64 + 1);
        let county = world.hub(0).node();
        let held = world.hub(VILLAGE).held();
        assert_eq!(held.height(&county, &world.hub(VILLAGE).own_log(cases())), 1);
        assert_eq!(held.height(&county, &log), (shared + original) as u64, "ticks of the past that counts");
        assert!(world.hangups.is_empty(), "{:?}", world.hangups);
    }
}

#[test]
fn what_was_settled_stays_settled_over_restarts_and_cuts() {
    let mut world = two_machines(2, 2, 2);
    for _ in 0..3 {
        world.restart(VILLAGE, true);
        world.link(VILLAGE, 1);
        world.settle();
    }
    world.assert_converged();
    assert_eq!(world.hub(VILLAGE).epoch(), Epoch(2));
    let gave_way = world.incidents.iter().filter(|(_, i)| matches!(i, Incident::GaveWay { .. }));
    assert_eq!(gave_way.count(), 1);
}

#[test]
fn machines_that_take_turns_are_seen_by_their_starts_and_the_county_is_told() {
    let mut world = World::county();
    world.link(1, 0);
    world.link(VILLAGE, 1);
    world.settle();
    let run = |n| sanji_sync::frame::Hello { run: Some(n), ..hello(&world) };
    let hellos = [run(77), run(78), run(77)];
    for hello in hellos {
        let conn = sanji_sync::ConnId(1_000 + world.frames.len() as u64);
        world.up(1, conn, VILLAGE);
        world.inject(1, conn, sanji_sync::Frame::Hello(hello));
        world.settle();
    }
    let node = world.hub(VILLAGE).node();
    for at in [0, 1] {
        assert!(found_at(&world, at, |i| *i == Incident::TwoMachines { node }), "{:?}", world.incidents);
    }
    let told = world.incidents.iter().filter(|(at, _)| *at == 0).count();
    assert_eq!(told, 1, "once is enough");
}

fn hello(world: &World) -> sanji_sync::frame::Hello {
    sanji_sync::frame::Hello {
        version: 1,
        node: world.hub(VILLAGE).node(),
        epoch: Epoch(1),
        clock: sanji_sync::Time(0),
        digest: sanji_sync::vector::Digest([1; 32]),
        changed: Vec::new(),
        told: sanji_sync::vector::Digest([1; 32]),
        codec: None,
        run: None,
    }
}

#[test]
fn a_county_put_back_gives_way_to_what_its_towns_hold_and_they_follow_it() {
    let mut world = World::county();
    let guides = Scope::Guides(unit("640202"));
    world.link(1, 0);
    world.link(3, 1);
    world.write(0, guides, None);
    world.settle();
    let image = world.backup(0);
    world.write(0, guides, None);
    world.write(0, guides, None);
    world.settle();
    world.restore(0, image);
    world.write(0, guides, None);
    world.link(1, 0);
    world.settle();
    world.assert_converged();
    assert_eq!(world.entries(0, guides), 3, "the county took back what its town held");
    assert_eq!(world.hub(0).epoch(), Epoch(2));
    assert_eq!(world.entries(3, guides), 3);
    assert!(world.hangups.is_empty(), "{:?}", world.hangups);
}

#[test]
fn a_past_that_parted_far_below_the_head_is_asked_for_step_by_step() {
    let mut world = World::county();
    let guides = Scope::Guides(unit("640202"));
    let three_more = |world: &mut World, other: usize| {
        for _ in 0..3 {
            world.write(0, guides, None);
        }
        world.link(other, 0);
        world.settle();
    };
    world.link(1, 0);
    world.write(0, guides, None);
    world.settle();
    let image = world.backup(0);
    three_more(&mut world, 1);
    world.restore(0, image.clone());
    three_more(&mut world, 3);
    world.restore(0, image);
    three_more(&mut world, 3);
    assert_eq!(
        world.hub(0).epoch(),
        Epoch(2),
        "it gave way to the past of the second time, and says so at once"
    );
    world.link(1, 0);
    world.settle();
    world.assert_converged_between(0, 1);
}

#[test]
fn a_town_between_two_pasts_follows_the_county() {
    let mut world = World::county();
    world.link(VILLAGE, 1);
    world.write(VILLAGE, cases(), None);
    world.settle();
    let image = world.backup(VILLAGE);
    // The first machine reaches the county past the town, the second the town alone.
    world.restart(VILLAGE, true);
    world.link(VILLAGE, 0);
    world.write(VILLAGE, cases(), None);
    world.settle();
    world.restore(VILLAGE, image);
    world.write(VILLAGE, cases(), None);
    world.link(VILLAGE, 1);
    world.settle();
    assert_eq!((world.entries(0, cases()), world.entries(1, cases())), (2, 2));
    world.link(1, 0);
    world.settle();
    world.assert_converged();
    assert!(found_at(&world, 1, |i| matches!(i, Incident::GaveWay { new_epoch: None, .. })));
    assert!(found_at(&world, VILLAGE, |i| matches!(i, Incident::GaveWay { new_epoch: Some(Epoch(2)), .. })));
    assert!(world.hangups.is_empty(), "{:?}", world.hangups);
}

/// Of two pasts of the town's log the village alone knows: the town's disk went back behind them, and so did the county's.
fn a_village_alone_knows() -> (World, LogId) {
    let mut world = World::county();
    let images = [0, 1].map(|at| world.backup(at));
    let (up, _) = world.link(1, 0);
    let (down, _) = world.link(VILLAGE, 1);
    let log = world.hub(1).own_log(cases());
    world.write(1, cases(), None);
    world.settle();
    world.unlink(up);
    world.unlink(down);
    for (at, image) in images.iter().enumerate() {
        world.restore(at, image.clone());
    }
    world.write(1, cases(), None);
    world.write(1, cases(), None);
    let (down, _) = world.link(VILLAGE, 1);
    world.settle();
    assert!(world.hub(VILLAGE).is_forked(&log) && world.hub(1).epoch() == Epoch(2));
    world.unlink(down);
    world.restore(1, images[1].clone());
    assert!(!world.hub(1).is_forked(&log) && !world.hub(0).is_forked(&log));
    (world, log)
}

/// The county's disk went back behind what a village alone still has of it, and the town between them has what came after.
#[test]
fn what_only_a_village_has_of_a_county_that_went_back_reaches_it_past_the_town() {
    let mut world = World::county();
    let images = [0, 1].map(|at| world.backup(at));
    let (up, _) = world.link(1, 0);
    let (down, _) = world.link(VILLAGE, 1);
    let log = world.hub(0).own_log(cases());
    world.write(0, cases(), None);
    world.settle();
    let lost = world.hub(VILLAGE).heads().link(&log);
    world.unlink(up);
    world.unlink(down);
    for (at, image) in images.iter().enumerate() {
        world.restore(at, image.clone());
    }
    let (up, _) = world.link(1, 0);
    world.write(0, cases(), None);
    world.settle();
    assert_ne!(world.hub(1).heads().link(&log), lost);
    // The line to the county is down while the village shows the town what it has.
    world.unlink(up);
    world.link(VILLAGE, 1);
    world.settle();
    assert_eq!(world.hub(VILLAGE).heads().link(&log), lost, "nobody has settled it yet");
    world.link(1, 0);
    world.settle();
    world.assert_converged();
    assert_eq!(world.hub(0).heads().link(&log), lost);
    assert!(found_at(&world, 0, |i| matches!(i, Incident::GaveWay { new_epoch: Some(Epoch(2)), .. })));
    assert!(world.hangups.is_empty(), "{:?}", world.hangups);
}

#[test]
fn two_pasts_of_a_unit_above_are_proven_to_it_by_whoever_remembers_them() {
    let (mut world, log) = a_village_alone_knows();
    world.incidents.clear();
    // The proof outlives a restart of the village.
    world.restart(VILLAGE, true);
    world.link(VILLAGE, 1);
    world.link(1, 0);
    world.settle();
    world.assert_converged();
    for at in [0, 1] {
        assert!(
            found_at(&world, at, |i| matches!(i, Incident::Fork { log: l, height: 1, .. } if *l == log)),
            "{at}: {:?}",
            world.incidents
        );
    }
    let alarms = world.incidents.iter().filter(|(_, i)| matches!(i, Incident::Fork { .. })).count();
    assert_eq!(alarms, 2, "each is told once");
    assert!(world.hangups.is_empty(), "{:?}", world.hangups);
}

#[test]
fn a_log_of_a_unit_above_has_two_pasts_on_a_proof_only() {
    let (mut world, log) = a_village_alone_knows();
    world.link(VILLAGE, 1);
    let mut proof = None;
    for (_, frame) in std::mem::take(&mut world.frames) {
        if let Ok(sanji_sync::Frame::Vectors { pasts: Some(pasts), .. }) = sanji_sync::Frame::decode(&frame) {
            proof = pasts.proofs.and_then(|proofs| proofs.first().cloned()).or(proof);
        }
    }
    let proof = proof.expect("the village was shown it or showed it");
    let mut world = World::county();
    world.link(VILLAGE, 1);
    world.write(1, cases(), None);
    world.settle();
    let conn = world.hub(1).sessions().next().expect("it is linked").conn;
    let say = |world: &mut World, pasts| {
        let frame = sanji_sync::Frame::Vectors {
            vectors: vec![],
            reply: false,
            rest_equal: false,
            pasts: Some(pasts),
        };
        world.inject(1, conn, frame);
        world.settle();
        world.hub(1).is_forked(&log)
    };
    let forged = sanji_sync::Proof { other: proof.one.clone(), ..proof.clone() };
    assert!(!say(&mut world, Pasts { found: vec![log], ..Pasts::default() }), "a village's word");
    assert!(!say(&mut world, Pasts { proofs: Some(vec![forged]), ..Pasts::default() }));
    assert!(say(&mut world, Pasts { proofs: Some(vec![proof]), ..Pasts::default() }));
}

#[test]
fn after_a_restore_of_the_parent_a_tick_is_no_longer_claimed() {
    let mut world = World::county();
    world.link(1, 0);
    world.link(VILLAGE, 1);
    world.write(VILLAGE, cases(), None);
    world.settle();
    let image = world.backup(0);
    world.write(VILLAGE, cases(), None);
    world.settle();
    let (county, town) = (world.hub(0).node(), world.hub(1).node());
    let log = world.hub(VILLAGE).own_log(cases());
    assert_eq!(world.hub(VILLAGE).held().height(&county, &log), 2);
    world.restore(0, image);
    world.link(1, 0);
    while world.hub(1).held().height(&county, &log) == 2 {
        assert!(world.run(1) > 0, "the county's own word does not count");
    }
    assert_eq!(world.hub(1).held().height(&county, &log), 1);
    while world.hub(VILLAGE).held().height(&county, &log) == 2 {
        assert!(world.run(1) > 0, "the village was never told");
    }
    assert_eq!(world.hub(VILLAGE).held().height(&county, &log), 1);
    world.settle();
    assert_eq!(world.hub(VILLAGE).held().height(&county, &log), 2);
    assert_eq!(world.hub(VILLAGE).held().height(&town, &log), 2);
}

#[test]
fn what_a_parent_no_longer_knows_of_others_is_forgotten_at_the_next_hello() {
    let mut world = World::county();
    world.link(1, 0);
    let (line, _) = world.link(VILLAGE, 1);
    world.write(VILLAGE, cases(), None);
    world.settle();
    let county = world.hub(0).node();
    let log = world.hub(VILLAGE).own_log(cases());
    world.unlink(line);
    // The town lost what it knew, and the county is not linked to it any more.
    world.restart(1, false);
    world.link(VILLAGE, 1);
    world.settle();
    assert_eq!(world.hub(VILLAGE).held().height(&county, &log), 0);
    world.link(1, 0);
    world.settle();
    assert_eq!(world.hub(VILLAGE).held().height(&county, &log), 1);
}

#[test]
fn a_restored_node_begins_a_new_epoch_and_takes_its_entries_back() {
    let mut world = World::county();
    world.link(VILLAGE, 1);
    world.write(VILLAGE, cases(), None);
    world.settle();
    let backup = world.backup(VILLAGE);
    world.write(VILLAGE, cases(), None);
    world.settle();
    world.restore(VILLAGE, backup);
    world.renew_epoch(VILLAGE);
    world.write(VILLAGE, cases(), None);
    world.link(VILLAGE, 1);
    world.settle();
    world.assert_converged_between(VILLAGE, 1);
    assert_eq!((world.entries(VILLAGE, cases()), world.hub(VILLAGE).epoch()), (3, Epoch(2)));
    assert!(world.incidents.is_empty(), "{:?}", world.incidents);
}

#[test]
fn a_revoked_writer_counts_up_to_its_cut_on_every_node() {
    let mut world = World::county();
    let (up, _) = world.link(1, 0);
    world.link(VILLAGE, 1);
    world.write(VILLAGE, cases(), None);
    world.write(VILLAGE, cases(), None);
    world.settle();
    world.unlink(up);
    for _ in 0..3 {
        world.write(VILLAGE, cases(), None);
    }
    world.settle();
    assert_eq!((world.entries(0, cases()), world.entries(1, cases())), (2, 5));
    world.revoke(VILLAGE);
    world.link(1, 0);
    world.settle();
    assert_eq!((world.entries(0, cases()), world.entries(1, cases())), (2, 2));
    assert!(found_at(&world, 1, |i| matches!(i, Incident::CutOff { from: 3, upto: 5, .. })));
    assert!(world.hangups.iter().any(|(at, why)| *at == 1 && *why == sanji_sync::Hangup::Revoked));
    world.assert_converged_between(0, 1);
    world.link(VILLAGE, 1);
    world.settle();
    assert_eq!(world.entries(1, cases()), 2);
}

#[test]
fn a_revocation_that_became_durable_just_before_a_crash_is_followed_after_it() {
    let mut world = World::county();
    let (up, _) = world.link(1, 0);
    world.link(VILLAGE, 1);
    world.write(VILLAGE, cases(), None);
    world.settle();
    world.unlink(up);
    world.write(VILLAGE, cases(), None);
    world.settle();
    world.revoke(VILLAGE);
    world.restart_in_the_tree(1);
    assert_eq!(world.entries(1, cases()), 2, "it stopped between the two");
    world.resume(1);
    assert_eq!(world.entries(1, cases()), 1);
    world.link(1, 0);
    world.settle();
    world.assert_converged_between(0, 1);
}

#[test]
fn a_batch_across_the_cut_is_taken_up_to_it() {
    // The town took five entries in one go and the county none of them; two count.
    let mut world = World::county();
    let (up, _) = world.link(1, 0);
    world.link(VILLAGE, 1);
    world.write(VILLAGE, cases(), None);
    world.write(VILLAGE, cases(), None);
    world.settle();
    world.unlink(up);
    for _ in 0..3 {
        world.write(VILLAGE, cases(), None);
    }
    world.settle();
    world.revoke(VILLAGE);
    // The county's own copy of the two is lost as well; the revocation stands.
    world.lose(0, cases());
    world.link(1, 0);
    world.settle();
    assert_eq!((world.entries(0, cases()), world.entries(1, cases())), (2, 2));
    world.assert_converged_between(0, 1);
}

#[test]
fn a_node_that_lost_everything_gets_everything_back() {
    let mut world = World::county();
    let guides = Scope::Guides(unit("640202"));
    world.link(1, 0);
    world.link(VILLAGE, 1);
    world.write(0, guides, None);
    world.write(VILLAGE, cases(), None);
    world.settle();
    world.restore(VILLAGE, Default::default());
    // The town remembers what both agreed on, so the digests are asked for; the village has no tree to judge them by.
    world.link(VILLAGE, 1);
    world.settle();
    assert_eq!(world.entries(VILLAGE, cases()), 1);
    assert_eq!(world.entries(VILLAGE, guides), 1);
}
