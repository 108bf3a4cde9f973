//! How a command stands among the others of its turn. Knows no machine.

use super::Command;

impl Command {
    /// Whether it reads or edits many documents or their rows, so that what came before it in its turn must be stored
    /// first, and what comes after must see what it wrote.
    pub fn is_alone(&self) -> bool {
        if let Command::InName { what, .. } = self {
            return what.is_alone();
        }
        matches!(
            self,
            Command::OrgImport { .. }
                | Command::GuideImport { .. }
                | Command::GuideExport { .. }
                | Command::GuidePublish { .. }
                | Command::ListImport { .. }
                | Command::ListPublish { .. }
                | Command::ListEnd { .. }
                | Command::GuideStep { .. }
                | Command::GuideStop { .. }
                | Command::GuideEdit { .. }
                | Command::GuideChoose { .. }
                | Command::GuideCorrect { .. }
                | Command::GuideAnswer { .. }
                | Command::CaseBundle { .. }
                | Command::CaseImport { .. }
                | Command::CaseExport { .. }
                | Command::UserAdd { .. }
                | Command::UserDisable { .. }
                | Command::UserAbsent { .. }
                | Command::PasswordSet { .. }
                | Command::TokenAdd { .. }
                | Command::TokenEnd { .. }
                | Command::CalendarImport { .. }
                | Command::ParametersImport { .. }
                | Command::SeedPublish { .. }
                | Command::Revoke { .. }
                | Command::Backup
                | Command::Verify
        )
    }
}
