//! Messages as calls leave and hear them: what the store and the files are told, and whose lamps change.

use std::{path::Path, sync::Arc};

use super::Core;
use crate::switch::Output;

impl Core {
    /// A message was left.
    pub(crate) fn message_left(&mut self, voicemail: store::Voicemail) {
        self.messages.arrived(&voicemail);
        self.mail_changed.push(voicemail.mailbox.clone());
        self.store(store::Request::Voicemail(Box::new(voicemail)));
    }

    /// A message was heard, or is kept.
    pub(crate) fn message_heard(&mut self, mailbox: &Arc<str>, file: &Arc<str>) {
        if self.messages.hear(mailbox, file) {
            self.mail_changed.push(mailbox.clone());
            self.store(store::Request::HeardVoicemail(mailbox.clone(), file.clone()));
        }
    }

    /// A message is deleted: its row goes once its file is gone. A start that finds a file without a row takes it for
    /// one that was being left.
    pub(crate) fn delete_message(&mut self, mailbox: &Arc<str>, file: &Arc<str>) {
        if self.messages.delete(mailbox, file) {
            let path = self.message_path(mailbox, file);
            let then = Some(store::Request::DropVoicemail(mailbox.clone(), file.clone()));
            self.outputs.push_back(Output::Discard { path, then });
            self.mail_changed.push(mailbox.clone());
        }
    }

    /// Where a message lies.
    pub(crate) fn message_path(&self, mailbox: &str, file: &str) -> Arc<Path> {
        self.voicemail_folder.join(mailbox).join(file).into()
    }
}
