//! Chats and messages.

use crate::commands::chat;
use crate::wire::*;
use rearview_domain::chat::Chat;

commands! {
    /// Lists chats.
    read "chat.list" chat::list: ListChats => ChatPage, ["chats"];
    /// Makes a chat.
    write "chat.create" chat::create: CreateChat => Chat, ["chats"];
    /// Opens a chat.
    read "chat.open" chat::open: OpenChat => ChatView, ["chat"];
    /// Fetches messages whole.
    read "chat.messages" chat::messages: FetchMessages => Messages, ["chat"];
    /// Lists the messages beside a message.
    read "chat.siblings" chat::siblings: MessageRef => Siblings, ["chat"];
    /// Fetches an attached image.
    read "chat.image" chat::image: FetchImage => ImageData, [];
    /// Changes a chat.
    write "chat.update" chat::update: UpdateChat => Chat, ["chats", "chat"];
    /// Keeps what was typed and not sent.
    write "chat.saveDraft" chat::save_draft: SaveDraft => Done, [];
    /// Deletes a chat.
    write "chat.delete" chat::delete: DeleteChat => Done, ["chats", "outbox"];
    /// Makes another branch visible; memory follows.
    write "chat.showBranch" chat::show_branch: ShowBranch => ChatView, ["chat", "outbox"];
    /// Searches all messages and titles.
    read "chat.search" chat::search: Search => Hits, ["chats"];
}
