//! libFuzzer over batch decompression and verification, every codec; the body is in `sanji_tests::fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sanji_tests::fuzz::batch(data);
});
