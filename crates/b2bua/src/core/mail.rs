//! Messages as calls leave and hear them: what the store and the files are told, and whose lamps change.

use std::{path::Path, sync::Arc};

use super::Core;
use crate::{shared::messages::MESSAGES_MAX, switch::Output};

impl Core {
    /// Whether a mailbox takes one message more; the operator is told if not.
    pub(crate) fn has_room(&mut self, mailbox: &str) -> bool {
        let is_full = self.messages.is_full(mailbox);
        if is_full {
            self.tell_error(mailbox, "full", |mailbox| {
                format!(
                    "mailbox {mailbox} has {MESSAGES_MAX} messages and takes no more: delete some of them, by *98 on a phone"
                )
            });
        }
        !is_full
    }

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

    /// Where a prompt lies that was recorded by phone.
    pub(crate) fn prompt_path(&self, file: &str) -> Arc<Path> {
        self.prompts_folder.join(file).into()
    }

    /// Where a message lies.
    pub(crate) fn message_path(&self, mailbox: &str, file: &str) -> Arc<Path> {
        self.voicemail_folder.join(mailbox).join(file).into()
    }
}
