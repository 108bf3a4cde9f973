//! The pages of a node, asked for as a browser without script does.
//!
//! The accident it prevents: somebody without the role sees a person's data, a form from elsewhere does something, or one
//! that is sent twice does it twice.

#[path = "pages/below.rs"]
mod below;
#[path = "pages/forms.rs"]
mod forms;
#[path = "pages/logs.rs"]
mod logs;
#[path = "pages/personas.rs"]
mod personas;
#[path = "pages/roles.rs"]
mod roles;
#[path = "pages/sign_in.rs"]
mod sign_in;
#[path = "pages/weight.rs"]
mod weight;
