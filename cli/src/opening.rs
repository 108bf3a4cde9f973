//! What a person sees of a store that opens: a bar while it takes long, and afterwards what was found.
//!
//! The bar shows on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sanji_model::lang::{Lang, many};
use sanji_node::store::{Progress, Rebuilt, Report};

use crate::outcome::complain;
use crate::words::either;

/// Opens something with a bar on standard error, which appears when the opening reports progress.
pub fn shown<T>(lang: Lang, open: impl FnOnce(&mut (dyn FnMut(Progress) + Send)) -> T) -> T {
    with_bar(either(lang, "正在读取日志", "reading the journal"), open)
}

/// The same for other work on a journal.
pub fn with_bar<T>(what: String, work: impl FnOnce(&mut (dyn FnMut(Progress) + Send)) -> T) -> T {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let template = "{msg} {bar:30} {bytes}/{total_bytes} {eta}";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what);
    let done = work(&mut |progress: Progress| {
        bar.set_length(progress.of_bytes);
        bar.set_position(progress.bytes);
    });
    bar.finish_and_clear();
    done
}

/// Notes for the operator, one a line; none when there is nothing to tell.
pub fn notes(report: &Report, lang: Lang) -> Vec<String> {
    let pick = |(en, zh): (String, String)| match lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    let mut notes: Vec<String> = report.rebuilt.iter().map(|why| pick(why.words())).collect();
    if report.rebuilt.is_none() && report.indexed > 0 {
        let indexed = report.indexed;
        notes.push(pick((
            format!(
                "the derived store was {} behind the journal and was brought up to date; nothing is lost",
                many(indexed, "entry", "entries")
            ),
            format!("派生存储落后日志 {indexed} 条，已补齐；没有数据丢失"),
        )));
    }
    if report.torn_bytes > 0 && report.rebuilt != Some(Rebuilt::JournalLost) {
        let torn = report.torn_bytes;
        notes.push(pick((
            format!(
                "an unfinished last write of {torn} bytes was cut off; nothing that was confirmed is lost"
            ),
            format!("截去了未写完的最后 {torn} 字节；已确认保存的内容没有丢失"),
        )));
    }
    notes.extend(report.damaged.iter().map(|words| pick(words.clone())));
    if report.left_out > 0 {
        let left_out = report.left_out;
        notes.push(pick((
            format!("entries that lie behind damage: {left_out}. They are not shown; they come back or are written anew once other nodes are reached"),
            format!("损坏处之后有 {left_out} 条记录暂不显示，连上其他节点后会取回或重新写入"),
        )));
    }
    notes
}

/// Prints the notes on standard error.
pub fn note(report: &Report, lang: Lang) {
    let head = match lang {
        Lang::Zh => "提示：",
        Lang::En => "note: ",
    };
    notes(report, lang).iter().for_each(|text| complain(&format!("{head}{text}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_opening_says_nothing_and_a_bad_one_everything() {
        assert!(notes(&Report::default(), Lang::En).is_empty());
        let behind = notes(&Report { indexed: 12, ..Report::default() }, Lang::En);
        assert!(behind[0].contains("12 entries behind"), "{behind:?}");
        let report = Report {
            torn_bytes: 17,
            damaged: vec![("segment 3 is damaged".into(), "第 3 段损坏".into())],
            left_out: 2,
            ..Report::default()
        };
        let zh = notes(&report, Lang::Zh);
        assert_eq!(zh.len(), 3);
        assert!(zh[0].contains("17 字节") && zh[1] == "第 3 段损坏" && zh[2].contains("2 条"), "{zh:?}");
        assert!(notes(&report, Lang::En)[0].contains("nothing that was confirmed is lost"));
    }
}
