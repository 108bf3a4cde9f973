//! The accident this prevents: after a county-wide outage every village comes back at the same moment, and some of them
//! are left waiting or the county ends with less than what was answered. The full size is `tests/benches/storm.rs`.

use sanji_tests::storm::{Crew, Hands, Order, Shape, run};
use serde_json::Value;

/// A crew in this process.
struct Here {
    runtime: tokio::runtime::Handle,
    crew: Crew,
    order: Option<Order>,
}

impl Hands for Here {
    fn give(&mut self, order: Order) {
        self.order = Some(order);
    }

    fn answer(&mut self) -> Value {
        let order = self.order.take().expect("an order was given");
        self.runtime.block_on(self.crew.obey(order))
    }
}

#[test]
fn every_village_of_a_small_county_comes_back_at_once_and_all_agree() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let here = || Here { runtime: runtime.handle().clone(), crew: Crew::default(), order: None };
    let shape = Shape { towns: 2, villages: 8, cases: 5, spread_ms: 100 };
    let outcome = run(&shape, &mut here(), &mut here(), &mut [here()]);
    assert_eq!(outcome.villages.len(), shape.villages);
    for (village, arrivals) in &outcome.villages {
        assert_eq!(
            (arrivals.town.len(), arrivals.county.len()),
            (5, 5),
            "{village}: every case has both ticks"
        );
    }
    assert_eq!(outcome.update.len(), shape.towns + shape.villages, "an update reaches everybody else");
    assert_eq!(outcome.lists.map(|(_, rows)| rows), [4 * 5, 8 * 5]);
}
