//! Reasoning that a server did not take out of the text: `<think>…</think>` at its very start.
//!
//! Only there: later in an answer the same letters are what the model wanted to say.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// A piece of content, told apart.
#[derive(Debug, PartialEq)]
pub(in crate::wire) enum Told {
    Text(String),
    Reasoning(String),
}

/// Where in the content we are. Letters that may become a tag are held back until they are or are not.
pub(in crate::wire) enum Think {
    /// Nothing but blanks and perhaps the beginning of a tag.
    Start(String),
    /// Between the tags, with what may become the closing one.
    Inside(String),
    /// Behind the closing tag, before the first letter of the answer.
    After,
    /// In the answer.
    Answer,
}

impl Default for Think {
    fn default() -> Self {
        Self::Start(String::new())
    }
}

impl Think {
    /// Takes more content.
    pub(in crate::wire) fn feed(&mut self, text: &str) -> Vec<Told> {
        let mut told = Vec::new();
        if text.is_empty() {
            return told;
        }
        match self {
            Self::Start(held) => {
                held.push_str(text);
                let begun = held.trim_start();
                if let Some(rest) = begun.strip_prefix(OPEN) {
                    let rest = rest.to_owned();
                    *self = Self::Inside(String::new());
                    told.extend(self.feed(&rest));
                } else if !OPEN.starts_with(begun) {
                    told.push(Told::Text(std::mem::take(held)));
                    *self = Self::Answer;
                }
            }
            Self::Inside(held) => {
                held.push_str(text);
                if let Some(at) = held.find(CLOSE) {
                    let rest = held.split_off(at);
                    told.extend(
                        Some(std::mem::take(held)).filter(|text| !text.is_empty()).map(Told::Reasoning),
                    );
                    *self = Self::After;
                    told.extend(self.feed(&rest[CLOSE.len()..]));
                } else {
                    let keep = held_back(held);
                    let rest = held.split_off(held.len() - keep);
                    let said = std::mem::replace(held, rest);
                    told.extend(Some(said).filter(|text| !text.is_empty()).map(Told::Reasoning));
                }
            }
            Self::After => {
                let rest = text.trim_start();
                if !rest.is_empty() {
                    told.push(Told::Text(rest.to_owned()));
                    *self = Self::Answer;
                }
            }
            Self::Answer => told.push(Told::Text(text.to_owned())),
        }
        told
    }

    /// No more content comes, or something else begins: what was held back is what it looks like.
    pub(in crate::wire) fn end(&mut self) -> Vec<Told> {
        let told = match self {
            Self::Start(held) => Told::Text(std::mem::take(held)),
            Self::Inside(held) => Told::Reasoning(std::mem::take(held)),
            Self::After | Self::Answer => return Vec::new(),
        };
        match &told {
            Told::Text(text) | Told::Reasoning(text) if text.is_empty() => Vec::new(),
            Told::Text(_) => {
                *self = Self::Answer;
                vec![told]
            }
            Told::Reasoning(_) => vec![told],
        }
    }
}

/// How many bytes at the end of `text` may be the beginning of the closing tag.
fn held_back(text: &str) -> usize {
    (1..CLOSE.len()).rev().find(|len| text.ends_with(&CLOSE[..*len])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fed letter by letter and whole, with neighbours of one kind joined; both must agree.
    fn tell(text: &str) -> (String, String) {
        let fed = |chunks: &[String]| {
            let mut think = Think::default();
            let mut told: Vec<Told> = chunks.iter().flat_map(|chunk| think.feed(chunk)).collect();
            told.extend(think.end());
            let mut joined = (String::new(), String::new());
            for piece in told {
                match piece {
                    Told::Reasoning(text) => joined.0 += &text,
                    Told::Text(text) => joined.1 += &text,
                }
            }
            joined
        };
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let whole = fed(&[text.to_owned()]);
        assert_eq!(fed(&letters), whole, "{text:?}");
        whole
    }

    fn pair(reasoning: &str, text: &str) -> (String, String) {
        (reasoning.to_owned(), text.to_owned())
    }

    #[test]
    fn a_tag_at_the_start_is_reasoning_and_blanks_behind_it_are_dropped() {
        assert_eq!(tell("\n<think>a < b</think>\n\nYes"), pair("a < b", "Yes"));
    }

    #[test]
    fn a_tag_later_is_what_the_model_said() {
        assert_eq!(tell("Use <think>x</think>"), pair("", "Use <think>x</think>"));
    }

    #[test]
    fn what_only_looks_like_a_tag_is_text_to_the_letter() {
        for text in ["  <thin", "<thinking>", "  ", "\n\nHi", "<"] {
            assert_eq!(tell(text), pair("", text));
        }
    }

    #[test]
    fn an_answer_cut_inside_the_tag_is_reasoning() {
        assert_eq!(tell("<think>so </thi"), pair("so </thi", ""));
    }
}
