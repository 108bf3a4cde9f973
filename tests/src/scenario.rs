//! Scenarios (`tests/scenarios/*.txt`): what people do at several nodes and what must come of it, in lines that a person
//! can read, played on the simulator's county in virtual time.
//!
//! Every line is read before the first is played. After the last one everything heals, and the county must hold what the
//! simulator demands of it. The language is described in `tests/scenarios/README.md`.

mod claim;
mod guide;
mod order;
mod phrase;
mod stage;
mod words;

use phrase::Phrase;
use stage::Stage;

/// A line with its number in the file, from 1.
struct Line {
    number: usize,
    phrase: Phrase,
}

/// Plays a scenario. The error names file and line, what was expected and what was there.
pub fn play(file: &str, text: &str) -> Result<(), String> {
    let at = |number: usize, why: String| format!("{file}:{number}: {why}");
    let lines = read(text).map_err(|(number, why)| at(number, why))?;
    let mut lines = lines.into_iter();
    let first = lines.next().ok_or_else(|| format!("{file}: nothing happens"))?;
    let Phrase::County(shape) = first.phrase else {
        return Err(at(first.number, "the first line says how large the county is".to_owned()));
    };
    let mut stage = Stage::new(&shape);
    let mut last = first.number;
    for line in lines {
        last = line.number;
        stage.play(line.phrase).map_err(|why| at(line.number, why))?;
    }
    stage.finish().map_err(|why| at(last, format!("after the last line, when everything has healed: {why}")))
}

fn read(text: &str) -> Result<Vec<Line>, (usize, String)> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let words = words::split(line).map_err(|why| (number, why))?;
        if words.is_empty() {
            continue;
        }
        let phrase = phrase::parse(&words).map_err(|why| (number, why))?;
        lines.push(Line { number, phrase });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "county with 1 town and 1 village from 2026-03-02 09:00\n";

    fn fails(lines: &str) -> String {
        play("a.txt", &format!("{BEGIN}{lines}")).expect_err("it must fail")
    }

    #[test]
    fn a_claim_that_does_not_hold_says_what_is_there_at_every_node() {
        let why = fails(
            "at village-1: register 模拟事项 for 王小明 -> C1\n\
             cut village-1\n\
             at village-1: receive C1 materials=申请表\n\
             everywhere: C1 is 已收件, flags none\n",
        );
        assert!(why.starts_with("a.txt:5: C1 is otherwise"), "{why}");
        for part in ["village-1: holds", "town-1: the case is not here", "county: the case is not here"] {
            assert!(why.contains(part), "“{part}” is not in:\n{why}");
        }
        let why = fails(
            "at village-1: register 模拟事项 for 王小明 -> C1\n\
             settle\n\
             everywhere: C1 is 已受理, held by county, flags none\n",
        );
        for part in ["is registered, not accepted", "held by village-1, not county", "register"] {
            assert!(why.contains(part), "“{part}” is not in:\n{why}");
        }
    }

    #[test]
    fn a_refusal_must_come_and_be_the_one_that_is_named() {
        let begin = "at village-1: register 模拟事项 for 王小明 -> C1\nat village-1: withdraw C1\n";
        let other = fails(&format!("{begin}refused NO_AUTHORITY: at village-1: receive C1 materials=申请表"));
        assert!(other.contains("NO_AUTHORITY") && other.contains("CASE_TRANSITION"), "{other}");
        let done = fails(&format!("{begin}refused CASE_TRANSITION: at village-1: show C1"));
        assert!(done.contains("was done"), "{done}");
        let refused = fails(&format!("{begin}at village-1: receive C1 materials=申请表"));
        assert!(refused.contains("CASE_TRANSITION"), "{refused}");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_found_before_anything_is_played() {
        let why = fails("at village-1: register 模拟事项 for 王小明 -> C1\nand then a miracle happens\n");
        assert!(why.starts_with("a.txt:3: "), "{why}");
        assert!(play("a.txt", "settle").unwrap_err().starts_with("a.txt:1: the first line"));
    }
}
