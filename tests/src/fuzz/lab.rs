//! Where files are fed to a county: one machine a thread, made anew after some inputs so that it stays small.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use sanji_node::bundle::{self, Alone, BundleError, SealedReader, SealedWriter};
use sanji_node::command::Command;
use sanji_sync::batch::{Body, Codec};
use sanji_sync::change::ChangeHeader;
use sanji_sync::log::{ChangeBytes, genesis, next_link};
use sanji_sync::{DocId, Entry, Epoch, Frame, Link, LogId, Scope, Writer};

use super::Fate;
use crate::lone::{COUNTY, Founder, GUIDE, Lone, NOW, VILLAGE, unit};

/// Inputs after which a county is made anew.
const INPUTS_MAX: u32 = 200;

thread_local! {
    static LAB: RefCell<Option<Lab>> = const { RefCell::new(None) };
}

/// A county, and a hostile village with a good certificate.
pub struct Lab {
    county: Lone,
    village: Lone,
    /// Of the village's second epoch, which its own machine does not use.
    writer: Writer,
    head: (u64, Link),
    inputs: u32,
}

/// Runs in this thread's lab.
pub fn with<T>(work: impl FnOnce(&mut Lab) -> T) -> T {
    LAB.with_borrow_mut(|place| {
        // A lab in which something panicked stays gone.
        let mut lab = place.take().filter(|lab| lab.inputs < INPUTS_MAX).unwrap_or_else(Lab::new);
        lab.inputs += 1;
        let done = work(&mut lab);
        *place = Some(lab);
        done
    })
}

/// A county and a village that has registered two cases.
pub fn pair() -> (Lone, Lone) {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    let down = county.export(VILLAGE, false).expect("it is below");
    village.import(&down).expect("a good file");
    for name in ["甲", "乙"] {
        village.file_case(name);
    }
    (county, village)
}

/// The frames in a file.
pub fn frames_of(from: &mut Lone, to: &str) -> Vec<Vec<u8>> {
    let mut alone = Alone { machine: &mut from.machine, clock: || NOW };
    let mut packing = bundle::begin(&mut alone, to.to_owned(), None, true).expect("a unit above or below");
    std::iter::from_fn(|| packing.next_frame(from.machine.store())).map(|frame| frame.encode()).collect()
}

/// Keeps the message of a panic that is expected to be caught off standard error; none if there was one.
pub fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    thread_local! {
        static QUIET: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    QUIET.set(before);
    done
}

impl Lab {
    fn new() -> Lab {
        let (county, village) = pair();
        let writer = Writer::new(village.identity.key().signing().clone(), Epoch(2));
        let head = (1, genesis(&log_of(&writer)));
        Lab { county, village, writer, head, inputs: 0 }
    }

    /// The county takes a file, and must be as good as before.
    pub fn import(&mut self, file: &[u8]) -> Fate {
        let county = &mut self.county;
        let arrived = quietly(|| county.import(file)).expect("no file ends a node");
        let status = self.county.ask(Command::Status);
        assert_eq!(status["unit"], COUNTY);
        match arrived {
            Ok(_) => Fate::Taken,
            Err(BundleError::Sender(..)) => Fate::SetAside,
            Err(BundleError::Fault(..)) => Fate::Refused,
            Err(error) => panic!("no file does this: {error}"),
        }
    }

    /// A file of the village with these frames.
    pub fn sealed(&self, frames: &[&[u8]]) -> Vec<u8> {
        let mut file = Vec::new();
        let to = (self.county.identity.node(), unit(COUNTY));
        let sealed = SealedWriter::begin(&mut file, &self.village.identity, to, NOW);
        let mut sealed = sealed.expect("a good key");
        for frame in frames {
            sealed.frame(frame).expect("memory does not fail");
        }
        sealed.end().expect("memory does not fail");
        assert!(SealedReader::open(file.as_slice(), &self.county.identity).is_ok());
        file
    }

    /// A file with a change of a new case, signed by the village; none if its form is not good enough to be signed.
    pub fn signed(&mut self, mut change: Vec<u8>) -> Option<Vec<u8>> {
        let header = ChangeHeader::read(&change).ok()?;
        // Under the village's own actor, or it would be refused for that.
        let at = change.windows(16).position(|window| window == header.actor)?;
        change[at..at + 16].copy_from_slice(&self.writer.actor());
        let change = super::repaired(&change);
        let (height, prev) = self.head;
        let (log, doc) = (log_of(&self.writer), doc_of(height));
        let link = next_link(&prev, &doc, &change);
        let signature = Some(self.writer.sign(&log, height, &link));
        let entry = Entry { log, height, doc, change: ChangeBytes::from(change), link, signature };
        let body = Body::group(&[entry], |_| prev).expect("it is signed");
        self.head = (height + 1, link);
        Some(self.sealed(&[&Frame::batch(height, &body, Codec::HIGHEST).encode()]))
    }

    /// Entries of the hostile log that the county holds.
    pub fn held(&self) -> u64 {
        self.county.machine.hub().heads().height(&log_of(&self.writer))
    }

    pub fn county(&mut self) -> &mut Lone {
        &mut self.county
    }
}

fn log_of(writer: &Writer) -> LogId {
    LogId { scope: Scope::Cases(unit(VILLAGE)), node: writer.node(), epoch: writer.epoch }
}

fn doc_of(height: u64) -> DocId {
    let mut id = [0xee; 16];
    id[8..].copy_from_slice(&height.to_be_bytes());
    DocId(id)
}
