//! The accident this prevents: the end of the journal is lost on the disk, the node says that nothing is lost, deletes
//! the only copy that is left, and goes on writing where others have other entries.

use sanji_node::store::kv::{Kv, KvBroken, MemoryKv};
use sanji_node::store::record::Fact;
use sanji_node::store::{Old, Options, Rebuilt, Report, Store, StoreError};
use sanji_tests::disk::SimDisk;

fn open(disk: &SimDisk, kv: &MemoryKv, olds: &mut Vec<Old>) -> Result<(Store, Report), StoreError> {
    let mut open_kv = |old: Old| -> Result<Box<dyn Kv>, KvBroken> {
        olds.push(old);
        Ok(Box::new(if old == Old::Open { kv.clone() } else { MemoryKv::new() }))
    };
    Store::open(disk.files(), &mut open_kv, &Options::default(), &mut |_| {})
}

fn fact(name: &str, value: &str) -> Fact {
    Fact { name: name.into(), value: Some(value.into()) }
}

#[test]
fn a_journal_that_lost_its_end_is_named_and_its_facts_are_rescued() {
    for everything in [false, true] {
        let (disk, kv) = (SimDisk::new(), MemoryKv::new());
        let (mut store, _) = open(&disk, &kv, &mut Vec::new()).unwrap();
        store.commit(Vec::new(), vec![fact("epoch", "first")]).unwrap();
        store.commit(Vec::new(), vec![fact("epoch", "second")]).unwrap();
        drop(store);
        for (name, bytes) in disk.contents() {
            if everything {
                disk.lose(&name);
            } else {
                disk.tamper(&name, |file| file.truncate(bytes.len() - 5));
            }
        }
        let mut olds = Vec::new();
        let (store, report) = open(&disk, &kv, &mut olds).unwrap();
        assert_eq!(report.rebuilt, Some(Rebuilt::JournalLost), "everything: {everything}");
        assert_eq!(olds, [Old::Open, Old::Keep], "what is left of it is kept");
        assert!(store.has_lost_journal());
        assert_eq!(store.fact("epoch"), Some(b"second".as_slice()));
        let words = report.attention();
        assert!(
            !words.is_empty() && words.iter().all(|(en, _)| !en.contains("nothing is lost")),
            "{words:?}"
        );
    }
}
