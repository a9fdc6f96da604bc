//! Facts: list and read.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::MemoryPage;

/// More facts than this in one page are more than one glance; the page asks again with an offset.
const PAGE: u32 = 1000;

pub async fn list(app: &App, request: ListMemories) -> Result<MemoryPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(100).min(PAGE));
    let mut page = client.memories(&request.bank_id, &filter).await.map_err(|error| error.to_error())?;
    if let Some(chars) = request.text_chars {
        for fact in &mut page.items {
            cut(&mut fact.text, chars);
            if let Some(context) = &mut fact.context {
                cut(context, chars);
            }
        }
    }
    Ok(page)
}

/// Cuts a text after so many characters and says so.
fn cut(text: &mut String, chars: usize) {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        let cut = |text: &str, chars| {
            let mut text = text.to_owned();
            cut(&mut text, chars);
            text
        };
        assert_eq!(cut("Ünïcödé", 3), "Ünï…");
        assert_eq!(cut("Ünïcödé", 7), "Ünïcödé");
        assert_eq!(cut("", 0), "");
    }
}
