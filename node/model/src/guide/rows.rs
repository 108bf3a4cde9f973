//! The rows of structured elements: materials, procedure steps, fees, forms and samples.
//!
//! Knows no source: `import::table` reads rows that others wrote.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limit::Quantity;
use crate::case::Role;
use crate::lang::worded;
use crate::organisation::Tier;

worded! {
    /// 材料必要性.
    pub enum Necessity ("材料必要性", "necessity of a material") {
        Required = "required" | "必需", "必要", "required";
        Secondary = "secondary" | "非必要" | "次要材料", "次要", "secondary";
    }
}

/// One row of element 12. What is `None` was not said; that is not zero and not “no”.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Material {
    pub name: String,
    /// The circumstances in which alone it is asked for (情形).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originals: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<u32>,
    /// Where the applicant gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub necessity: Option<Necessity>,
    /// 容缺: may be handed in after acceptance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<bool>,
    /// 免提交: an electronic certificate stands in for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<bool>,
    /// Name of its row under forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Name of its row under samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One step of element 14.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Step {
    pub name: String,
    /// The way it belongs to, when a guide gives several such as on line and at the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_days: Option<Quantity>,
    /// 特别程序: a special procedure may begin here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One row of element 16.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Fee {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One row of element 23 or 24.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Paper {
    pub name: String,
    /// How the form is filled in, or what the sample says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Address or hash of the blank or filled-in sheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// A name with what is known of it in brackets.
fn line(f: &mut fmt::Formatter<'_>, name: &str, known: &[Option<String>]) -> fmt::Result {
    let known: Vec<&str> = known.iter().flatten().map(String::as_str).collect();
    if known.is_empty() { f.write_str(name) } else { write!(f, "{name}（{}）", known.join("；")) }
}

impl fmt::Display for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes = |flag: Option<bool>, word: &str| (flag == Some(true)).then(|| word.to_owned());
        let known = [
            self.when.clone(),
            self.originals.map(|n| format!("原件{n}份")),
            self.copies.map(|n| format!("复印件{n}份")),
            self.necessity.map(|necessity| necessity.words().zh.to_owned()),
            yes(self.later, "可容缺"),
            yes(self.certificate, "电子证照可免提交"),
            self.source.clone(),
            self.note.clone(),
        ];
        line(f, &self.name, &known)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = [
            self.way.clone(),
            self.role.map(|role| role.words().zh.to_owned()),
            self.tier.map(|tier| format!("{}级", tier.words().zh)),
            self.working_days.map(|days| format!("{days}个工作日")),
            (self.special == Some(true)).then(|| "可启动特别程序".to_owned()),
            self.note.clone(),
        ];
        line(f, &self.name, &known)
    }
}

impl fmt::Display for Fee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, &self.name, &[self.standard.clone(), self.basis.clone(), self.note.clone()])
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, &self.name, &[self.text.clone(), self.file.clone()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_not_said_stays_unsaid() {
        let row = Material { name: "照片".to_owned(), originals: Some(0), ..Material::default() };
        let json = serde_json::to_string(&row).unwrap();
        assert_eq!(json, r#"{"name":"照片","originals":0}"#);
        let read: Material = serde_json::from_str(&json).unwrap();
        assert_eq!((read.originals, read.copies), (Some(0), None));
        assert_eq!(read.to_string(), "照片（原件0份）");
    }

    #[test]
    fn a_step_says_who_does_it_in_how_long() {
        let step = Step {
            name: "审核".to_owned(),
            role: Some(Role::Reviewer),
            tier: Some(Tier::County),
            working_days: Some(Quantity::whole(3)),
            ..Step::default()
        };
        assert_eq!(step.to_string(), "审核（审核人；县级；3个工作日）");
    }
}
