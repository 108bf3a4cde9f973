//! libFuzzer over the intake of automerge changes; the body is in `sanji_tests::fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sanji_tests::fuzz::change(data);
});
