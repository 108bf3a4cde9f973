//! Trains the dictionary of batch codec 2 on made-up cases and guides: `dictionary FILE [BYTES]`.
//!
//! Run it for a new codec only: the file is part of codec 2, and what it held is how codec 2 is read for ever.

#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use sanji_sync::batch::Body;
use sanji_sync::stream::link_before;
use sanji_sync::{Entry, codec};
use sanji_tests::made::{Made, Plan};

/// Measured in decision 9.
const DICTIONARY_BYTES: usize = 32 * 1024;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(path) = args.next() else {
        eprintln!(
            "usage: dictionary FILE [BYTES]\ntrains the dictionary of batch codec 2 and writes it to FILE"
        );
        return ExitCode::from(2);
    };
    let bytes = args.next().and_then(|text| text.parse().ok()).unwrap_or(DICTIONARY_BYTES);
    let samples = samples();
    let dictionary = zstd::dict::from_samples(&samples, bytes).expect("enough samples");
    if let Err(error) = std::fs::write(&path, &dictionary) {
        eprintln!("{path}: {error}");
        return ExitCode::FAILURE;
    }
    println!("{} samples, {} bytes, BLAKE3 {}", samples.len(), dictionary.len(), blake3::hash(&dictionary));
    ExitCode::SUCCESS
}

/// Bodies of one entry and of few, from villages of several counties.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for (seed, county) in [(1, "990101"), (2, "990203"), (3, "980304"), (4, "970105"), (5, "960206")] {
        let lived =
            Plan { seed, county, villages: 3, cases: 60, events: (5, 13), days: 9, news: 0, texts: 0 };
        let made = Made::of(&lived);
        for few in [1, 1, 3, 10] {
            samples.extend(made.entries.chunks(few).map(|entries| sample(&made, entries)));
        }
    }
    samples
}

fn sample(made: &Made, entries: &[Entry]) -> Vec<u8> {
    let before = |first: &Entry| link_before(made, &first.log, first.height).expect("it was made");
    codec::layout(&Body::group(entries, before).expect("every entry is signed"))
}
