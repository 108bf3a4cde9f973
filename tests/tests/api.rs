//! The API of a node, asked for as a program does, with a token.
//!
//! The accident it prevents: a program does a thing twice or not at all and does not know, sees what its user may not see, or
//! misses a change; or the document says what the program does not do.

#[path = "api/changes.rs"]
mod changes;
#[path = "api/counterparts.rs"]
mod counterparts;
#[path = "api/document.rs"]
mod document;
#[path = "api/program.rs"]
mod program;
#[path = "api/requests.rs"]
mod requests;
#[path = "api/schemathesis.rs"]
mod schemathesis;
#[path = "api/shapes.rs"]
mod shapes;
