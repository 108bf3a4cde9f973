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
