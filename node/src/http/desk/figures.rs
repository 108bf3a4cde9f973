//! What rows say of a complaint or an enquiry besides what all have, in words. Pure.

use sanji_model::complaint;
use sanji_model::enquiry;

use super::super::shell::Shell;

type Pairs = Vec<(String, String)>;

pub(super) fn of_complaint(figures: &complaint::Figures, shell: &Shell) -> Pairs {
    let mut pairs = Pairs::new();
    let mut say = |key: &str, value: Option<String>| pairs.extend(value.map(|value| (shell.t(key), value)));
    let many = |n: u32| (n > 0).then(|| n.to_string());
    say("desk-round", (figures.round > 1).then(|| figures.round.to_string()));
    say("desk-returns", many(figures.returns));
    say("desk-extended", many(figures.extended_days));
    say("desk-urged", many(figures.urged));
    say("desk-in-time", figures.in_time.map(|yes| yes_or_no(yes, shell)));
    say("desk-satisfied", figures.satisfied.map(|yes| yes_or_no(yes, shell)));
    say("desk-rating", figures.rating.map(|level| level_words(level, shell)));
    pairs
}

pub(super) fn of_enquiry(figures: &enquiry::Figures, shell: &Shell) -> Pairs {
    let mut pairs = Pairs::new();
    let mut say = |key: &str, value: Option<String>| pairs.extend(value.map(|value| (shell.t(key), value)));
    let handed_to = figures.handed_to.as_ref().map(|to| match &to.user {
        Some(user) => format!("{} {user}", to.unit),
        None => to.unit.to_string(),
    });
    say("desk-owner", figures.owner.clone());
    say("desk-handed-to", handed_to);
    say("desk-in-time", figures.in_time.map(|yes| yes_or_no(yes, shell)));
    say("desk-rating", figures.rating.map(|level| level_words(level, shell)));
    pairs
}

fn yes_or_no(yes: bool, shell: &Shell) -> String {
    if yes { shell.t("yes") } else { shell.t("no") }
}

fn level_words(level: u8, shell: &Shell) -> String {
    shell.t(&["level-", &level.to_string()].concat())
}
