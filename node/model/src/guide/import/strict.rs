//! JSON in which no object names a key twice.
//!
//! Readers usually keep the last of two and drop the first in silence; here nothing may be dropped.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::report::Fault;

/// Reads one JSON text.
pub(super) fn parse(text: &str) -> Result<Value, Fault> {
    serde_json::from_str::<Strict>(text).map(|read| read.0).map_err(|why| {
        // serde counts lines inside this one text; the file's line is said elsewhere.
        let words = why.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        // serde counts bytes, an editor characters.
        let before = text.bytes().zip(1..why.column()).filter(|(byte, _)| byte & 0xC0 != 0x80).count();
        Fault::Json { column: before + 1, why: words.to_owned() }
    })
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Strict, D::Error> {
        d.deserialize_any(AnyValue).map(Strict)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("key “{key}” stands twice")));
            }
            let Strict(value) = map.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_serde_json_but_for_twins() {
        let text = r#"{"a":[1,-2,0.5,null,true,"x\n"],"b":{"c":{}}}"#;
        assert_eq!(parse(text), Ok(serde_json::from_str(text).unwrap()));
        let Err(Fault::Json { why, .. }) = parse(r#"{"a":{"b":1,"b":2}}"#) else { panic!("twins passed") };
        assert_eq!(why, "key “b” stands twice");
        let deep = "[".repeat(100_000);
        assert!(matches!(parse(&deep), Err(Fault::Json { .. })));
    }
}
