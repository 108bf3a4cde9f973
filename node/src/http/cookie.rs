//! Cookies read and written. HttpOnly and SameSite=Strict always: no script and no other site ever has one.
//!
//! Not `Secure`: pages are served over plain HTTP on the machine or the hall's own network.

use axum::http::{HeaderMap, HeaderValue, header};

pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// `seconds` until it goes; none for as long as the browser is open. Values are words and hexadecimal digits only.
pub(super) fn set(name: &str, value: &str, seconds: Option<u64>) -> (header::HeaderName, HeaderValue) {
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}");
    let value = HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""));
    (header::SET_COOKIE, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_one_is_read_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; sanji_session=ff; b=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("sanji_lang=mn"));
        assert_eq!(read(&headers, "sanji_session").as_deref(), Some("ff"));
        assert_eq!(read(&headers, "sanji_lang").as_deref(), Some("mn"));
        assert_eq!(read(&headers, "session"), None);
        let (_, line) = set("x", "y", Some(0));
        assert_eq!(line, "x=y; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    }
}
