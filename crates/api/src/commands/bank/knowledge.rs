//! Knowledge pages: mental models in a tree of folders.

use crate::app::App;
use crate::downloads;
use crate::wire::*;
use rearview_domain::{Error, ErrorCode};
use rearview_hindsight::{
    KnowledgeFile, KnowledgeHits, KnowledgeNode, KnowledgePage, KnowledgeTree, MadeKnowledgePage,
};
use std::path::{Path, PathBuf};

/// The most that servers find.
const HITS: u32 = 50;

pub async fn tree(app: &App, request: BankRef) -> Result<KnowledgeTree, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.knowledge_tree(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn read(app: &App, request: KnowledgePageRef) -> Result<KnowledgePage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.knowledge_page(&request.bank_id, &request.page_id).await.map_err(|error| error.to_error())
}

pub async fn search(app: &App, request: SearchKnowledge) -> Result<KnowledgeHits, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.search_knowledge(&request.bank_id, &request.q, HITS).await.map_err(|error| error.to_error())
}

/// Each page becomes a file in a new folder among the person's downloads. Paths are the server's, so nothing
/// in them leads out of that folder.
pub async fn export(app: &App, request: BankRef) -> Result<KnowledgeExport, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let pages = client.export_knowledge(&request.bank_id).await.map_err(|error| error.to_error())?;
    let downloads = app.downloads()?;
    let name = segment(&format!("{} pages", request.bank_id));
    let written = tokio::task::spawn_blocking(move || write(&downloads, &name, &pages.files));
    written.await.map_err(|error| {
        Error::new(ErrorCode::Internal, format!("The pages could not be written: {error}."))
    })?
}

fn write(downloads: &Path, name: &str, files: &[KnowledgeFile]) -> Result<KnowledgeExport, Error> {
    let folder = unused(downloads, name);
    std::fs::create_dir_all(&folder).map_err(|error| downloads::failed(&error, &folder))?;
    for file in files {
        let usable = |part: &&str| !part.trim_matches(['.', ' ']).is_empty();
        let mut names: Vec<String> = file.path.split(['/', '\\']).filter(usable).map(segment).collect();
        let last = names.pop().unwrap_or_default();
        let last = if last.contains('.') { last } else { format!("{last}.md") };
        let inside = names.iter().fold(folder.clone(), |path, name| path.join(name));
        downloads::write(&inside, &last, file.content.as_bytes())?;
    }
    let files = u32::try_from(files.len()).unwrap_or(u32::MAX);
    Ok(KnowledgeExport { folder: folder.display().to_string(), files })
}

/// A folder that is not there yet.
fn unused(downloads: &Path, name: &str) -> PathBuf {
    let mut folder = downloads.join(name);
    let mut number = 2;
    while folder.exists() {
        folder = downloads.join(format!("{name} ({number})"));
        number += 1;
    }
    folder
}

/// A part of a path as one name that every system takes.
fn segment(part: &str) -> String {
    let safe = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let name: String = part.chars().map(safe).take(80).collect();
    match name.trim_matches(['.', ' ']) {
        "" => "pages".to_owned(),
        name => name.to_owned(),
    }
}

pub async fn create_folder(app: &App, request: CreateKnowledgeFolder) -> Result<KnowledgeNode, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .create_folder(&request.bank_id, &request.name, request.parent_id.as_deref())
        .await
        .map_err(|error| error.to_error())
}

pub async fn create_page(app: &App, request: CreateKnowledgePage) -> Result<MadeKnowledgePage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.create_page(&request.bank_id, &request.page).await.map_err(|error| error.to_error())
}

pub async fn update(app: &App, request: UpdateKnowledgeNode) -> Result<KnowledgeNode, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .patch_node(&request.bank_id, &request.node_id, &request.patch)
        .await
        .map_err(|error| error.to_error())
}

pub async fn delete(app: &App, request: KnowledgeNodeRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.delete_node(&request.bank_id, &request.node_id).await.map_err(|error| error.to_error())?;
    Ok(Done {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_in_their_folder_whatever_their_paths_say() {
        let dir = tempfile::tempdir().unwrap();
        let file = |path: &str| KnowledgeFile { path: path.to_owned(), content: "x".to_owned() };
        let files =
            [file("../../../etc/passwd"), file("/a/b.md"), file("a\\b.md"), file(""), file("<i>/..\n.md")];
        let first = write(dir.path(), "ana pages", &files).unwrap();
        let again = write(dir.path(), "ana pages", &files).unwrap();
        assert_eq!(first.files, 5);
        assert!(again.folder.ends_with("ana pages (2)"), "{}", again.folder);
        let folder = Path::new(&first.folder);
        assert!(folder.starts_with(dir.path()));
        assert!(folder.join("etc/passwd.md").is_file());
        assert!(folder.join("a/b.md").is_file() && folder.join("a/b (2).md").is_file());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
