//! sled's files deleted, shortened and damaged between two runs.
//!
//! It may come back with what it had after some earlier batch, or not at all; the journal brings it up to date. It may
//! not come back with anything else, panic, or hang.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use sanji_node::store::kv::{
    Batch, Kv, KvBroken, KvError, Order, Pair, SledKv, Span, VALUE_BYTES_MAX, Visit,
};

const CACHE_BYTES: u64 = 1 << 20;
/// How long the store is given, and how long the test then waits for anything at all.
const PATIENCE: Duration = Duration::from_secs(20);
const HANGS: Duration = Duration::from_secs(60);

type Contents = BTreeMap<Vec<u8>, Vec<u8>>;

/// Batch number `n` of the run: overwrites, deletes, and says how far it is, as the node does.
fn batch(n: u32) -> Batch {
    let mut batch = Batch::new();
    batch.put("position", n.to_be_bytes());
    for i in 0..12 {
        let key = format!("key {:03}", (n * 7 + i * 13) % 90);
        if (n + i).is_multiple_of(5) {
            batch.delete(key)
        } else {
            batch.put(key, vec![(n ^ i) as u8; 100 + n as usize])
        }
    }
    batch
}

/// Two runs of a store in `path`, the second one opened over the first; what it held after each batch.
fn two_runs(path: &Path) -> Vec<Contents> {
    let mut states = vec![Contents::new()];
    for run in 0..2 {
        let kv = SledKv::open(path, CACHE_BYTES).unwrap();
        for n in run * 40..run * 40 + 40 {
            let mut state = states.last().unwrap().clone();
            for (key, value) in batch(n).changes() {
                match value {
                    Some(value) => state.insert(key.to_vec(), value.to_vec()),
                    None => state.remove(key),
                };
            }
            states.push(state);
            kv.apply(batch(n)).unwrap();
        }
        kv.flush().unwrap();
    }
    states
}

fn read(kv: &dyn Kv, order: Order) -> Result<Vec<Pair>, KvError> {
    kv.pairs(&Span::all(), order, usize::MAX)
}

/// Opens and reads the store on a thread of its own. None if it is broken and says so.
fn open_and_read(path: &Path) -> Option<Contents> {
    let (answer, wait) = mpsc::channel();
    let path = path.to_owned();
    std::thread::spawn(move || {
        let contents =
            SledKv::open_within(&path, CACHE_BYTES, PATIENCE).map_err(KvError::from).and_then(|kv| {
                let forwards = read(&kv, Order::Forwards)?;
                let mut backwards = read(&kv, Order::Backwards)?;
                backwards.reverse();
                assert_eq!(forwards, backwards);
                for (key, value) in &forwards {
                    assert_eq!(kv.get(key)?.as_ref(), Some(value));
                }
                Ok(forwards.into_iter().collect())
            });
        answer.send(contents).unwrap();
    });
    match wait.recv_timeout(HANGS).expect("the store neither hangs nor panics") {
        Ok(contents) => Some(contents),
        Err(KvError::Broken(broken)) => {
            assert!(broken.rebuild_helps(), "{broken}");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The accident: an index with half of yesterday and half of today in it, and a case that is in one list and not in the
/// other; or a node that never comes up again because its index does not open.
#[test]
fn a_damaged_store_is_an_earlier_one_or_says_that_it_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let states = two_runs(&original);
    assert_eq!(open_and_read(&original).as_ref(), states.last());

    let mut files: Vec<_> = std::fs::read_dir(&original)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name())
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    let (mut same, mut earlier, mut broken) = (0, 0, 0);
    for name in files {
        let bytes = std::fs::read(original.join(&name)).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
        let mut damaged: Vec<Option<Vec<u8>>> = vec![None, Some(Vec::new())];
        for part in 0..12 {
            let at = used * part / 12;
            damaged.push(Some(bytes[..at].to_vec()));
            for (len, change) in [(1, 0xFFu8), (1, 1), (512, 0xA5)] {
                let mut bytes = bytes.clone();
                bytes.iter_mut().skip(at).take(len).for_each(|byte| *byte ^= change);
                damaged.push(Some(bytes));
            }
            let mut zeroed = bytes.clone();
            zeroed.iter_mut().skip(at).take(4096).for_each(|byte| *byte = 0);
            damaged.push(Some(zeroed));
        }
        for (n, bytes) in damaged.into_iter().enumerate() {
            let path = dir.path().join(format!("{} {n}", name.display()));
            copy(&original, &path);
            match bytes {
                Some(bytes) => std::fs::write(path.join(&name), bytes).unwrap(),
                None => std::fs::remove_file(path.join(&name)).unwrap(),
            }
            match open_and_read(&path) {
                Some(contents) if Some(&contents) == states.last() => same += 1,
                Some(contents) => {
                    assert!(states.contains(&contents), "{}: a state that never was", path.display());
                    earlier += 1;
                }
                None => {
                    broken += 1;
                    SledKv::destroy(&path).unwrap();
                    assert_eq!(open_and_read(&path), Some(Contents::new()));
                }
            }
            std::fs::remove_dir_all(&path).unwrap();
        }
    }
    assert!(same > 0 && earlier > 0 && broken > 0, "{same} {earlier} {broken}");
}

/// The accident: the snapshot of the page table is damaged, and the store refuses to open although all data is there.
#[test]
fn without_its_snapshot_everything_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let states = two_runs(dir.path());
    let snapshots = || {
        std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("snap."))
    };
    let snapshot = snapshots().next().expect("sled keeps a snapshot");
    let mut bytes = std::fs::read(&snapshot).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&snapshot, bytes).unwrap();
    assert_eq!(open_and_read(dir.path()).as_ref(), states.last());
}

/// The accident: a second process finds the store locked, takes it for broken, and deletes it under the first one.
#[test]
fn a_store_in_use_is_not_taken_for_a_broken_one() {
    let dir = tempfile::tempdir().unwrap();
    let kv = SledKv::open(dir.path(), CACHE_BYTES).unwrap();
    kv.apply(batch(1)).unwrap();
    let second = SledKv::open(dir.path(), CACHE_BYTES).unwrap_err();
    assert!(matches!(second, KvBroken::InUse { .. }) && !second.rebuild_helps(), "{second}");
    assert_eq!(kv.get(b"position").unwrap(), Some(1u32.to_be_bytes().to_vec()));
}

/// Both implementations answer alike.
#[test]
fn sled_and_memory_agree() {
    let dir = tempfile::tempdir().unwrap();
    let (sled, memory) =
        (SledKv::open(dir.path(), CACHE_BYTES).unwrap(), sanji_node::store::kv::MemoryKv::new());
    let both: [&dyn Kv; 2] = [&sled, &memory];
    for kv in both {
        for n in 0..30 {
            kv.apply(batch(n)).unwrap();
        }
        let mut edges = Batch::new();
        for key in [&b"\xff"[..], b"\xff\xff", b"key", b"key\0", b"kez"] {
            edges.put(key, key);
        }
        kv.apply(edges).unwrap();
        kv.flush().unwrap();
    }
    let spans = [
        Span::all(),
        Span::prefix("key"),
        Span::prefix("key 0"),
        Span::prefix(*b"\xff"),
        Span::between("key 010", "key 020"),
        Span::between("key 020", "key 010"),
        Span::prefix("key ").after(b"key 050"),
        Span::prefix("key ").before(b"key 050"),
        Span::prefix("nothing"),
    ];
    for span in spans {
        for order in [Order::Forwards, Order::Backwards] {
            for limit in [0, 1, 7, usize::MAX] {
                let [sled, memory] = both.map(|kv| kv.pairs(&span, order, limit).unwrap());
                assert_eq!(sled, memory, "{span:?} {order:?} {limit}");
            }
        }
    }
    for kv in both {
        let mut seen = 0;
        kv.scan(&Span::all(), Order::Forwards, &mut |_, _| {
            seen += 1;
            if seen == 3 { Visit::Stop } else { Visit::Continue }
        })
        .unwrap();
        assert_eq!(seen, 3);

        // A refused batch changes nothing, whichever of its changes is at fault.
        let before = read(kv, Order::Forwards).unwrap();
        for (key, value) in
            [(vec![1; 513], vec![]), (vec![], vec![]), (vec![1], vec![0; VALUE_BYTES_MAX + 1])]
        {
            let mut refused = batch(99);
            refused.put(key, value);
            let why = kv.apply(refused).unwrap_err();
            assert!(matches!(why, KvError::KeySize(_) | KvError::ValueTooLarge(_)));
        }
        assert_eq!(read(kv, Order::Forwards).unwrap(), before);
        assert!(kv.size_bytes().unwrap() > 0);
    }
}
