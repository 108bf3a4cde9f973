//! An archive package of a case as a ZIP file: written so that its contents decide every byte, and checked by writing it again.
//!
//! Nothing is compressed: a compressor's bytes change with its version, and a package outlives many (decision 29). Any
//! program that reads ZIP files opens it. Knows no file system.

mod contents;
pub mod signed;
#[cfg(test)]
mod tests;

use sanji_model::case::package::{self, Differences, File, INDEX};
use sanji_model::lang::{Lang, Say};

pub use contents::{Made, NoContents, PAPERS, Text, contents};
use signed::Unproven;

/// 1980-01-01, the first day that a ZIP file knows.
const DAY: u16 = 0x0021;
/// Names are UTF-8.
const FLAGS: u16 = 0x0800;
/// 2.0, the version of the format that has what is used here.
const VERSION: u16 = 20;
/// Made on Unix, whose file modes follow.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// A plain file that only its owner reads.
const MODE: u32 = 0o100_600 << 16;
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;

/// A package that is as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    pub files: Vec<File>,
    /// The hash that stands for the whole package.
    pub seal: String,
}

/// Why a file is no package as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PackageFault {
    /// It does not begin as one, or does not hold the files of one.
    NotOne,
    /// These files in it are not those of its index.
    Files(Differences),
    /// Its signatures do not bear out what it says.
    Unproven(Unproven),
    /// Its index is not that of its files.
    Index,
    /// The first byte of the container, from 0, that is not as it was written.
    Container(usize),
    /// It is whole, and not the one that was meant.
    Seal { wanted: String, found: String },
}

/// The ZIP file of a package's files. Each is smaller than 4 GiB, as a document is by far.
pub fn write(files: &[File]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let offset = size(out.len());
        let (name, data) = (file.name.as_bytes(), file.bytes.as_slice());
        let mut common = Vec::new();
        for field in [VERSION, FLAGS, 0, 0, DAY] {
            common.extend(field.to_le_bytes());
        }
        for field in [crc32fast::hash(data), size(data.len()), size(data.len()), size(name.len())] {
            common.extend(field.to_le_bytes());
        }
        out.extend(LOCAL.to_le_bytes());
        out.extend(&common);
        out.extend(name);
        out.extend(data);
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(&common);
        // No comment, the first disk, no kind of content.
        directory.extend([0; 6]);
        directory.extend(MODE.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(name);
    }
    let (count, begins) = (files.len() as u16, size(out.len()));
    out.extend(&directory);
    out.extend(END.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size(directory.len()).to_le_bytes());
    out.extend(begins.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// Whether every byte is as it was written.
pub fn check(bytes: &[u8]) -> Result<Checked, PackageFault> {
    let files = read(bytes).ok_or(PackageFault::NotOne)?;
    let (index, others) =
        files.split_last().filter(|(last, _)| last.name == INDEX).ok_or(PackageFault::NotOne)?;
    let seal = package::seal(index).ok_or(PackageFault::Index)?;
    let differences = package::differences(others, index);
    if differences != Differences::default() {
        return Err(PackageFault::Files(differences));
    }
    if package::index(others) != *index {
        return Err(PackageFault::Index);
    }
    let written = write(&files);
    if written != bytes {
        let same = written.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        return Err(PackageFault::Container(same));
    }
    signed::check(&files).map_err(PackageFault::Unproven)?;
    Ok(Checked { files, seal })
}

impl Checked {
    /// Whether it is the package that has this seal, of which the beginning is enough.
    pub fn expect(&self, wanted: &str) -> Result<(), PackageFault> {
        let (wanted, found) = (wanted.trim().to_ascii_lowercase(), self.seal.clone());
        if wanted.len() >= 8 && found.starts_with(&wanted) {
            return Ok(());
        }
        Err(PackageFault::Seal { wanted, found })
    }
}

/// The length or place of something in a container.
fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a package is smaller than 4 GiB")
}

/// The files by their local headers; none when those are not as [`write`] lays them.
fn read(mut rest: &[u8]) -> Option<Vec<File>> {
    let mut files = Vec::new();
    while rest.get(..4)? == LOCAL.to_le_bytes() {
        let header = rest.get(..30)?;
        let field =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (length, name_length) = (field(18) as usize, field(26) as usize);
        let behind_name = 30_usize.checked_add(name_length)?;
        let name = std::str::from_utf8(rest.get(30..behind_name)?).ok()?.to_owned();
        let end = behind_name.checked_add(length)?;
        files.push(File { name, bytes: rest.get(behind_name..end)?.to_vec() });
        rest = rest.get(end..)?;
    }
    Some(files)
}

impl Say for PackageFault {
    fn code(&self) -> &'static str {
        match self {
            PackageFault::NotOne => "PACKAGE_UNKNOWN",
            PackageFault::Files(_) | PackageFault::Index | PackageFault::Container(_) => "PACKAGE_CHANGED",
            PackageFault::Unproven(_) => "PACKAGE_UNPROVEN",
            PackageFault::Seal { .. } => "PACKAGE_OTHER",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (PackageFault::NotOne, Lang::Zh) => {
                "这不是 sanji case archive-package 生成的归档包，或开头已损坏：请检查是否选错文件，或改用备份件".into()
            }
            (PackageFault::NotOne, Lang::En) => {
                "this is no package of `sanji case archive-package`, or its beginning is damaged: check whether it is the right file, or take another copy".into()
            }
            (PackageFault::Files(found), Lang::Zh) => {
                let said = told(found, "、", ["已改动或损坏", "缺少", "多出"]).join("；");
                format!("归档包与目录不符：{said}。请改用备份件，或从节点重新生成")
            }
            (PackageFault::Files(found), Lang::En) => {
                let said = told(found, ", ", ["changed or damaged", "missing", "added"]).join("; ");
                format!("the package is not as its index says: {said}. Take another copy, or make the package again")
            }
            (PackageFault::Unproven(Unproven::Entry(line)), Lang::Zh) => format!(
                "归档包中 {} 第 {line} 行的签名不成立：这不是其写入节点签过的内容，请从节点重新生成", signed::SIGNED
            ),
            (PackageFault::Unproven(Unproven::Entry(line)), Lang::En) => format!(
                "the signature of line {line} of {} does not hold: its node never signed this; make the package again",
                signed::SIGNED
            ),
            (PackageFault::Unproven(Unproven::NoCase), Lang::Zh) => {
                format!("归档包中 {} 的内容不成办件：请从节点重新生成", signed::SIGNED)
            }
            (PackageFault::Unproven(Unproven::NoCase), Lang::En) => {
                format!("what {} of the package holds makes no case: make the package again", signed::SIGNED)
            }
            (PackageFault::Unproven(Unproven::Differs(name)), Lang::Zh) => {
                format!("归档包中 {name} 与签过的内容不同：有人改写后重做了目录，请从节点重新生成")
            }
            (PackageFault::Unproven(Unproven::Differs(name)), Lang::En) => format!(
                "{name} of the package is not what was signed: somebody rewrote it with its index; make the package again"
            ),
            (PackageFault::Index, Lang::Zh) => {
                format!("归档包的目录 {INDEX} 已被改动或损坏：请改用备份件，或从节点重新生成")
            }
            (PackageFault::Index, Lang::En) => format!(
                "the index {INDEX} of the package was changed or damaged: take another copy, or make the package again"
            ),
            (PackageFault::Container(at), Lang::Zh) => format!(
                "归档包从第 {at} 字节起与生成时不同（各文件内容完好）：请改用备份件，或从节点重新生成"
            ),
            (PackageFault::Container(at), Lang::En) => format!(
                "the package is not as it was written from byte {at} on, though its files are: take another copy, or make the package again"
            ),
            (PackageFault::Seal { wanted, found }, Lang::Zh) => {
                format!("归档包完好，但校验码是 {found}，不是 {wanted}：请检查是否选错文件（校验码至少写前 8 位）")
            }
            (PackageFault::Seal { wanted, found }, Lang::En) => format!(
                "the package is whole, but its seal is {found} and not {wanted}: check whether it is the right file, and give 8 digits of the seal at least"
            ),
        }
    }
}

/// A part a kind of difference that there is, with the names behind it.
fn told(found: &Differences, between: &str, words: [&str; 3]) -> Vec<String> {
    let kinds = words.into_iter().zip([&found.changed, &found.missing, &found.added]);
    kinds
        .filter(|(_, names)| !names.is_empty())
        .map(|(word, names)| format!("{word} {}", names.join(between)))
        .collect()
}

impl std::fmt::Display for PackageFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for PackageFault {}
