//! What a bundle asks for: each material that several of its items share, once.
//!
//! Knows no document; the caller brings the guides of the items.

use crate::guide::{Guide, Material, Necessity};

/// A material that a bundle asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Under the first name that it has; of the counts the greatest, required if any item requires it.
    pub material: Material,
    /// The places of the guides that need it, in the order in which they were given.
    pub guides: Vec<usize>,
}

/// The materials of all guides together, in the order in which they first come.
///
/// Two rows are one material when they have the same name and are asked for in the same circumstances. It may come later
/// or be replaced by a certificate only if every item allows it.
pub fn asked(guides: &[&Guide]) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for (place, guide) in guides.iter().enumerate() {
        for row in guide.materials.given().into_iter().flatten() {
            match all.iter_mut().find(|asked| is_same(&asked.material, row)) {
                Some(asked) => {
                    merge(&mut asked.material, row);
                    if asked.guides.last() != Some(&place) {
                        asked.guides.push(place);
                    }
                }
                None => all.push(Asked { material: row.clone(), guides: vec![place] }),
            }
        }
    }
    all
}

fn is_same(a: &Material, b: &Material) -> bool {
    plain(&a.name) == plain(&b.name) && a.when.as_deref().map(plain) == b.when.as_deref().map(plain)
}

/// A name without white space and the marks around titles.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '《' | '》' | '“' | '”' | '"')).collect()
}

fn merge(into: &mut Material, row: &Material) {
    into.originals = into.originals.max(row.originals);
    into.copies = into.copies.max(row.copies);
    into.necessity = match (into.necessity, row.necessity) {
        (Some(Necessity::Required), _) | (_, Some(Necessity::Required)) => Some(Necessity::Required),
        (ours, theirs) => ours.or(theirs),
    };
    into.later = both(into.later, row.later);
    into.certificate = both(into.certificate, row.certificate);
    for (ours, theirs) in [
        (&mut into.source, &row.source),
        (&mut into.form, &row.form),
        (&mut into.sample, &row.sample),
        (&mut into.note, &row.note),
    ] {
        if ours.is_none() {
            *ours = theirs.clone();
        }
    }
}

/// Allowed only where both allow it; said only where one says something.
fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (None, None) => None,
        (a, b) => Some(a == Some(true) && b == Some(true)),
    }
}
