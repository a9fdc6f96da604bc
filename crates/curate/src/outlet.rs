//! Taking memory out: facts as JSON, JSON lines, a table, or text to read. The archive of a whole bank, which
//! can be brought back, is the server's own (`rearview-hindsight`, transfer). Called by `rearview-api`, which
//! pages through a bank and hands one page after the other to a [`Writer`].

use rearview_hindsight::Fact;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use ts_rs::TS;

/// How facts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum OutletFormat {
    /// One JSON document with a head that says where it is from.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// A table with a head, for spreadsheets.
    Csv,
    /// Text to read.
    Markdown,
}

impl OutletFormat {
    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Markdown => "md",
        }
    }
}

/// Where facts come from, for the head of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Origin {
    /// The memory server's name.
    pub server: String,
    /// The bank.
    pub bank: String,
    /// When it was taken out, ISO 8601.
    pub at: String,
}

/// Columns of the table, and of nothing else: JSON has every field.
const COLUMNS: [&str; 16] = [
    "id",
    "type",
    "text",
    "context",
    "entities",
    "tags",
    "occurred_start",
    "occurred_end",
    "mentioned_at",
    "state",
    "invalidation_reason",
    "evidence",
    "document_id",
    "chunk_id",
    "edited_at",
    "updated_at",
];

/// Writes facts, a page at a time.
pub struct Writer<W: Write> {
    out: W,
    format: OutletFormat,
    written: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the head.
    ///
    /// # Errors
    /// The file's own.
    pub fn begin(mut out: W, format: OutletFormat, origin: &Origin) -> io::Result<Self> {
        match format {
            OutletFormat::Json => {
                write!(out, "{{\"format\":\"rearview-memories\",\"version\":1,\"from\":")?;
                serde_json::to_writer(&mut out, origin)?;
                write!(out, ",\"memories\":[")?;
            }
            OutletFormat::Jsonl => {}
            OutletFormat::Csv => row(&mut out, COLUMNS.map(str::to_owned))?,
            OutletFormat::Markdown => {
                writeln!(out, "# Memories of {}\n", line(&origin.bank))?;
                writeln!(out, "From {}, {}.\n", line(&origin.server), line(&origin.at))?;
            }
        }
        Ok(Self { out, format, written: 0 })
    }

    /// Writes facts behind those that are there.
    ///
    /// # Errors
    /// The file's own.
    pub fn write(&mut self, facts: &[Fact]) -> io::Result<()> {
        for fact in facts {
            match self.format {
                OutletFormat::Json => {
                    write!(self.out, "{}", if self.written == 0 { "\n" } else { ",\n" })?;
                    serde_json::to_writer(&mut self.out, fact)?;
                }
                OutletFormat::Jsonl => {
                    serde_json::to_writer(&mut self.out, fact)?;
                    writeln!(self.out)?;
                }
                OutletFormat::Csv => row(&mut self.out, cells(fact))?,
                OutletFormat::Markdown => writeln!(self.out, "{}", paragraph(fact))?,
            }
            self.written += 1;
        }
        Ok(())
    }

    /// Writes the end and answers how many facts stand in the file.
    ///
    /// # Errors
    /// The file's own; only after this has answered is the file whole.
    pub fn end(mut self) -> io::Result<u64> {
        if self.format == OutletFormat::Json {
            writeln!(self.out, "\n],\"count\":{}}}", self.written)?;
        }
        self.out.flush()?;
        Ok(self.written)
    }
}

fn cells(fact: &Fact) -> [String; COLUMNS.len()] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        fact.id.clone(),
        fact.fact_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        fact.text.clone(),
        text(&fact.context),
        fact.entities.join("; "),
        fact.tags.join("; "),
        text(&fact.occurred_start),
        text(&fact.occurred_end),
        text(&fact.mentioned_at),
        state(fact).to_owned(),
        text(&fact.invalidation_reason),
        fact.proof_count.map(|count| count.to_string()).unwrap_or_default(),
        fact.document_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        text(&fact.chunk_id),
        text(&fact.edited_at),
        text(&fact.updated_at),
    ]
}

fn state(fact: &Fact) -> &'static str {
    match fact.state {
        Some(rearview_hindsight::MemoryState::Invalidated) => "invalidated",
        _ => "valid",
    }
}

/// One row of the table. Memory text is hostile, and a spreadsheet runs a cell that begins like a formula; an
/// apostrophe in front makes it text. JSON has it as it is.
fn row<const N: usize>(out: &mut impl Write, cells: [String; N]) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let tame = |cell: String| match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell,
    };
    writer.write_record(cells.map(tame)).map_err(io::Error::other)?;
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    out.write_all(&bytes)
}

/// One line of text, with nothing in it that markdown would read.
fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => line.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' => {
                line.push('\\');
                line.push(c);
            }
            c if c.is_control() => {}
            c => line.push(c),
        }
    }
    line
}

fn paragraph(fact: &Fact) -> String {
    let kind = fact.fact_type.map_or("memory", |kind| kind.as_str());
    let mut notes = vec![kind.to_owned()];
    let occurred = (fact.occurred_start.as_deref(), fact.occurred_end.as_deref());
    notes.extend(match occurred {
        (Some(from), Some(to)) if from != to => Some(format!("happened {} to {}", day(from), day(to))),
        (Some(at), _) | (None, Some(at)) => Some(format!("happened {}", day(at))),
        (None, None) => None,
    });
    notes.extend(fact.mentioned_at.as_deref().map(|at| format!("mentioned {}", day(at))));
    if !fact.entities.is_empty() {
        notes.push(fact.entities.iter().map(|name| line(name)).collect::<Vec<_>>().join(", "));
    }
    if state(fact) == "invalidated" {
        let why = fact.invalidation_reason.as_deref().map(|why| format!(": {}", line(why)));
        notes.push(format!("invalidated{}", why.unwrap_or_default()));
    }
    format!("- {}  \n  {}", line(&fact.text), notes.join(" · "))
}

fn day(time: &str) -> String {
    line(time.get(..10).unwrap_or(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn fact(value: Value) -> Fact {
        serde_json::from_value(value).unwrap()
    }

    fn written(format: OutletFormat, facts: &[Fact]) -> String {
        let origin = Origin { server: "This <computer>".into(), bank: "ana".into(), at: "2026-01-01".into() };
        let mut out = Vec::new();
        let mut writer = Writer::begin(&mut out, format, &origin).unwrap();
        for fact in facts {
            writer.write(std::slice::from_ref(fact)).unwrap();
        }
        assert_eq!(writer.end().unwrap(), facts.len() as u64);
        String::from_utf8(out).unwrap()
    }

    fn sample() -> Fact {
        fact(json!({"id": "1", "text": "Ana said \"no\",\nthen <b>left</b>.", "fact_type": "world",
            "entities": "Ana, Lisbon", "occurred_start": "2024-05-01T00:00:00Z", "state": "invalidated",
            "invalidation_reason": "wrong", "proof_count": 2}))
    }

    #[test]
    fn json_is_one_document_with_every_field_and_a_count() {
        for facts in [vec![], vec![sample()], vec![sample(), sample()]] {
            let read: Value = serde_json::from_str(&written(OutletFormat::Json, &facts)).unwrap();
            assert_eq!(read["count"], facts.len());
            assert_eq!(read["memories"].as_array().unwrap().len(), facts.len());
            assert_eq!(read["from"]["bank"], "ana");
        }
    }

    #[test]
    fn json_lines_are_one_object_each_whatever_is_in_the_text() {
        let text = written(OutletFormat::Jsonl, &[sample(), sample()]);
        assert_eq!(text.lines().count(), 2);
        for line in text.lines() {
            assert_eq!(serde_json::from_str::<Value>(line).unwrap()["entities"], json!(["Ana", "Lisbon"]));
        }
    }

    #[test]
    fn a_table_quotes_what_must_be_quoted_and_runs_no_formula() {
        let text = written(OutletFormat::Csv, &[sample(), fact(json!({"id": "2", "text": "=1+1"}))]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(&rows[0][2], "Ana said \"no\",\nthen <b>left</b>.");
        assert_eq!((&rows[0][9], &rows[0][11]), ("invalidated", "2"));
        assert_eq!(&rows[1][2], "'=1+1");
    }

    #[test]
    fn markdown_shows_text_as_text() {
        let text = written(OutletFormat::Markdown, &[sample()]);
        assert!(text.contains(r#"- Ana said "no", then \<b\>left\</b\>."#), "{text}");
        assert!(text.contains("world · happened 2024-05-01 · Ana, Lisbon · invalidated: wrong"), "{text}");
        assert!(!text.contains("<computer>"));
    }

    proptest! {
        #[test]
        fn a_table_gives_back_every_text(text in ".{0,200}") {
            let table = written(OutletFormat::Csv, &[fact(json!({"id": "1", "text": text}))]);
            let mut reader = csv::Reader::from_reader(table.as_bytes());
            let read = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(read[2].trim_start_matches('\''), text.trim_start_matches('\''));
        }
    }
}
