//! Hubs of a small county in one thread: two nodes that differ must end with the same bytes, whatever was cut.

#[path = "sync/held.rs"]
mod held;
#[path = "sync/pasts.rs"]
mod pasts;
mod world;

use sanji_sync::frame::Frame;
use sanji_sync::{Hangup, Incident, Scope};
use world::{World, unit};

#[test]
fn a_case_goes_up_and_the_answer_comes_down() {
    let mut world = World::county();
    world.link(2, 1);
    world.link(1, 0);
    world.settle();
    let scope = Scope::Cases(unit("640202001001"));
    let doc = world.write(2, scope, None);
    world.settle();
    world.write(0, scope, Some(doc));
    world.settle();
    world.assert_converged();
    assert_eq!(world.entries(2, scope), 2);
    let log = world.hub(2).own_log(scope);
    let county = world.hub(0).node();
    assert_eq!(
        world.hub(2).held().height(&county, &log),
        1,
        "the village knows that the county holds its entry"
    );
}

#[test]
fn a_fresh_village_learns_the_tree_first_and_then_its_guides() {
    let mut world = World::fresh();
    for _ in 0..5 {
        world.write(0, Scope::Guides(unit("640202")), None);
    }
    world.link(1, 0);
    world.settle();
    world.link(2, 1);
    world.settle();
    world.assert_converged();
    assert_eq!(world.entries(2, Scope::Guides(unit("640202"))), 5);
}

#[test]
fn nothing_new_is_one_hello_each_way_however_much_is_held() {
    for cases in [10, 2_000] {
        let mut world = World::county();
        for _ in 0..cases {
            world.write(2, Scope::Cases(unit("640202001001")), None);
        }
        let (a, _) = world.link(2, 1);
        world.settle();
        world.unlink(a);
        world.frames.clear();
        world.link(2, 1);
        world.settle();
        assert_eq!(world.frames.len(), 2, "{:?}", world.frames);
        let bytes: usize = world.frames.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes < 400, "{bytes} bytes of frames");
    }
}

#[test]
fn a_few_new_cases_after_an_agreement_need_no_further_question() {
    let mut world = World::county();
    let scope = Scope::Cases(unit("640202001001"));
    world.write(2, scope, None);
    let (a, _) = world.link(2, 1);
    world.settle();
    world.unlink(a);
    world.write(2, scope, None);
    world.write(1, Scope::Guides(unit("640202001")), None);
    world.frames.clear();
    world.link(2, 1);
    world.settle();
    world.assert_converged_between(2, 1);
    let questions = world
        .frames
        .iter()
        .filter(|(_, bytes)| matches!(Frame::decode(bytes), Ok(Frame::Digests(_) | Frame::Vectors { .. })));
    assert_eq!(questions.count(), 0);
}

#[test]
fn batches_come_in_the_best_codec_that_both_know() {
    for (is_old, codec) in [(false, 2), (true, 1)] {
        let mut world = World::county();
        let scope = Scope::Cases(unit("640202001001"));
        world.write(2, scope, None);
        world.frames.clear();
        world.link(2, 1);
        if is_old {
            world.forget_codecs();
        }
        world.settle();
        world.assert_converged_between(2, 1);
        let batches = world.frames.iter().filter_map(|(_, bytes)| match Frame::decode(bytes) {
            Ok(Frame::Batch(batch)) => Some(batch.codec),
            _ => None,
        });
        assert_eq!(batches.collect::<Vec<_>>(), [codec]);
    }
}

#[test]
fn lost_memory_of_agreements_costs_a_round_trip_and_nothing_else() {
    let mut world = World::county();
    let scope = Scope::Cases(unit("640202001001"));
    world.write(2, scope, None);
    let (a, _) = world.link(2, 1);
    world.settle();
    world.unlink(a);
    world.write(2, scope, None);
    world.restart(1, false);
    world.link(2, 1);
    world.settle();
    world.assert_converged_between(2, 1);
}

#[test]
fn a_village_that_writes_a_county_guide_is_hung_up_and_reported() {
    let mut world = World::county();
    world.link(2, 1);
    world.settle();
    world.forge(2, Scope::Guides(unit("640202")));
    world.settle();
    assert_eq!(world.entries(1, Scope::Guides(unit("640202"))), 0);
    assert!(
        world.hangups.iter().any(|(at, why)| *at == 1 && *why == Hangup::NoAuthority),
        "{:?}",
        world.hangups
    );
    assert!(world.incidents.iter().any(|(at, i)| *at == 1 && matches!(i, Incident::NoAuthority { .. })));
}

#[test]
fn a_village_never_gets_its_neighbours_cases() {
    let mut world = World::county();
    for (a, b) in [(2, 1), (3, 1), (1, 0)] {
        world.link(a, b);
    }
    world.settle();
    world.write(2, Scope::Cases(unit("640202001001")), None);
    world.write(3, Scope::Cases(unit("640202001002")), None);
    world.write(1, Scope::Cases(unit("640202001")), None);
    world.settle();
    world.assert_converged();
    assert_eq!(world.entries(3, Scope::Cases(unit("640202001001"))), 0);
    assert_eq!(world.entries(2, Scope::Cases(unit("640202001"))), 0);
}

#[test]
fn a_node_whose_disk_went_back_takes_its_entries_back_and_starts_a_new_epoch() {
    let mut world = World::county();
    let scope = Scope::Cases(unit("640202001001"));
    world.link(2, 1);
    world.write(2, scope, None);
    world.settle();
    let backup = world.backup(2);
    world.write(2, scope, None);
    world.settle();
    world.restore(2, backup);
    world.link(2, 1);
    world.settle();
    assert_eq!(world.entries(2, scope), 2);
    assert_eq!(world.hub(2).epoch().0, 2);
    world.write(2, scope, None);
    world.settle();
    world.assert_converged_between(2, 1);
    assert_eq!(world.entries(1, scope), 3);
}

#[test]
fn a_lie_in_a_vector_sets_nothing_aside() {
    let mut world = World::county();
    let scope = Scope::Guides(unit("640202"));
    world.write(0, scope, None);
    world.link(1, 0);
    let (village, town) = world.link(2, 1);
    world.settle();
    let log = world.hub(0).own_log(scope);
    let lie = sanji_sync::vector::Head { height: 1, link: sanji_sync::Link([9; 32]) };
    let more = sanji_sync::vector::Head { height: 99, link: sanji_sync::Link([9; 32]) };
    let own = world.hub(1).own_log(Scope::Cases(unit("640202001001")));
    for (log, head) in [(log, lie), (own, more)] {
        let logs = vec![sanji_sync::vector::LogHead { node: log.node, epoch: log.epoch, head }];
        let vectors = vec![sanji_sync::vector::ScopeVector { scope: log.scope, logs }];
        world.inject(1, town, Frame::Vectors { vectors, reply: false, rest_equal: false, pasts: None });
    }
    world.settle();
    assert!(world.incidents.is_empty(), "{:?}", world.incidents);
    assert_eq!(world.hub(1).epoch().0, 1, "a child's word begins no new epoch");
    world.unlink(village);
    world.write(0, scope, None);
    world.link(2, 1);
    world.settle();
    world.assert_converged();
    assert_eq!(world.entries(2, scope), 2);
}

#[test]
fn a_backlog_survives_any_number_of_cuts() {
    let mut world = World::county();
    let scope = Scope::Cases(unit("640202001001"));
    let mut doc = None;
    for n in 0..3_000 {
        if n % 6 == 0 {
            doc = None;
        }
        doc = Some(world.write(2, scope, doc));
    }
    for _ in 0..20 {
        let (a, _) = world.link(2, 1);
        world.run(3);
        world.unlink(a);
    }
    world.link(2, 1);
    world.link(1, 0);
    world.settle();
    world.assert_converged();
    assert_eq!(world.entries(0, scope), 3_000);
}
