//! Which sentences say something worth keeping: no questions, greetings, commands, code or scraps.
//!
//! Word lists for English first, then German, French, Spanish, Chinese and Japanese. When in doubt a
//! sentence is kept: a needless fact costs a line, a lost one cannot be found. Called by `rules`.

/// Words that alone make no statement.
const FILLER: &str = "hello hi hey there thanks thank you so very much a lot ok okay yes no yep nope sure great good \
    morning evening afternoon night bye goodbye sorry cool nice one awesome perfect makes sense exactly right got it \
    sounds well done wow lol haha please welcome alright fine then never mind nevermind love it that s is correct \
    hallo guten tag abend danke schon vielen dank bitte ja nein gut super genau alles klar tschuss \
    bonjour salut merci beaucoup oui non bien parfait d accord hola morgen buenos dias buenas tardes gracias muchas si vale \
    bueno perfecto adios";

/// Beginnings that ask the assistant for something, whoever writes them.
const ADDRESSED: &[&str] = &[
    "please ",
    "can you ",
    "could you ",
    "would you ",
    "will you ",
    "can u ",
    "i want you to ",
    "i need you to ",
    "i'd like you to ",
    "i would like you to ",
    "bitte ",
    "kannst du ",
    "könntest du ",
    "können sie ",
    "könnten sie ",
    "peux-tu ",
    "pouvez-vous ",
    "pourrais-tu ",
    "s'il te plaît",
    "s'il vous plaît",
    "puedes ",
    "podrías ",
    "por favor",
    "请",
    "請",
    "帮我",
    "幫我",
    "你能",
    "能不能",
    "给我",
    "給我",
];

/// Verbs that in a chat begin a command.
const COMMANDS: &[&str] = &[
    "write",
    "rewrite",
    "explain",
    "show",
    "tell",
    "give",
    "help",
    "create",
    "generate",
    "make",
    "list",
    "summarize",
    "summarise",
    "translate",
    "fix",
    "suggest",
    "recommend",
    "describe",
    "compare",
    "continue",
    "find",
    "search",
    "let's",
    "lets",
    "draft",
    "improve",
    "convert",
    "calculate",
    "format",
    "refactor",
    "implement",
    "schreib",
    "schreibe",
    "erkläre",
    "erklär",
    "zeig",
    "zeige",
    "gib",
    "hilf",
    "erstelle",
    "übersetze",
    "mach",
    "nenne",
    "écris",
    "explique",
    "montre",
    "donne",
    "aide",
    "traduis",
    "résume",
    "escribe",
    "explica",
    "muestra",
    "dame",
    "dime",
    "traduce",
    "resume",
    "ayúdame",
];

/// Words that begin a question when a verb of [`ASKING`] or nothing is behind them.
const QUESTION_WORDS: &[&str] =
    &["what", "what's", "who", "who's", "where", "when", "why", "how", "which", "whose"];
const ASKING: &[&str] = &[
    "is", "are", "was", "were", "do", "does", "did", "can", "could", "should", "would", "will", "about",
    "to", "many", "much", "long", "often", "has", "have",
];

/// Shortest statement, in letters; one of Chinese or Japanese needs fewer.
const LEAST_LETTERS: usize = 6;
const LEAST_CJK: usize = 4;
/// From this share of signs that code is full of, in percent, a sentence counts as code.
const CODE_SIGNS_PERCENT: usize = 12;

/// Whether a sentence is a statement. `to_assistant`: it was said to the assistant, so that a bare verb commands.
pub(super) fn is_statement(sentence: &str, to_assistant: bool) -> bool {
    let sentence = sentence.trim();
    let lower = sentence.to_lowercase().replace('\u{2019}', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-')))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect();
    !(is_scrap(sentence, &words)
        || is_code(sentence)
        || is_question(&lower, &words)
        || is_filler(&lower)
        || is_command(&lower, &words, to_assistant))
}

/// Whether a character is of Chinese, Japanese or Korean writing, which has no capitals.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

fn is_scrap(sentence: &str, words: &[&str]) -> bool {
    let cjk = sentence.chars().filter(|c| is_cjk(*c)).count();
    let letters = sentence.chars().filter(|c| c.is_alphabetic()).count();
    let parts = words.iter().map(|word| word.split(['\'', '-']).count()).sum::<usize>();
    let heading = sentence.starts_with('#') || sentence.ends_with(':');
    heading || if cjk > 0 { cjk < LEAST_CJK } else { letters < LEAST_LETTERS || parts < 2 }
}

fn is_code(sentence: &str) -> bool {
    let begins = ["```", "~~~", "$ ", "> ", "| ", "import ", "#include", "</"];
    let signs = sentence.chars().filter(|c| "{}[]()<>;=|\\_$`&".contains(*c)).count();
    let all = sentence.chars().filter(|c| !c.is_whitespace()).count();
    begins.iter().any(|begin| sentence.starts_with(begin)) || signs * 100 > all * CODE_SIGNS_PERCENT
}

fn is_question(lower: &str, words: &[&str]) -> bool {
    let end = lower.trim_end_matches(|c: char| c.is_whitespace() || "\"')]”’»」』".contains(c));
    if end.ends_with(['?', '？', '吗', '嗎', '呢']) || end.trim_end_matches(['。', '.']).ends_with("ですか")
    {
        return true;
    }
    match words {
        [first, second, ..] => QUESTION_WORDS.contains(first) && ASKING.contains(second),
        _ => false,
    }
}

fn is_filler(lower: &str) -> bool {
    let plain = lower.replace('ö', "o").replace('ü', "u").replace('é', "e");
    let mut words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let filler: std::collections::HashSet<&str> = FILLER.split_whitespace().collect();
    words.all(|word| filler.contains(word))
}

fn is_command(lower: &str, words: &[&str], to_assistant: bool) -> bool {
    let body = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let begins = ADDRESSED.iter().any(|begin| body.starts_with(begin));
    let polite = ["ください。", "ください", "下さい", "教えて"]
        .iter()
        .any(|end| body.trim_end_matches(['。', '.', '!', '！']).ends_with(end.trim_end_matches('。')));
    let verb = to_assistant && words.first().is_some_and(|first| COMMANDS.contains(first));
    begins || polite || verb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_kept() {
        for sentence in [
            "I'm vegetarian.",
            "Ana rows.",
            "I live in Lisbon with my sister Clara.",
            "Remember that my flight leaves at 9.",
            "When I was a child we moved to Ghent.",
            "Ich wohne seit 2019 in Wien.",
            "我住在上海。",
            "私は東京に住んでいます。",
            "What I like most is rowing.",
        ] {
            assert!(is_statement(sentence, true), "`{sentence}`");
        }
    }

    #[test]
    fn questions_greetings_commands_code_and_scraps_are_dropped() {
        for sentence in [
            "Where should I eat tonight?",
            "what is the capital of Peru",
            "Thanks so much!",
            "Guten Morgen!",
            "Please write a poem about rowing.",
            "Can you check this.",
            "Write me a function that sorts.",
            "Kannst du das erklären.",
            "请写一首诗。",
            "教えてください。",
            "你住在哪里吗",
            "let x = foo(bar)[0];",
            "```rust\nfn main() {}\n```",
            "Ok.",
            "# My plan",
        ] {
            assert!(!is_statement(sentence, true), "`{sentence}`");
        }
    }

    #[test]
    fn a_bare_verb_commands_only_in_a_chat() {
        assert!(is_statement("Make peace with Bob before June.", false));
        assert!(!is_statement("Make peace with Bob before June.", true));
    }
}
