//! An export of any size is looked into with little memory: its conversations are read one at a time.
//!
//! The file is written as a stream, so that the writing needs no memory either. `REARVIEW_EXPORT_MB=200` makes it as
//! large as one likes and says how long it took; by itself it is small enough for every run of the tests.

#[cfg(test)]
mod tests {
    use rearview_curate::intake::glance;
    use std::io::{BufWriter, Write};
    use std::path::Path;

    /// Writes about so many megabytes of conversations, each of some 200 KB. Answers how many there are.
    fn write(path: &Path, megabytes: usize) -> usize {
        let mut file = BufWriter::new(std::fs::File::create(path).unwrap());
        let line = "Ana said that the old stone house in Porto has a roof that leaks \\u2026 and \\\"nobody\\\" mends it. ";
        let (messages, of_one) = (40, 5_000 / line.len());
        let conversations = (megabytes << 20) / (messages * of_one * line.len());
        write!(file, "[").unwrap();
        for n in 0..conversations {
            let comma = if n == 0 { "" } else { "," };
            write!(file, r#"{comma}{{"id":"c{n}","conversation_id":"c{n}","title":"Talk {n}","create_time":1.7e9,"current_node":"m{}","mapping":{{"#, messages - 1).unwrap();
            for m in 0..messages {
                let role = if m % 2 == 0 { "user" } else { "assistant" };
                let (comma, parent) = match m {
                    0 => ("", "null".to_owned()),
                    _ => (",", format!("\"m{}\"", m - 1)),
                };
                write!(
                file,
                r#"{comma}"m{m}":{{"parent":{parent},"children":[],"message":{{"author":{{"role":"{role}"}},"create_time":1.7e9,"metadata":{{"citations":[]}},"content":{{"content_type":"text","parts":[""#
            )
            .unwrap();
                for _ in 0..of_one {
                    file.write_all(line.as_bytes()).unwrap();
                }
                write!(file, r#""]}}}}}}"#).unwrap();
            }
            write!(file, "}}}}").unwrap();
        }
        write!(file, "]").unwrap();
        file.flush().unwrap();
        conversations
    }

    /// A number of `/proc/self/status`, in KB.
    fn status(name: &str) -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    #[test]
    #[cfg_attr(not(target_os = "linux"), ignore = "how much memory a process had is asked of Linux here")]
    fn an_export_is_looked_into_with_the_memory_of_a_few_conversations() {
        let megabytes =
            std::env::var("REARVIEW_EXPORT_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(24);
        let file = tempfile::Builder::new().suffix(".json").tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let written = write(file.path(), megabytes);
        let before = status("VmHWM");
        let started = std::time::Instant::now();
        let seen = glance(file.path(), "conversations.json").unwrap();
        let (took, more) = (started.elapsed(), status("VmHWM").saturating_sub(before));
        let size = std::fs::metadata(file.path()).unwrap().len() >> 20;
        #[expect(clippy::print_stdout, reason = "the figure is what one runs it by hand for")]
        {
            println!(
                "{size} MB, {written} conversations: {took:?}, {} MB at the most, {} MB more than before",
                status("VmHWM") >> 10,
                more >> 10
            );
        }
        assert_eq!((seen.conversations.len(), seen.unreadable, seen.broken), (written, 0, None));
        assert_eq!(seen.conversations[written - 1].messages, 40);
        assert!(more < 12 << 10, "{more} KB for conversations of 200 KB");
    }
}
