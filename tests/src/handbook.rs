//! Made-up guides, as many and as long as wanted: complete in all 26 elements, for benchmarks.
//!
//! Everything comes from a seed. Names, materials and conditions hold words that people search for; the rest is text of
//! characters without sense that compresses about as Chinese prose does. Knows no node.

use sanji_model::case::{CaseType, Role};
use sanji_model::guide::{
    Codes, Content, Element, Fee, Guide, Limit, Material, Necessity, Paper, Quantity, Shape, Step, TimeLimits,
};
use sanji_model::organisation::Tier;

use crate::sim::Dice;

/// How long guides are, in bytes of text.
#[derive(Clone, Copy, Debug)]
pub struct Length {
    pub least: u64,
    pub most: u64,
}

impl Length {
    /// DOMAIN §8.
    pub const REFERENCE: Length = Length { least: 9_000, most: 24_000 };
    /// DOMAIN §8, all of them at their longest.
    pub const STRESS: Length = Length { least: 64_000, most: 64_001 };
}

/// A seed's guides, one after another.
pub struct Handbook {
    dice: Dice,
    length: Length,
    written: usize,
}

impl Handbook {
    pub fn new(seed: u64, length: Length) -> Handbook {
        Handbook { dice: Dice::new(seed), length, written: 0 }
    }

    /// The next `count` guides as JSON lines, for an import.
    pub fn lines(&mut self, count: usize) -> String {
        let line = |guide: Guide| serde_json::to_string(&guide).expect("a guide is JSON") + "\n";
        self.by_ref().take(count).map(line).collect()
    }

    fn name(&self) -> String {
        let n = self.written;
        let (object, rest) = (n % OBJECTS.len(), n / OBJECTS.len());
        let (act, circumstance) = (rest % ACTS.len(), rest / ACTS.len());
        format!("{}{}{}", CIRCUMSTANCES[circumstance % CIRCUMSTANCES.len()], OBJECTS[object], ACTS[act])
    }

    fn pick(&mut self, list: &[&'static str]) -> &'static str {
        list[self.dice.below(list.len() as u64) as usize]
    }

    /// Text of about so many bytes; frequent characters are far more frequent than rare ones, as in prose.
    fn prose(&mut self, bytes: u64) -> String {
        let mut text = String::new();
        while (text.len() as u64) < bytes {
            if self.dice.chance(50) {
                text += self.pick(&MATERIALS);
            }
            let draw = self.dice.below(1 << 20) as f64 / f64::from(1 << 20);
            text.extend(char::from_u32(0x4e00 + (draw.powi(4) * 4_000.0) as u32));
            if self.dice.chance(80) {
                text += self.pick(&["，", "。", "；"]);
            }
        }
        text
    }

    fn materials(&mut self, bytes: u64) -> Vec<Material> {
        let count = 3 + self.dice.below(10);
        let mut rows = Vec::new();
        for n in 0..count {
            let name = format!("{}{}", self.pick(&MATERIALS), if n < 8 { "" } else { "（补充）" });
            rows.push(Material {
                name,
                originals: Some(self.dice.below(2) as u32),
                copies: Some(self.dice.below(3) as u32),
                source: Some("申请人自备".to_owned()),
                necessity: Some(Necessity::Required),
                note: Some(self.prose(bytes / count)),
                ..Material::default()
            });
        }
        rows
    }
}

impl Iterator for Handbook {
    type Item = Guide;

    fn next(&mut self) -> Option<Guide> {
        let length = self.length.least + self.dice.below(self.length.most - self.length.least);
        let mut guide = Guide::default();
        let texts: Vec<Element> =
            Element::ALL.iter().copied().filter(|element| element.shape() == Shape::Text).collect();
        for element in &texts {
            // Half of it in the texts, a quarter of that in the conditions.
            let share = if *element == Element::Conditions {
                length / 8
            } else {
                length * 3 / 8 / texts.len() as u64
            };
            let text = self.prose(share);
            guide.set_text(*element, &text).expect("a text");
        }
        guide.set_text(Element::Name, &self.name()).expect("a text");
        guide.codes = Content::of(Codes {
            basic: Some(format!("{:012}", 109_001_000 + self.written)),
            ..Codes::default()
        });
        guide.materials = Content::of(self.materials(length / 4));
        let step = |(name, role, days): (&str, Role, u16)| Step {
            name: name.to_owned(),
            role: Some(role),
            tier: Some(Tier::County),
            working_days: Some(Quantity::whole(days)),
            ..Step::default()
        };
        let steps = [("受理", Role::Clerk, 1), ("审查", Role::Reviewer, 3), ("决定", Role::Decider, 1)];
        guide.procedure = Content::of(steps.map(step).to_vec());
        guide.time_limit = Content::of(TimeLimits {
            statutory: Some(Limit::working_days(20)),
            promised: Some(Limit::working_days(5)),
            note: None,
        });
        guide.fees = Content::of(vec![Fee {
            name: self.prose(length / 32),
            basis: Some(self.prose(length / 32)),
            ..Fee::default()
        }]);
        let paper = |name: &str, text| Paper { name: name.to_owned(), text: Some(text), file: None };
        guide.forms = Content::of(vec![paper("申请表", self.prose(length / 8))]);
        guide.samples = Content::of(vec![paper("申请表（样）", self.prose(length / 16))]);
        guide.case_type = Some(CaseType::Promised);
        guide.tiers = [Tier::County, Tier::Town, Tier::Village].into();
        guide.visits = Some(1);
        for day in [Element::PublishedOn, Element::EffectiveOn] {
            guide.set_value(day, "2026-01-01".into()).expect("a date");
        }
        self.written += 1;
        Some(guide)
    }
}

const CIRCUMSTANCES: [&str; 4] = ["", "农村户籍", "一次性", "（补办）"];
const OBJECTS: [&str; 40] = [
    "出生",
    "失业",
    "生育服务证",
    "残疾人证",
    "社会保障卡",
    "居住证",
    "老年人优待证",
    "高龄津贴",
    "临时救助",
    "最低生活保障",
    "特困人员供养",
    "养老保险",
    "医疗保险",
    "工伤认定",
    "个体工商户",
    "食品经营许可",
    "食品小作坊",
    "林木采伐",
    "宅基地",
    "农村危房改造",
    "农机购置补贴",
    "取水许可",
    "户口迁移",
    "婚姻状况",
    "收养关系",
    "孤儿生活费",
    "就业困难人员",
    "创业担保贷款",
    "公共租赁住房",
    "房屋租赁",
    "道路占用",
    "户外广告",
    "民办幼儿园",
    "教师资格",
    "医疗机构执业",
    "护士执业",
    "动物防疫条件",
    "种子经营",
    "渔业捕捞",
    "普通话水平证书",
];
const ACTS: [&str; 10] =
    ["登记", "申领", "变更", "注销", "补领", "年度审核", "信息查询", "资格认定", "延续", "备案"];
const MATERIALS: [&str; 20] = [
    "居民身份证",
    "户口簿",
    "出生医学证明",
    "结婚证",
    "近期免冠照片",
    "申请表",
    "授权委托书",
    "银行卡",
    "收入证明",
    "诊断证明",
    "营业执照",
    "不动产权证书",
    "租赁合同",
    "健康证明",
    "学历证书",
    "无犯罪记录证明",
    "村委会证明",
    "承诺书",
    "公示材料",
    "验收报告",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn guides_are_complete_different_and_as_long_as_wanted() {
        let guides: Vec<Guide> = Handbook::new(1, Length::REFERENCE).take(1_500).collect();
        let names: BTreeSet<&str> = guides.iter().map(Guide::name).collect();
        assert_eq!(names.len(), 1_500);
        for guide in guides.iter().step_by(50) {
            assert_eq!(guide.completeness(), []);
            let bytes = serde_json::to_string(guide).unwrap().len();
            assert!((9_000..28_000).contains(&bytes), "{bytes}");
        }
    }
}
