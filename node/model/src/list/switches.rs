//! What the lists that hold on a day mean for one item: the question that case rules ask.
//!
//! Pure: the same lists, the same day, the same answer on every node.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{ItemRef, ListKind, PublishedList, in_force};

/// The lists that hold an item, by what they do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Switches<'a> {
    lists: BTreeMap<ListKind, Vec<&'a PublishedList>>,
}

/// The lists among `published` that are in force on `day` and hold the item.
pub fn switches<'a>(
    published: impl IntoIterator<Item = &'a PublishedList>,
    item: &ItemRef,
    day: Date,
) -> Switches<'a> {
    let mut lists: BTreeMap<ListKind, Vec<&PublishedList>> = BTreeMap::new();
    for one in in_force(published, day) {
        if one.list.items.iter().any(|listed| listed.is(item)) {
            lists.entry(one.list.kind).or_default().push(one);
        }
    }
    Switches { lists }
}

impl<'a> Switches<'a> {
    /// Whether a list of this kind holds the item.
    pub fn has(&self, kind: ListKind) -> bool {
        self.lists.contains_key(&kind)
    }

    /// The lists of a kind that hold it, in order of their ids.
    pub fn of(&self, kind: ListKind) -> &[&'a PublishedList] {
        self.lists.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Every list that holds it, with what it does.
    pub fn all(&self) -> impl Iterator<Item = (ListKind, &'a PublishedList)> {
        self.lists.iter().flat_map(|(kind, lists)| lists.iter().map(|list| (*kind, *list)))
    }
}
