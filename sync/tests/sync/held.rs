//! What a node knows of others' copies: it must be all of what they hold, on every path and in any order of arrival.

use sanji_sync::{Frame, Scope};

use super::world::{World, unit};

const COUNTY: usize = 0;
const TOWN: usize = 1;
const VILLAGE: usize = 2;

/// How far `at` knows `holder` to hold the log that `writer` writes into `scope`.
fn known(world: &World, at: usize, holder: usize, writer: usize, scope: Scope) -> u64 {
    let log = world.hub(writer).own_log(scope);
    world.hub(at).held().height(&world.hub(holder).node(), &log)
}

#[test]
fn a_height_told_waits_for_the_entries_that_it_speaks_of() {
    let mut world = World::county();
    world.link(VILLAGE, TOWN);
    world.link(TOWN, COUNTY);
    let scope = Scope::Cases(unit("640202001001"));
    let doc = world.write(VILLAGE, scope, None);
    world.settle();
    // An answer of the county reaches the village as a batch and as news of who holds it, the news on a faster lane.
    for answers in 1..=3 {
        world.write(COUNTY, scope, Some(doc));
        world.settle();
        assert_eq!(known(&world, VILLAGE, COUNTY, COUNTY, scope), answers);
        assert_eq!(known(&world, VILLAGE, TOWN, COUNTY, scope), answers);
    }
}

#[test]
fn what_a_peer_claimed_beyond_our_own_height_counts_once_we_have_it() {
    let mut world = World::county();
    let scope = Scope::Guides(unit("640202"));
    let (direct, _) = world.link(VILLAGE, COUNTY);
    for _ in 0..3 {
        world.write(COUNTY, scope, None);
    }
    world.settle();
    world.unlink(direct);
    // The village knows the guides already when its town, which does not, meets both.
    world.link(VILLAGE, TOWN);
    world.link(TOWN, COUNTY);
    world.settle();
    assert_eq!(known(&world, TOWN, VILLAGE, COUNTY, scope), 3);
    assert_eq!(known(&world, COUNTY, VILLAGE, COUNTY, scope), 3);
    assert_eq!(known(&world, COUNTY, TOWN, COUNTY, scope), 3);
}

#[test]
fn a_county_learns_of_every_unit_below_what_guides_it_has() {
    let mut world = World::county();
    let scope = Scope::Guides(unit("640202"));
    world.link(TOWN, COUNTY);
    let (village, _) = world.link(VILLAGE, TOWN);
    world.write(COUNTY, scope, None);
    world.settle();
    world.unlink(village);
    world.write(COUNTY, scope, None);
    world.settle();
    assert_eq!([TOWN, VILLAGE, 3].map(|at| known(&world, COUNTY, at, COUNTY, scope)), [2, 1, 0]);
    // Neither forgets it when it starts again, nor when it lost its hints.
    for keep_memos in [true, false] {
        world.restart(COUNTY, keep_memos);
        world.restart(TOWN, keep_memos);
        world.link(TOWN, COUNTY);
        world.link(VILLAGE, TOWN);
        world.settle();
        assert_eq!([TOWN, VILLAGE, 3].map(|at| known(&world, COUNTY, at, COUNTY, scope)), [2, 2, 0]);
    }
}

#[test]
fn what_comes_late_on_an_older_connection_takes_nothing_back() {
    let mut world = World::county();
    let scope = Scope::Guides(unit("640202"));
    let (_, older) = world.link(TOWN, COUNTY);
    world.link(VILLAGE, TOWN);
    world.write(COUNTY, scope, None);
    world.settle();
    world.link(TOWN, COUNTY);
    world.settle();
    assert_eq!(known(&world, COUNTY, VILLAGE, COUNTY, scope), 1);
    world.inject(COUNTY, older, Frame::Held(Vec::new()));
    world.settle();
    assert_eq!(known(&world, COUNTY, VILLAGE, COUNTY, scope), 1);
}
