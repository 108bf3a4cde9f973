//! The 26 elements that every guide has (DOMAIN §2.1).
//!
//! Knows their names and in what shape each is held, not what a guide says under them.

use crate::lang::worded;

worded! {
    /// One of the 26, in the order of the list.
    pub enum Element ("要素", "guide element") {
        Name = "name", "事项名称", "name of the item";
        PublishedOn = "published_on", "发布日期", "date of publication";
        EffectiveOn = "effective_on", "实施日期", "effective date";
        Publisher = "publisher", "发布机构", "publishing body";
        Code = "code", "事项编码", "item code";
        ScopeOfApplication = "scope_of_application", "适用范围", "scope of application";
        Category = "category", "事项类别", "category";
        LegalBasis = "legal_basis", "设立依据", "legal basis";
        AcceptingBody = "accepting_body", "受理机构", "accepting body";
        DecidingBody = "deciding_body", "决定机构", "deciding body";
        Conditions = "conditions", "办理条件", "conditions";
        Materials = "materials", "申报材料", "materials";
        Channels = "channels", "办理方式", "ways to apply";
        Procedure = "procedure", "办理流程", "procedure";
        TimeLimit = "time_limit", "办理时限", "time limit";
        Fees = "fees", "收费依据及标准", "fees and their basis";
        Delivery = "delivery", "结果送达", "delivery of the result";
        Remedies = "remedies", "行政救济途径与方式", "remedies";
        Consultation = "consultation", "咨询方式", "where to ask";
        Complaints = "complaints", "监督投诉渠道", "where to complain";
        PlaceAndHours = "place_and_hours", "办理地址和时间", "place and hours";
        ProgressQuery = "progress_query", "办理进程和结果查询", "query of progress and result";
        Forms = "forms", "申报表单及其填写说明", "forms and how to fill them in";
        Samples = "samples", "示范文本", "samples";
        CommonErrors = "common_errors", "常见错误示例", "common errors";
        Faq = "faq", "常见问题解答", "questions and answers";
    }
}

/// How an element's content is held: as text, or in the type its name says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    Text,
    PublishedOn,
    EffectiveOn,
    Code,
    Materials,
    Procedure,
    TimeLimit,
    Fees,
    Forms,
    Samples,
}

impl Element {
    /// The number in the list, 1 to 26.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    pub fn shape(self) -> Shape {
        match self {
            Element::PublishedOn => Shape::PublishedOn,
            Element::EffectiveOn => Shape::EffectiveOn,
            Element::Code => Shape::Code,
            Element::Materials => Shape::Materials,
            Element::Procedure => Shape::Procedure,
            Element::TimeLimit => Shape::TimeLimit,
            Element::Fees => Shape::Fees,
            Element::Forms => Shape::Forms,
            Element::Samples => Shape::Samples,
            Element::Name
            | Element::Publisher
            | Element::ScopeOfApplication
            | Element::Category
            | Element::LegalBasis
            | Element::AcceptingBody
            | Element::DecidingBody
            | Element::Conditions
            | Element::Channels
            | Element::Delivery
            | Element::Remedies
            | Element::Consultation
            | Element::Complaints
            | Element::PlaceAndHours
            | Element::ProgressQuery
            | Element::CommonErrors
            | Element::Faq => Shape::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_26_and_each_reads_from_key_and_chinese_name() {
        assert_eq!(Element::ALL.len(), 26);
        for (at, element) in Element::ALL.iter().enumerate() {
            assert_eq!(usize::from(element.number()), at + 1);
            assert_eq!(element.word().parse(), Ok(*element));
            assert_eq!(element.words().zh.parse(), Ok(*element));
        }
        assert_eq!((Element::Procedure.number(), Element::Faq.number()), (14, 26));
        assert!("procedures".parse::<Element>().is_err());
    }
}
