//! One running node of the demonstration, asked through its local API as the command line asks.

use std::path::PathBuf;

use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use super::children::Ready;
use super::trouble::{Trouble, tail};
use crate::ask::Call;
use crate::failure::Failure;

pub struct Node {
    /// Name of the unit.
    pub name: String,
    /// Where other nodes reach it.
    pub link: String,
    /// Where browsers reach it.
    pub http: String,
    log: PathBuf,
    call: Call,
}

impl Node {
    pub fn new(name: String, ready: Ready, data: PathBuf, lang: Lang) -> Node {
        let call = Call { data: Some(data), lang, json: true };
        Node { name, link: ready.link, http: ready.http, log: ready.log, call }
    }

    pub fn ask(&self, command: Command) -> Result<Value, Failure> {
        match self.call.ask_node(&command) {
            Ok(Some(value)) => Ok(value),
            Ok(None) | Err(Failure::Gone(_)) => {
                Err(Trouble::Ended { unit: self.name.clone(), log: tail(&self.log) }.into())
            }
            Err(failure) => Err(failure),
        }
    }
}
