//! An archive package of a case as a ZIP file: written so that its contents decide every byte, and checked by writing it again.
//!
//! Nothing is compressed: a compressor's bytes change with its version, and a package outlives many (decision 29). Any
//! program that reads ZIP files opens it. Knows no case and no file system.

use sanji_model::case::package::{self, File, INDEX, NAMES};
use sanji_model::lang::{Lang, Say};

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
    Files(Vec<String>),
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
        let (name, data) = (file.name.as_bytes(), file.text.as_bytes());
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
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let (index, others) = files.split_last().filter(|_| names == NAMES).ok_or(PackageFault::NotOne)?;
    let seal = package::seal(index).ok_or(PackageFault::Index)?;
    let changed = package::changed(others, index);
    if !changed.is_empty() {
        return Err(PackageFault::Files(changed));
    }
    if package::index(others) != *index {
        return Err(PackageFault::Index);
    }
    let written = write(&files);
    if written != bytes {
        let same = written.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        return Err(PackageFault::Container(same));
    }
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
        let text = String::from_utf8(rest.get(behind_name..end)?.to_vec()).ok();
        // A byte that makes a file no text is a changed byte of that file, and must not count as another file.
        files.push(File { name, text: text.unwrap_or_default() });
        rest = rest.get(end..)?;
    }
    Some(files)
}

impl Say for PackageFault {
    fn code(&self) -> &'static str {
        match self {
            PackageFault::NotOne => "PACKAGE_UNKNOWN",
            PackageFault::Files(_) | PackageFault::Index | PackageFault::Container(_) => "PACKAGE_CHANGED",
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
            (PackageFault::Files(names), Lang::Zh) => {
                format!("归档包中 {} 与目录不符，已被改动或损坏：请改用备份件，或从节点重新生成", names.join("、"))
            }
            (PackageFault::Files(names), Lang::En) => format!(
                "{} in the package is not as its index says, it was changed or damaged: take another copy, or make the package again",
                names.join(", ")
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

impl std::fmt::Display for PackageFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for PackageFault {}

#[cfg(test)]
mod tests {
    use super::*;
    use sanji_model::case::package::{ATTACHMENTS, CASE, EVENTS, PAPERS};

    fn files() -> Vec<File> {
        let others = [
            (CASE, "{\"state\":\"已归档\"}\n"),
            (EVENTS, "{}\n{}\n"),
            (PAPERS, "收件凭证\n"),
            (ATTACHMENTS, "[]\n"),
        ];
        let mut files: Vec<File> =
            others.map(|(name, text)| File { name: name.to_owned(), text: text.to_owned() }).into();
        files.push(package::index(&files));
        files
    }

    #[test]
    fn every_changed_byte_is_found_and_every_cut() {
        let bytes = write(&files());
        let checked = check(&bytes).unwrap();
        assert_eq!(checked.files, files());
        for at in 0..bytes.len() {
            for flip in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                assert!(check(&changed).is_err(), "byte {at} with {flip:#x}");
            }
            assert!(check(&bytes[..at]).is_err(), "cut at {at}");
        }
        let longer = [&bytes[..], b"x"].concat();
        assert_eq!(check(&longer), Err(PackageFault::Container(bytes.len())));
    }

    #[test]
    fn what_was_changed_is_named() {
        let good = files();
        let mut content = good.clone();
        content[1].text = "{}\n".to_owned();
        assert_eq!(check(&write(&content)), Err(PackageFault::Files(vec![EVENTS.to_owned()])));
        let mut index = good.clone();
        index[4].text.push(' ');
        assert_eq!(check(&write(&index)), Err(PackageFault::Index));
        assert_eq!(check(&write(&good[..4])), Err(PackageFault::NotOne));
        // Somebody who writes the index anew as well makes another package: its seal is another one.
        content[4] = package::index(&content[..4]);
        let (forged, seal) = (check(&write(&content)).unwrap(), check(&write(&good)).unwrap().seal);
        let found = forged.seal.clone();
        assert_eq!(forged.expect(&seal), Err(PackageFault::Seal { wanted: seal.clone(), found }));
        assert_eq!(check(&write(&good)).unwrap().expect(&seal[..8].to_uppercase()), Ok(()));
        assert!(forged.expect("").is_err());
    }
}
