//! libFuzzer over the import of a file from a USB stick; the body is in `sanji_tests::fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sanji_tests::fuzz::bundle(data);
});
