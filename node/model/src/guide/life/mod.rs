//! The life of a draft (DOMAIN §2.2): acts that people did to it, each naming the content it is about, and the state that
//! follows from them. The state is never a field: it is the fold of the acts over the content as it is now.
//!
//! An edit changes the content, so whatever was signed before it stands for something else and falls away by itself.
//! Knows no published version's life: `standing` does.

mod act;
mod fold;
mod not_done;

pub use act::{Act, DraftStep, acts, put_act};
pub use fold::{Life, Stage, Verdict};
pub use not_done::NotDone;
