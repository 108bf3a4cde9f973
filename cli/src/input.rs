//! Files that a person hands in, read as UTF-8 text.
//!
//! Knows no format; who reads the text names the file in what it finds wrong.

use std::path::Path;

use crate::failure::Failure;

/// A file's text and the name to use for it in problems, which is the path as it was given.
pub struct Input {
    pub text: String,
    pub file: String,
}

impl Input {
    pub fn read(path: &Path) -> Result<Input, Failure> {
        let bytes = std::fs::read(path).map_err(|error| Failure::File(path.to_owned(), error))?;
        let text = String::from_utf8(bytes)
            .map_err(|error| Failure::NotUtf8(path.to_owned(), error.utf8_error().valid_up_to()))?;
        Ok(Input { text, file: path.display().to_string() })
    }
}
