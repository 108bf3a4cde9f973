//! Parameters (`P` in DOMAIN §3.2, §3.5 and §4): limits and warnings that the county sets, by the day from which they hold.
//!
//! A case, a complaint or an enquiry is bound for life to those of the day on which it was registered, so that a new version changes nothing about
//! what runs. Knows no case and no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::case::{Days, Offsets};
use crate::desk;
use crate::lang::{Lang, Say, UnknownWord, say_in_english, worded};
use crate::problem::Problem;
use crate::table::Table;

worded! {
    /// What can be set, in working days, but the times that a complaint may be returned.
    pub enum Parameter ("参数", "parameter") {
        Acceptance = "acceptance", "受理时限", "acceptance from receipt";
        HandOver = "hand_over", "村级移交时限", "hand-over by a village";
        Correction = "correction", "补正时限", "answer to a correction notice";
        Omission = "omission", "容缺后补时限", "handing in what was left out";
        Delivery = "delivery", "送达时限", "delivery from a grant";
        Statute = "statute", "法定时限（指南未写明时）", "decision where the guide says nothing";
        Extension = "extension", "最长延期", "longest extension";
        JointStatute = "joint_statute", "联办法定时限", "decision in joint handling";
        JointExtension = "joint_extension", "联办最长延期", "longest extension in joint handling";
        WarnCase = "warn_case", "办结预警提前", "warning before a case is due";
        WarnSpecial = "warn_special", "特别程序预警提前", "warning before a special procedure ends";
        WarnAcceptance = "warn_acceptance", "受理预警提前", "warning before acceptance is due";
        RedSpecial = "red_special", "特别程序红牌推后", "red card after a special procedure's end";
        ComplaintAccept = "complaint_accept", "投诉受理时限", "acceptance of a complaint";
        ComplaintReply = "complaint_reply", "投诉答复时限", "reply to a complaint";
        ComplaintExtension = "complaint_extension", "投诉最长延期", "longest extension of a reply";
        ComplaintReturns = "complaint_returns", "投诉退单次数", "times that a complaint may be returned";
        EnquiryAnswer = "enquiry_answer", "咨询答复时限", "answer to an enquiry";
        WarnDesk = "warn_desk", "投诉咨询预警提前", "warning before a complaint or enquiry is due";
        RedDesk = "red_desk", "投诉咨询红牌推后", "red card after a complaint or enquiry was due";
    }
}

impl Parameter {
    /// The least and the most. What the law gives applicants can be made shorter, never longer.
    fn range(self) -> (u32, u32) {
        let (days, desk) = (Days::default(), desk::Terms::default());
        match self {
            Parameter::Acceptance => (1, days.acceptance),
            Parameter::Delivery => (1, days.delivery),
            Parameter::Statute => (1, days.statute),
            Parameter::Extension => (0, days.extension),
            Parameter::JointStatute => (1, days.joint_statute),
            Parameter::JointExtension => (0, days.joint_extension),
            Parameter::HandOver => (1, 30),
            Parameter::Correction | Parameter::Omission => (1, 120),
            Parameter::WarnCase | Parameter::WarnSpecial | Parameter::WarnAcceptance => (0, 20),
            Parameter::RedSpecial | Parameter::WarnDesk | Parameter::RedDesk => (0, 20),
            Parameter::ComplaintAccept => (1, desk.accept_days),
            Parameter::ComplaintReply => (1, desk.reply_days),
            Parameter::ComplaintExtension => (1, desk.extension_days_max),
            Parameter::ComplaintReturns => (1, 9),
            Parameter::EnquiryAnswer => (1, 15),
        }
    }
}

/// One version. The default is what the law and the design say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parameters {
    pub days: Days,
    pub offsets: Offsets,
    /// Of complaints and enquiries.
    pub desk: desk::Terms,
}

impl Parameters {
    /// Reads `parameter,value`; what is not named keeps its default.
    pub fn read_csv(text: &str, file: &str) -> Result<Parameters, Vec<Problem>> {
        let table = Table::read(text);
        let (Some(name_at), Some(value_at)) = (table.column("parameter"), table.column("value")) else {
            return Err(vec![Problem::at(file, 1, &Fault::Header)]);
        };
        let (mut read, mut problems, mut named) = (Parameters::default(), Vec::new(), BTreeSet::new());
        for row in &table.rows {
            let one = row.field(name_at).parse::<Parameter>().map_err(Fault::Name);
            let set = one.and_then(|parameter| {
                let (least, most) = parameter.range();
                let value = row.field(value_at);
                let number = value.parse().ok().filter(|n| (least..=most).contains(n));
                let range = || Fault::Value { parameter, text: value.to_owned(), least, most };
                *read.slot(parameter) = number.ok_or_else(range)?;
                if named.insert(parameter) { Ok(()) } else { Err(Fault::Twice(parameter)) }
            });
            problems.extend(set.err().map(|fault| Problem::at(file, row.line, &fault)));
        }
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    /// All of them as [`Parameters::read_csv`] reads them, for the directory.
    pub fn to_csv(&self) -> String {
        let rows = self.values().map(|(parameter, value)| format!("{parameter},{value}\n"));
        std::iter::once("parameter,value\n".to_owned()).chain(rows).collect()
    }

    pub fn values(&self) -> impl Iterator<Item = (Parameter, u32)> {
        let mut copy = self.clone();
        Parameter::ALL.iter().map(move |parameter| (*parameter, *copy.slot(*parameter)))
    }

    fn slot(&mut self, parameter: Parameter) -> &mut u32 {
        let Parameters { days, offsets, desk } = self;
        match parameter {
            Parameter::Acceptance => &mut days.acceptance,
            Parameter::HandOver => &mut days.hand_over,
            Parameter::Correction => &mut days.correction,
            Parameter::Omission => &mut days.omission,
            Parameter::Delivery => &mut days.delivery,
            Parameter::Statute => &mut days.statute,
            Parameter::Extension => &mut days.extension,
            Parameter::JointStatute => &mut days.joint_statute,
            Parameter::JointExtension => &mut days.joint_extension,
            Parameter::WarnCase => &mut offsets.case,
            Parameter::WarnSpecial => &mut offsets.special,
            Parameter::WarnAcceptance => &mut offsets.acceptance,
            Parameter::RedSpecial => &mut offsets.special_red,
            Parameter::ComplaintAccept => &mut desk.accept_days,
            Parameter::ComplaintReply => &mut desk.reply_days,
            Parameter::ComplaintExtension => &mut desk.extension_days_max,
            Parameter::ComplaintReturns => &mut desk.returns_max,
            Parameter::EnquiryAnswer => &mut desk.answer_days,
            Parameter::WarnDesk => &mut desk.warning_days,
            Parameter::RedDesk => &mut desk.red_days,
        }
    }
}

/// All versions, each by the day from which it holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Versions(pub BTreeMap<Date, Parameters>);

impl Versions {
    /// What holds on a day.
    pub fn on(&self, day: Date) -> Parameters {
        self.0.range(..=day).next_back().map(|(_, version)| version.clone()).unwrap_or_default()
    }

    /// A name for exactly these; empty where the defaults always hold.
    pub fn fingerprint(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let text: String =
            self.0.iter().map(|(day, version)| format!("{day}\n{}", version.to_csv())).collect();
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }
}

/// What can be wrong in a file of parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    Header,
    Name(UnknownWord),
    Value { parameter: Parameter, text: String, least: u32, most: u32 },
    Twice(Parameter),
}

impl Say for Fault {
    fn code(&self) -> &'static str {
        match self {
            Fault::Header => "PARAMETERS_HEADER",
            Fault::Name(_) => "PARAMETERS_NAME",
            Fault::Value { .. } => "PARAMETERS_VALUE",
            Fault::Twice(_) => "PARAMETERS_TWICE",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Fault::Header, Lang::Zh) => "首行须含 parameter 和 value 两列".to_owned(),
            (Fault::Header, Lang::En) => {
                "the first line must name the columns parameter and value".to_owned()
            }
            (Fault::Name(word), lang) => word.text(lang),
            (Fault::Value { parameter, text, least, most }, Lang::Zh) => {
                let name = parameter.words().zh;
                format!("{name}“{text}”无效：应为 {least} 至 {most} 的整数")
            }
            (Fault::Value { parameter, text, least, most }, Lang::En) => {
                let name = parameter.words().en;
                format!("“{text}” is not good for {name}: {least} to {most} in whole numbers")
            }
            (Fault::Twice(parameter), Lang::Zh) => format!("{parameter} 出现了两次，请删去一行"),
            (Fault::Twice(parameter), Lang::En) => format!("{parameter} stands here twice; remove one line"),
        }
    }
}

say_in_english!(Fault);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_not_named_keeps_its_default() {
        let read = Parameters::read_csv("value,parameter\n3,acceptance\n4,办结预警提前\n", "f").unwrap();
        assert_eq!((read.days.acceptance, read.days.delivery, read.offsets.case), (3, 10, 4));
        assert_eq!(Parameters::read_csv(&read.to_csv(), "f"), Ok(read));
        let usual = Parameters::default();
        assert_eq!(Parameters::read_csv(&usual.to_csv(), "f"), Ok(usual), "defaults are in their ranges");
    }

    #[test]
    fn every_bad_line_is_named_and_the_law_is_not_stretched() {
        let text = "parameter,value\nacceptance,6\nlunch,1\nwarn_case,2\nwarn_case,3\ndelivery,soon\n";
        let problems = Parameters::read_csv(text, "f").unwrap_err();
        let seen: Vec<_> = problems.iter().map(|p| (p.line, p.code)).collect();
        let expected = [
            (2, "PARAMETERS_VALUE"),
            (3, "PARAMETERS_NAME"),
            (5, "PARAMETERS_TWICE"),
            (6, "PARAMETERS_VALUE"),
        ];
        assert_eq!(seen, expected);
        assert_eq!(Parameters::read_csv("a,b\n", "f").unwrap_err()[0].code, "PARAMETERS_HEADER");
    }

    #[test]
    fn a_version_holds_from_its_day_to_the_next() {
        let (first, second) = (Date::constant(2026, 3, 1), Date::constant(2026, 6, 1));
        let three = Parameters::read_csv("parameter,value\nacceptance,3\n", "f").unwrap();
        let versions = Versions(BTreeMap::from([(first, three.clone()), (second, Parameters::default())]));
        assert_eq!(versions.on(Date::constant(2026, 2, 28)), Parameters::default());
        assert_eq!(versions.on(first), three);
        assert_eq!(versions.on(Date::constant(2026, 5, 31)), three);
        assert_eq!(versions.on(second), Parameters::default());
        assert_ne!(versions.fingerprint(), Versions::default().fingerprint());
    }
}
