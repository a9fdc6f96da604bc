//! Documents: ids of any shape, reading, replacing, deleting.

use crate::client::support::{facts, retain};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use rearview_hindsight::*;

#[apply(each_server)]
async fn documents_are_found_under_ids_with_signs_and_blanks(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    for id in ["chat.turn", "a/b ?#%", "%2F", "ü & +", "../up"] {
        retain(&client, &bank, id, "Ana sails.").await;
        let document =
            client.document(&bank, &id.into()).await.unwrap().unwrap_or_else(|| panic!("{id} is there"));
        assert_eq!(document.id.as_str(), id);
        assert_eq!(document.original_text.as_deref(), Some("USER: Ana sails.\n\nASSISTANT: Noted."), "{id}");
        assert_eq!(document.memory_unit_count, Some(1), "{id}");
        assert_eq!(facts(&client, &bank, id).await.len(), 1, "{id}");
        let deleted = client.delete_document(&bank, &id.into()).await.unwrap();
        assert_eq!(deleted, Deleted { existed: true, memories: Some(1) }, "{id}");
        assert_eq!(client.document(&bank, &id.into()).await.unwrap(), None, "{id}");
    }
}

#[apply(each_server)]
async fn deleting_twice_or_from_a_bank_that_is_not_there_is_no_error(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let gone = Deleted { existed: false, memories: None };
    assert_eq!(client.delete_document(&bank, &"d".into()).await.unwrap(), gone);
    retain(&client, &bank, "d", "Ana sails.").await;
    assert!(client.delete_document(&bank, &"d".into()).await.unwrap().existed);
    assert_eq!(client.delete_document(&bank, &"d".into()).await.unwrap(), gone);
}

#[apply(each_server)]
async fn a_document_that_is_sent_again_takes_the_place_of_the_old_one(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana sails.").await;
    retain(&client, &bank, "d", "Ana rows. Bob swims.").await;
    let mut texts: Vec<_> = facts(&client, &bank, "d").await.into_iter().map(|fact| fact.text).collect();
    texts.sort();
    assert_eq!(texts, ["Ana rows.", "Bob swims."]);
    assert_eq!(client.documents(&bank, &DocumentFilter::default()).await.unwrap().total, Some(1));
}

#[apply(each_server)]
async fn documents_are_listed_by_tag(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let mut tagged = crate::client::support::item("with", "Ana sails.");
    tagged.tags = vec!["chat:1".into()];
    client.retain(&bank, &RetainRequest { items: vec![tagged], ..RetainRequest::default() }).await.unwrap();
    retain(&client, &bank, "without", "Bob swims.").await;
    let filter = DocumentFilter { tags: vec!["chat:1".into()], ..DocumentFilter::default() };
    let page = client.documents(&bank, &filter).await.unwrap();
    let [document] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!((document.id.as_str(), document.tags.as_slice()), ("with", ["chat:1".to_owned()].as_slice()));
    assert_eq!(document.original_text, None, "lists come without texts");
}
