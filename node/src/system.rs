//! What the system says when it would not do something: in Chinese for what people meet, with its own words for what they
//! rarely do. Knows no path.

use std::io::{self, ErrorKind};

use sanji_model::lang::Lang;

/// Why the system would not.
pub fn system(error: &io::Error, lang: Lang) -> String {
    let zh = match (lang, error.kind()) {
        (Lang::En, _) => return error.to_string(),
        (Lang::Zh, ErrorKind::NotFound) => "没有这个文件或目录",
        (Lang::Zh, ErrorKind::PermissionDenied) => "没有权限",
        (Lang::Zh, ErrorKind::IsADirectory) => "这是目录，不是文件",
        (Lang::Zh, ErrorKind::NotADirectory) => "路径中有一段不是目录",
        (Lang::Zh, ErrorKind::AlreadyExists) => "已经存在",
        (Lang::Zh, ErrorKind::StorageFull) => "磁盘空间不足",
        (Lang::Zh, ErrorKind::ReadOnlyFilesystem) => "磁盘只读",
        (Lang::Zh, ErrorKind::AddrInUse) => "地址已被占用",
        (Lang::Zh, ErrorKind::AddrNotAvailable) => "本机没有这个地址",
        (Lang::Zh, ErrorKind::OutOfMemory) => "内存不足",
        (Lang::Zh, _) => return format!("系统报告：{error}"),
    };
    zh.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_speaks_chinese_where_people_meet_it() {
        let missing = std::fs::read("/nowhere/at/all").unwrap_err();
        assert_eq!(system(&missing, Lang::Zh), "没有这个文件或目录");
        assert_eq!(system(&missing, Lang::En), missing.to_string());
        assert!(system(&io::Error::other("odd"), Lang::Zh).ends_with("odd"));
    }
}
