//! The pages that stand beside each other, as tabs: those of the administration, and those of work on guides.

use super::gate::{Access, Visitor};
use super::once::AGAIN;
use super::roles;
use super::shell::{Link, is_below};

/// Address, words, and for whom.
type Tab = (&'static str, &'static str, Access);

pub(super) const ADMINISTRATION: &[Tab] = &[
    ("/tree", "adm-tree", Access::Roles(roles::HALL)),
    ("/units", "adm-units", Access::Roles(roles::ADMINISTRATORS)),
    ("/users", "adm-users", Access::Roles(roles::ADMINISTRATORS)),
    ("/invitations", "adm-invitations", Access::Roles(roles::ADMINISTRATORS)),
    ("/revocations", "adm-revocations", Access::Roles(roles::ADMINISTRATORS)),
    ("/calendar", "adm-calendar", Access::Roles(roles::ADMINISTRATORS)),
    ("/lists", "adm-lists", Access::Roles(roles::LISTS)),
];

pub(super) const GUIDES: &[Tab] = &[
    ("/drafts", "gd-drafts", Access::Roles(roles::DRAFTS)),
    ("/corrections", "gd-corrections", Access::Roles(roles::DRAFTS)),
    ("/imports", "gd-import", Access::Roles(roles::EDITORS)),
];

/// The tabs that somebody may open, the one that is open marked.
pub(super) fn shown(tabs: &[Tab], visitor: &Visitor) -> Vec<Link> {
    let shell = visitor.shell();
    let open = tabs.iter().filter(|(_, _, access)| visitor.may(*access));
    open.map(|(href, key, _)| Link {
        href: (*href).to_owned(),
        words: shell.t(key),
        tag: "",
        is_current: is_below(visitor.uri.path(), href),
    })
    .collect()
}

/// What was done before this page was asked for again, in words; empty if nothing.
pub(super) fn done(visitor: &Visitor) -> String {
    const DONE: &[(&str, &str)] = &[
        ("saved", "adm-done-saved"),
        ("disabled", "adm-done-disabled"),
        ("absent", "adm-done-absent"),
        ("password", "adm-done-password"),
        ("revoked", "adm-done-revoked"),
        ("ended", "adm-done-ended"),
        ("token-ended", "adm-done-token-ended"),
        ("settled", "adm-done-settled"),
        ("published", "adm-done-published"),
        ("answered", "adm-done-answered"),
        ("stepped", "adm-done-stepped"),
        ("asked", "gd-done-asked"),
        (AGAIN, "form-again"),
    ];
    let deed = visitor.done.as_deref();
    let known = DONE.iter().find(|(done, _)| Some(*done) == deed);
    known.map(|(_, key)| visitor.shell().t(key)).unwrap_or_default()
}
