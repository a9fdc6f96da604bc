//! What of the injected memories came back in the answer: words, names, numbers and days that stand in the memory and
//! in the answer, and in nothing else that was sent. Pure; `machine` asks at the end of a turn.
//!
//! Words are compared whole, without case: "lives" is not "lived", so an answer in other words is not found. That
//! something came back does not mean that it made a difference; only leaving it out tells.

use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{Echo, Echoed};
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// Words that say nothing about where a sentence comes from; English and German, without those of one or two letters,
/// which never count.
const STOP: &str = "about above after again against all also although always and any are around because been before \
    being below between both but can cannot could currently did does doing don down during each either else even ever \
    every few for from further get gets got had has have having her here hers herself him himself his how however \
    into its itself just know let like likes made make makes many may maybe might more most much must myself never \
    nor not now off often once one only onto other others our ours out over own perhaps please quite rather really \
    said same say says shall she should since some something still such sure than that the their theirs them then \
    there these they thing things this those though through time times too two under until upon use used user very \
    want wants was way well were what when where whether which while who whom whose why will with within without \
    would yes yet you your yours \
    aber alle allem allen aller als also auch auf aus bei bin bis das dass dein dem den denn der des die dies diese \
    diesem diesen dieser doch dort durch ein eine einem einen einer eines für gegen haben hat hatte hier hinter ich \
    ihm ihn ihnen ihr ihre immer ist jede jeder jedes jetzt kann kein keine können mehr mein mich mir mit muss nach \
    nicht nie noch nur ob oder ohne schon sehr sein seine seit sich sie sind sollte über und uns unter viel vom von \
    vor war waren was weil wenn wer werden wie wieder will wir wird wurde zum zur zwischen";

const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "januar"],
    &["february", "feb", "februar"],
    &["march", "mar", "märz"],
    &["april", "apr"],
    &["may", "mai"],
    &["june", "jun", "juni"],
    &["july", "jul", "juli"],
    &["august", "aug"],
    &["september", "sep", "sept"],
    &["october", "oct", "oktober"],
    &["november", "nov"],
    &["december", "dec", "dezember"],
];

/// A word, a number, or two signs of a script without spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    /// As it stands, for people.
    shown: String,
    /// Without case and without the signs inside a number.
    folded: String,
    number: bool,
}

/// A day of a year that is not told: month and day, from 1.
type Day = (u32, u32);

/// A text, taken apart.
#[derive(Default)]
struct Parsed {
    tokens: Vec<Token>,
    /// Days, with how the text spells them and the tokens they are made of.
    days: Vec<(Day, String, Vec<String>)>,
}

/// What was sent beside the memories, and what was answered.
pub struct Heard<'a> {
    /// The system prompt, the question, earlier messages and files: whatever stands here explains itself.
    pub sent: &'a [&'a str],
    /// The text of the answer.
    pub answer: &'a str,
    /// Whether the block told the dates of its memories.
    pub dates: bool,
}

/// Looks for each memory in the answer. `None` when there is nothing to look for or to look in.
pub fn echoed(memories: &[RecalledMemory], heard: &Heard<'_>) -> Option<Echoed> {
    let answer = parse(&without_markers(heard.answer));
    if memories.is_empty() || answer.tokens.is_empty() {
        return None;
    }
    let mut sent = Parsed::default();
    for text in heard.sent {
        let one = parse(text);
        sent.tokens.extend(one.tokens);
        // No name reaches from one text into the next.
        sent.tokens.push(Token { shown: String::new(), folded: String::new(), number: false });
        sent.days.extend(one.days);
    }
    let known: HashSet<&str> = sent.tokens.iter().map(|token| token.folded.as_str()).collect();
    let stop: HashSet<&str> = STOP.split_whitespace().collect();
    let new: HashSet<&str> = answer
        .tokens
        .iter()
        .map(|token| token.folded.as_str())
        .filter(|word| !known.contains(word))
        .collect();
    let look = Look { answer: &answer, sent: &sent, new: &new, stop: &stop };
    Some(Echoed { memories: memories.iter().map(|memory| look.echo(memory, heard.dates)).collect() })
}

struct Look<'a> {
    answer: &'a Parsed,
    sent: &'a Parsed,
    /// What the answer says and nobody else did.
    new: &'a HashSet<&'a str>,
    stop: &'a HashSet<&'a str>,
}

impl Look<'_> {
    fn echo(&self, memory: &RecalledMemory, dates: bool) -> Echo {
        let mut text = memory.text.clone();
        if dates {
            let told = [&memory.occurred_start, &memory.occurred_end, &memory.mentioned_at];
            for date in told.into_iter().flatten() {
                text.push('\n');
                text.push_str(date.get(..10).unwrap_or(date));
            }
        }
        let own = parse(&text);
        let mut echo = Echo { memory_id: memory.id.clone(), ..Echo::default() };
        // What a name or a day is made of is not told again as words.
        let mut taken: HashSet<String> = HashSet::new();
        for name in &memory.entities {
            let parts: Vec<String> = parse(name).tokens.into_iter().map(|token| token.folded).collect();
            if parts.is_empty() || parts.iter().all(|part| self.stop.contains(part.as_str())) {
                continue;
            }
            // A name that is not in the text was not sent with it.
            if holds(&own, &parts) && holds(self.answer, &parts) && !holds(self.sent, &parts) {
                add(&mut echo.names, name);
                taken.extend(parts);
            }
        }
        for (day, shown, parts) in &own.days {
            let said = |parsed: &Parsed| parsed.days.iter().any(|(other, ..)| other == day);
            if said(self.answer) && !said(self.sent) {
                add(&mut echo.numbers, shown);
                taken.extend(parts.iter().cloned());
            }
        }
        for token in &own.tokens {
            let folded = token.folded.as_str();
            if !self.new.contains(folded) || taken.contains(folded) || !self.counts(token) {
                continue;
            }
            add(if token.number { &mut echo.numbers } else { &mut echo.words }, &token.shown);
        }
        join_pairs(&mut echo.words, &memory.text);
        echo
    }

    /// Whether a token can tell anything. One digit stands in any answer.
    fn counts(&self, token: &Token) -> bool {
        if token.number {
            return token.folded.chars().count() > 1;
        }
        let signs = token.folded.chars().count();
        if token.folded.chars().all(unspaced) {
            // Two signs of the syllabary are grammar.
            return signs > 1 && !token.folded.chars().all(|c| matches!(c, '\u{3040}'..='\u{309f}'));
        }
        signs > 2 && !self.stop.contains(token.folded.as_str())
    }
}

fn add(list: &mut Vec<String>, shown: &str) {
    let shown = shown.trim();
    if !list.iter().any(|known| known.to_lowercase() == shown.to_lowercase()) {
        list.push(shown.to_owned());
    }
}

/// Whether these tokens stand in a text one after the other.
fn holds(text: &Parsed, parts: &[String]) -> bool {
    text.tokens
        .windows(parts.len())
        .any(|window| window.iter().zip(parts).all(|(token, part)| token.folded == *part))
}

/// Pairs of signs that overlap in the memory become the stretch that they come from.
fn join_pairs(words: &mut Vec<String>, text: &str) {
    let mut joined: Vec<String> = Vec::new();
    for word in words.drain(..) {
        if let Some(last) = joined.last_mut()
            && word.chars().all(unspaced)
            && last.chars().next_back() == word.chars().next()
        {
            let longer: String = last.chars().chain(word.chars().skip(1)).collect();
            if text.contains(&longer) {
                *last = longer;
                continue;
            }
        }
        joined.push(word);
    }
    *words = joined;
}

/// Scripts that put no spaces between words: Han, kana, Thai.
fn unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// A text without the numbers that its lists begin with: they are the answer's own.
fn without_markers(text: &str) -> String {
    let line = |line: &str| {
        let bare = line.trim_start();
        let rest = bare.trim_start_matches(|c: char| c.is_ascii_digit());
        let marked = rest.len() < bare.len() && (rest.starts_with(". ") || rest.starts_with(") "));
        if marked { rest.to_owned() } else { line.to_owned() }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn parse(text: &str) -> Parsed {
    let text: Vec<char> = text.nfkc().collect();
    let mut tokens = Vec::new();
    let mut days = Vec::new();
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        if let Some((day, end)) = iso_day(&text, at) {
            let shown: String = text[at..end].iter().collect();
            let year: String = text[at..at + 4].iter().collect();
            days.push((day, shown, vec![year.clone()]));
            tokens.push(Token { shown: year.clone(), folded: year, number: true });
            at = end;
        } else if unspaced(c) {
            let end = end_of(&text, at, unspaced);
            match end - at {
                1 => tokens.push(word(&text[at..end])),
                _ => tokens.extend(text[at..end].windows(2).map(word)),
            }
            at = end;
        } else if c.is_alphanumeric() {
            let end = word_end(&text, at);
            tokens.push(word(&text[at..end]));
            at = end;
        } else {
            at += 1;
        }
    }
    days.extend(named_days(&tokens));
    Parsed { tokens, days }
}

fn word(signs: &[char]) -> Token {
    let shown: String = signs.iter().collect();
    let number = signs.iter().any(char::is_ascii_digit) && !signs.iter().any(|c| c.is_alphabetic());
    let folded = match number {
        true => shown.replace([',', '\u{a0}'], ""),
        false => shown.to_lowercase(),
    };
    Token { shown, folded, number }
}

fn end_of(text: &[char], from: usize, inside: impl Fn(char) -> bool) -> usize {
    text.iter().skip(from).position(|c| !inside(*c)).map_or(text.len(), |length| from + length)
}

/// Where a word ends. A point, a comma or a colon between digits belongs to the number.
fn word_end(text: &[char], from: usize) -> usize {
    let digit = |at: usize| text.get(at).is_some_and(char::is_ascii_digit);
    let mut at = from;
    while let Some(&c) = text.get(at) {
        let inside = c.is_alphanumeric() && !unspaced(c);
        let between = matches!(c, '.' | ',' | ':') && at > from && digit(at - 1) && digit(at + 1);
        if !inside && !between {
            break;
        }
        at += 1;
    }
    at
}

/// A day as `2027-03-14`, and where it ends.
fn iso_day(text: &[char], at: usize) -> Option<(Day, usize)> {
    if at > 0 && text.get(at - 1).is_some_and(|c| c.is_alphanumeric()) {
        return None;
    }
    let part = text.get(at..at + 10)?;
    let fits = part.iter().enumerate().all(|(place, c)| match place {
        4 | 7 => *c == '-',
        _ => c.is_ascii_digit(),
    });
    if !fits || text.get(at + 10).is_some_and(char::is_ascii_digit) {
        return None;
    }
    let number =
        |from: usize| -> Option<u32> { part[from..from + 2].iter().collect::<String>().parse().ok() };
    let (month, day) = (number(5)?, number(8)?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(((month, day), at + 10))
}

/// Days as `14 March`, `March 14th` or `14. März`.
fn named_days(tokens: &[Token]) -> Vec<(Day, String, Vec<String>)> {
    let month = |token: &Token| {
        let at = MONTHS.iter().position(|names| names.contains(&token.folded.as_str()))?;
        u32::try_from(at + 1).ok()
    };
    let day = |token: &Token| {
        let digits = token.folded.trim_end_matches("st").trim_end_matches("nd").trim_end_matches("rd");
        let day: u32 = digits.trim_end_matches("th").parse().ok()?;
        (1..=31).contains(&day).then_some(day)
    };
    let pair = |pair: &[Token]| {
        let [a, b] = pair else { return None };
        let found = match (day(a), month(b)) {
            (Some(day), Some(month)) => (month, day),
            _ => (month(a)?, day(b)?),
        };
        Some((found, format!("{} {}", a.shown, b.shown), vec![a.folded.clone(), b.folded.clone()]))
    };
    tokens.windows(2).filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::memory;

    fn named(text: &str, entities: &[&str]) -> RecalledMemory {
        RecalledMemory {
            entities: entities.iter().map(|name| (*name).to_owned()).collect(),
            ..memory("m", text)
        }
    }

    fn echo(memory: RecalledMemory, sent: &[&str], answer: &str) -> Echo {
        echoed(&[memory], &Heard { sent, answer, dates: false }).unwrap().memories.remove(0)
    }

    fn came(echo: &Echo) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
        fn strs(list: &[String]) -> Vec<&str> {
            list.iter().map(String::as_str).collect()
        }
        (strs(&echo.words), strs(&echo.names), strs(&echo.numbers))
    }

    #[test]
    fn names_days_and_words_that_only_the_memory_had_came_back() {
        let memory = named("Ana flies to Lisbon on 14 March with 1,200 euros.", &["Ana", "Lisbon"]);
        let answer = "You fly to LISBON on March 14th. Take the 1200 Euros along!";
        let echo = echo(memory, &["When do I leave?"], answer);
        assert_eq!(came(&echo), (vec!["euros"], vec!["Lisbon"], vec!["14 March", "1,200"]));
        assert!(echo.came_back());
    }

    #[test]
    fn what_the_question_or_an_earlier_message_said_is_no_echo() {
        let memory = named("Ana lives in Lisbon since 2019.", &["Lisbon"]);
        let sent = ["Is Lisbon nice?", "Ana told me: 2019 was a good year, and she lives well."];
        let echo = echo(memory, &sent, "Lisbon is where Ana lives, since 2019.");
        assert!(!echo.came_back(), "{echo:?}");
    }

    #[test]
    fn small_words_single_digits_and_list_numbers_are_nobodys() {
        let memory = memory("m", "She has 3 cats and 12 plants, and that is all.");
        let echo = echo(memory, &[], "That is all she has:\n1. one\n3. more\n12. and a dozen");
        assert!(!echo.came_back(), "{echo:?}");
    }

    #[test]
    fn a_name_of_several_words_counts_whole_and_only_where_the_text_has_it() {
        let whole = named("Dinner at Casa Velha.", &["Casa Velha", "Porto"]);
        let echoed = echo(whole, &["Which casa?"], "Go to casa velha in Porto.");
        assert_eq!(came(&echoed).1, ["Casa Velha"]);
        let apart = echo(named("Dinner at Casa Velha.", &["Casa Velha"]), &[], "A casa that is velha.");
        assert_eq!(came(&apart), (vec!["Casa", "Velha"], vec![], vec![]));
    }

    #[test]
    fn other_scripts_are_compared_without_spaces_and_without_case() {
        let memory = memory("m", "アナは豆腐料理が好きです。");
        let echoed = echo(memory, &["何を食べる?"], "豆腐料理はどうですか。");
        assert_eq!(came(&echoed).0, ["豆腐料理"]);
        let echoed = echo(self::memory("m", "Анна живёт в ЛИССАБОНЕ"), &[], "в Лиссабоне");
        assert_eq!(came(&echoed).0, ["ЛИССАБОНЕ"]);
        // One e with an accent, and an e followed by an accent.
        let echoed = echo(self::memory("m", "Café Central"), &[], "the Cafe\u{301}");
        assert_eq!(came(&echoed).0, ["Café"]);
    }

    #[test]
    fn dates_of_a_memory_count_when_the_block_told_them() {
        let mut memory = memory("m", "Ana moved.");
        memory.occurred_start = Some("2027-03-14T00:00:00Z".into());
        let heard = |dates| Heard { sent: &[], answer: "It was on 14 March 2027.", dates };
        let with = echoed(&[memory.clone()], &heard(true)).unwrap();
        assert_eq!(with.memories[0].numbers, ["2027-03-14"]);
        assert!(!echoed(&[memory], &heard(false)).unwrap().memories[0].came_back());
    }

    #[test]
    fn without_memories_or_without_an_answer_nothing_is_known() {
        let heard = Heard { sent: &[], answer: " … ", dates: false };
        assert_eq!(echoed(&[memory("m", "x")], &heard), None);
        assert_eq!(echoed(&[], &Heard { answer: "word", ..heard }), None);
    }

    #[test]
    fn each_memory_stands_in_the_order_of_the_block() {
        let memories = [memory("a", "Ana sails."), memory("b", "Bob rows.")];
        let heard = Heard { sent: &["Who rows?"], answer: "Bob, I think.", dates: false };
        let found = echoed(&memories, &heard).unwrap().memories;
        assert_eq!(found.iter().map(Echo::came_back).collect::<Vec<_>>(), [false, true]);
        assert_eq!((found[1].memory_id.as_str(), came(&found[1]).0), ("b", vec!["Bob"]));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart_without_a_panic(text in ".{0,200}", answer in ".{0,200}") {
            let memory = named(&text, &[&answer]);
            let heard = Heard { sent: &[&text], answer: &answer, dates: true };
            // What was sent is never an echo of what was sent.
            for one in echoed(&[memory], &heard).into_iter().flat_map(|found| found.memories) {
                proptest::prop_assert!(!one.came_back(), "{one:?}");
            }
        }
    }
}
