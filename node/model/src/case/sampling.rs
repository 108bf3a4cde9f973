//! The monthly sample of items that are inspected (DOMAIN §4): at least a tenth every month, all of them within a year.
//!
//! Drawn from a published seed, so that anyone can draw it again. Knows no case and no clock.

use super::period::Month;

/// The items of a month among all of the year, in the order in which they were drawn.
///
/// The seed puts the year's items into one order; each month takes the next twelfth of it and as many after that as make
/// a tenth. Twelve twelfths are the whole, so that no item is left out within a year.
pub fn sample<'a>(seed: &str, month: Month, items: &[&'a str]) -> Vec<&'a str> {
    let mut order: Vec<(blake3::Hash, &str)> =
        items.iter().map(|item| (rank(seed, month.year, item), *item)).collect();
    order.sort_by(|a, b| (a.0.as_bytes(), a.1).cmp(&(b.0.as_bytes(), b.1)));
    order.dedup();
    let count = order.len();
    let from = count * (month.month as usize - 1) / 12;
    let to = count * month.month as usize / 12;
    let taken = (to - from).max(count.div_ceil(10));
    (from..from + taken).map(|at| order[at % count].1).collect()
}

/// Where the seed puts an item in the year's order.
fn rank(seed: &str, year: i16, item: &str) -> blake3::Hash {
    blake3::hash(format!("{seed}\n{year}\n{item}").as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_tenth_a_month_and_all_within_the_year(count in 1usize..300, seed in "[a-z]{1,8}") {
            let names: Vec<String> = (0..count).map(|n| format!("item {n}")).collect();
            let items: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut year = BTreeSet::new();
            for month in 1..=12 {
                let drawn = sample(&seed, Month { year: 2026, month }, &items);
                let distinct: BTreeSet<_> = drawn.iter().collect();
                prop_assert_eq!(distinct.len(), drawn.len(), "nothing twice in a month");
                prop_assert!(drawn.len() * 10 >= count);
                year.extend(drawn);
            }
            prop_assert_eq!(year.len(), count);
            let mut turned = items.clone();
            turned.reverse();
            let month = Month { year: 2026, month: 5 };
            prop_assert_eq!(sample(&seed, month, &items), sample(&seed, month, &turned), "whatever their order");
        }
    }
}
