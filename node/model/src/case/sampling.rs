//! The monthly sample of items that are inspected (DOMAIN §4): at least a tenth every month, all of them within the year.
//!
//! Drawn from a seed that is published once a year, month after month from the first one on, so that anyone can draw it
//! again at any time. Knows no guide, no case and no clock: which items were in force when is an argument.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::period::Month;
use crate::lang::{Lang, Say, say_in_english};

/// Characters of a seed.
pub const SEED_CHARS_MAX: usize = 200;

/// Months in which an item's turn comes, its first one included: a tenth a month is ten of them.
const MONTHS_TO_TURN: i8 = 10;

/// What a year is drawn from, as the county published it. It never changes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seed {
    pub text: String,
    pub published_on: Date,
}

impl Seed {
    /// A seed as it is kept.
    pub fn new(text: &str, published_on: Date) -> Result<Seed, NotDrawn> {
        let text = text.trim();
        let fits = (1..=SEED_CHARS_MAX).contains(&text.chars().count());
        match fits && !text.chars().any(char::is_control) {
            true => Ok(Seed { text: text.to_owned(), published_on }),
            false => Err(NotDrawn::BadSeed),
        }
    }

    /// The first month of a year that is drawn: the one in which the seed was published, or January.
    pub fn begins(&self, year: i16) -> Month {
        Month::of(self.published_on).max(Month { year, month: 1 })
    }
}

/// The draw of one month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draw<'a> {
    pub month: Month,
    /// Items in force on its first day.
    pub of: usize,
    /// In the order in which they were drawn.
    pub items: Vec<&'a str>,
}

/// The draws of a year from the first one up to `last`. `items` says of each code in which months of the year it was in
/// force, that is on the first day of them; what comes later than `last` is not looked at.
///
/// An item's turn comes within ten months from its first one, and by December. A month takes a tenth of the items in force,
/// and more where those that wait would otherwise not all come in time: for each month to come, those that are due by then
/// spread over the months until then. Those that are due first are taken first, and where the seed says so among those of one
/// day; are fewer waiting, then those again whose turn is longest ago.
///
/// So an item that is in force in each month from its first to its turn is drawn once at least, and so is whatever is in
/// force in December. Which those are depends on nothing that comes after: a draw of May is the same in May and in October.
pub fn draws<'a>(seed: &Seed, last: Month, items: &'a BTreeMap<String, BTreeSet<i8>>) -> Vec<Draw<'a>> {
    let first = seed.begins(last.year);
    if first > last {
        return Vec::new();
    }
    let mut drawn_in: BTreeMap<&str, i8> = BTreeMap::new();
    let mut draws = Vec::new();
    for month in first.month..=last.month {
        let in_force = items.iter().filter(|(_, months)| months.contains(&month));
        let (mut waiting, mut again) = (Vec::new(), Vec::new());
        for (code, months) in in_force {
            let rank = rank(&seed.text, last.year, code);
            match drawn_in.get(code.as_str()) {
                Some(before) => again.push((*before, *rank.as_bytes(), code.as_str())),
                None => {
                    let since = months.range(first.month..).next().copied().unwrap_or(month);
                    let turn = (since + MONTHS_TO_TURN - 1).min(12).max(month);
                    waiting.push((turn, *rank.as_bytes(), code.as_str()));
                }
            }
        }
        waiting.sort_unstable();
        again.sort_unstable();
        let of = waiting.len() + again.len();
        let in_time = (month..=12).map(|due| {
            let by_then = waiting.partition_point(|(turn, ..)| *turn <= due);
            by_then.div_ceil((due - month + 1) as usize)
        });
        let wanted = in_time.max().unwrap_or_default().max(of.div_ceil(10));
        let order = waiting.into_iter().chain(again);
        let items: Vec<&str> = order.take(wanted).map(|(.., code)| code).collect();
        drawn_in.extend(items.iter().map(|code| (*code, month)));
        draws.push(Draw { month: Month { year: last.year, month }, of, items });
    }
    draws
}

/// Where the seed puts an item among others of a year.
fn rank(seed: &str, year: i16, code: &str) -> blake3::Hash {
    blake3::hash(format!("{seed}\n{year}\n{code}").as_bytes())
}

/// Why there is no draw, or no seed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotDrawn {
    /// Nobody published the year's seed.
    NoSeed {
        year: i16,
    },
    /// The year has a seed already.
    SeedStands {
        year: i16,
        seed: Seed,
    },
    BadSeed,
    /// Of a year that is over nothing can be drawn any more.
    YearOver {
        year: i16,
    },
    /// What is in force on its first day is not known before.
    NotBegun {
        month: Month,
    },
    /// The seed was published after that month.
    BeforeSeed {
        month: Month,
        published_on: Date,
    },
    /// Only the county holds the guides of all items.
    NotCounty,
}

impl Say for NotDrawn {
    fn code(&self) -> &'static str {
        match self {
            NotDrawn::NoSeed { .. } => "SAMPLE_NO_SEED",
            NotDrawn::SeedStands { .. } => "SAMPLE_SEED_STANDS",
            NotDrawn::BadSeed => "SAMPLE_SEED",
            NotDrawn::YearOver { .. } => "SAMPLE_YEAR_OVER",
            NotDrawn::NotBegun { .. } => "SAMPLE_NOT_BEGUN",
            NotDrawn::BeforeSeed { .. } => "SAMPLE_BEFORE_SEED",
            NotDrawn::NotCounty => "SAMPLE_NOT_COUNTY",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (NotDrawn::NoSeed { year }, Lang::Zh) => {
                format!("{year} 年的抽查种子尚未公布：请由县级系统管理员先公布")
            }
            (NotDrawn::NoSeed { year }, Lang::En) => {
                format!("no seed is published for {year}: an administrator of the county publishes it first")
            }
            (NotDrawn::SeedStands { year, seed }, Lang::Zh) => format!(
                "{year} 年的抽查种子“{}”已于 {} 公布，不能更改：全年的抽查都以它为准",
                seed.text, seed.published_on
            ),
            (NotDrawn::SeedStands { year, seed }, Lang::En) => format!(
                "the seed of {year}, “{}”, was published on {} and stays: the whole year is drawn from it",
                seed.text, seed.published_on
            ),
            (NotDrawn::BadSeed, Lang::Zh) => {
                format!("种子应为一行文字，1 至 {SEED_CHARS_MAX} 个字符，如某日某期彩票的开奖号码")
            }
            (NotDrawn::BadSeed, Lang::En) => format!(
                "a seed is one line of 1 to {SEED_CHARS_MAX} characters, such as the numbers of a named lottery draw"
            ),
            (NotDrawn::YearOver { year }, Lang::Zh) => format!("{year} 年已经结束，不能再公布种子"),
            (NotDrawn::YearOver { year }, Lang::En) => {
                format!("{year} is over: publish a seed for this year or a later one")
            }
            (NotDrawn::NotBegun { month }, Lang::Zh) => {
                format!("{month} 还没有开始，抽查以当月一日在办的事项为准：请到时再抽")
            }
            (NotDrawn::NotBegun { month }, Lang::En) => {
                format!(
                    "{month} has not begun: it is drawn among the items in force on its first day, so draw then"
                )
            }
            (NotDrawn::BeforeSeed { month, published_on }, Lang::Zh) => {
                format!("种子于 {published_on} 公布，{month} 没有抽查：请选公布当月或以后的月份")
            }
            (NotDrawn::BeforeSeed { month, published_on }, Lang::En) => format!(
                "the seed was published on {published_on}, so {month} was not drawn: choose that month or a later one"
            ),
            (NotDrawn::NotCounty, Lang::Zh) => "抽查由县级节点进行：只有那里有全部事项的指南".to_owned(),
            (NotDrawn::NotCounty, Lang::En) => {
                "the county's node draws: it alone holds the guides of all items; ask there".to_owned()
            }
        }
    }
}

say_in_english!(NotDrawn);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Items = BTreeMap<String, BTreeSet<i8>>;

    fn seed(published: (i16, i8)) -> Seed {
        Seed::new("双色球 2026001 期", Date::new(published.0, published.1, 15).unwrap()).unwrap()
    }

    fn month(month: i8) -> Month {
        Month { year: 2026, month }
    }

    /// Items that come, go, rest for a while and come again, as guides do.
    fn changing() -> impl Strategy<Value = Items> {
        let one = (any::<u16>(), any::<bool>()).prop_map(|(bits, whole)| {
            (1..=12).filter(|month| whole || bits >> month & 1 == 1).collect::<BTreeSet<i8>>()
        });
        proptest::collection::vec(one, 0..120).prop_map(|all| {
            all.into_iter().enumerate().map(|(n, months)| (format!("X{n}"), months)).collect()
        })
    }

    proptest! {
        /// The guarantee, whatever comes and goes: a tenth at least every month; whatever is in force from its first month to
        /// its turn, and whatever is in force in December, is drawn.
        #[test]
        fn a_tenth_a_month_and_whatever_stays_within_the_year(items in changing(), from in 1i8..=12) {
            let draws = draws(&seed((2026, from)), month(12), &items);
            prop_assert_eq!(draws.len(), (13 - from) as usize);
            let mut drawn: BTreeSet<(&str, i8)> = BTreeSet::new();
            for draw in &draws {
                let now = draw.month.month;
                prop_assert_eq!(draw.of, items.values().filter(|months| months.contains(&now)).count());
                prop_assert!(draw.items.len() * 10 >= draw.of);
                prop_assert!(draw.items.iter().all(|code| items[*code].contains(&now)), "only what is in force");
                let count = draw.items.len();
                drawn.extend(draw.items.iter().map(|code| (*code, now)));
                prop_assert_eq!(draw.items.iter().collect::<BTreeSet<_>>().len(), count, "nothing twice in a month");
            }
            for (code, months) in &items {
                let Some(first) = months.range(from..).next().copied() else { continue };
                let turn = (first + 9).min(12);
                let stays = (first..=turn).all(|month| months.contains(&month));
                if stays {
                    let in_time = drawn.iter().any(|(of, at)| of == code && *at <= turn);
                    prop_assert!(in_time, "{code} is drawn by {turn}");
                }
                if months.contains(&12) {
                    prop_assert!(drawn.iter().any(|(of, _)| of == code), "{code} is in force in December");
                }
            }
        }

        /// What a month's draw is does not hang on what comes after it.
        #[test]
        fn drawn_again_later_it_is_the_same(items in changing(), at in 1i8..=12) {
            let then: Items = items
                .iter()
                .map(|(code, months)| (code.clone(), months.range(..=at).copied().collect::<BTreeSet<i8>>()))
                .filter(|(_, months)| !months.is_empty())
                .collect();
            let (then, later) = (draws(&seed((2025, 12)), month(at), &then), draws(&seed((2025, 12)), month(12), &items));
            prop_assert_eq!(then.last(), later.get(at as usize - 1));
        }
    }

    #[test]
    fn what_never_changes_is_through_in_ten_months_and_begins_again() {
        let items: Items = (0..100).map(|n| (format!("X{n}"), (1..=12).collect())).collect();
        let draws = draws(&seed((2025, 12)), month(12), &items);
        assert!(draws.iter().all(|draw| draw.items.len() == 10), "a tenth and no more");
        let ten: BTreeSet<&str> = draws[..10].iter().flat_map(|draw| draw.items.iter().copied()).collect();
        assert_eq!(ten.len(), 100);
        let sorted =
            |draw: &Draw<'_>| draw.items.iter().map(|code| code.to_string()).collect::<BTreeSet<_>>();
        assert_eq!([sorted(&draws[10]), sorted(&draws[11])], [sorted(&draws[0]), sorted(&draws[1])]);
    }

    #[test]
    fn another_seed_draws_others_and_one_published_late_begins_late() {
        let items: Items = (0..100).map(|n| (format!("X{n}"), (1..=12).collect())).collect();
        let other = Seed { text: "另一期".into(), ..seed((2025, 12)) };
        assert_ne!(draws(&seed((2025, 12)), month(1), &items), draws(&other, month(1), &items));
        assert_eq!(draws(&seed((2026, 7)), month(6), &items), []);
        let half = draws(&seed((2026, 7)), month(12), &items);
        assert_eq!(half.iter().map(|draw| draw.items.len()).collect::<Vec<_>>(), [17, 17, 17, 17, 16, 16]);
    }

    #[test]
    fn a_seed_is_one_line() {
        let on = Date::constant(2026, 1, 5);
        assert_eq!(Seed::new(" a b ", on).map(|seed| seed.text), Ok("a b".to_owned()));
        for bad in ["", " ", "a\nb", &"x".repeat(201)] {
            assert_eq!(Seed::new(bad, on), Err(NotDrawn::BadSeed), "{bad:?}");
        }
    }
}
