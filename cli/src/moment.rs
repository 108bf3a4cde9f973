//! Times, spans and sizes as people read them, times by China's civil time.

use indicatif::HumanBytes;
use jiff::Timestamp;
use jiff::tz::Offset;
use sanji_model::lang::Lang;
use serde_json::Value;

const CHINA: Offset = Offset::constant(8);

/// Milliseconds since 1970 as `2026-11-24 19:29:09`; a dash when there is none.
pub fn time(value: &Value) -> String {
    let seconds = value.as_i64().map(|ms| ms.div_euclid(1_000));
    let timestamp = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    timestamp.map_or_else(|| "–".to_owned(), |at| CHINA.to_datetime(at).to_string().replace('T', " "))
}

/// Milliseconds as days, hours and minutes.
pub fn span(ms: u64, lang: Lang) -> String {
    let minutes = ms / 60_000;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (lang, days, hours) {
        (Lang::Zh, 0, 0) => format!("{minutes} 分钟"),
        (Lang::Zh, 0, _) => format!("{hours} 小时 {minutes} 分"),
        (Lang::Zh, _, _) => format!("{days} 天 {hours} 小时"),
        (Lang::En, 0, 0) => format!("{minutes} min"),
        (Lang::En, 0, _) => format!("{hours} h {minutes} min"),
        (Lang::En, _, _) => format!("{days} d {hours} h"),
    }
}

/// Bytes in the largest unit that fits.
pub fn bytes(value: &Value) -> String {
    HumanBytes(value.as_u64().unwrap_or(0)).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_chinas() {
        assert_eq!(time(&json!(1_770_652_800_000_u64)), "2026-02-10 00:00:00");
        assert_eq!(time(&Value::Null), "–");
        assert_eq!(time(&json!(u64::MAX)), "–");
    }

    #[test]
    fn spans_and_sizes_take_the_unit_that_fits() {
        assert_eq!(span(59_000, Lang::En), "0 min");
        assert_eq!(span(3_720_000, Lang::Zh), "1 小时 2 分");
        assert_eq!(span(90_000_000, Lang::En), "1 d 1 h");
        assert_eq!(bytes(&json!(2_097_152)), "2.00 MiB");
    }
}
