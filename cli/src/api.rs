//! `sanji api`: the API for programs, as a document.

use clap::Subcommand;
use sanji_node::http;

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;

#[derive(Subcommand, Debug)]
pub enum Api {
    /// Print the OpenAPI document of this version / 输出本版本的 OpenAPI 文档
    Openapi,
}

impl Api {
    pub fn run(self, _: &Call) -> Result<Outcome, Failure> {
        match self {
            Api::Openapi => {
                let json = http::document();
                Ok(Outcome::Done { text: format!("{json:#}"), json })
            }
        }
    }
}
