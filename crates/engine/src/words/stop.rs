//! Words that say nothing about what a question is after.
//!
//! Dropping them is what keeps the keyword arm fast: every fact holds some of them. Lists are short on purpose:
//! a word that may be somebody's topic ("may", "will", "must") costs more missed than it saves.

const ENGLISH: &str = "a about after all also am an and any are as at be because been before being but by can \
    could did do does doing done dont doesnt didnt isnt wasnt arent werent wont cant couldnt wouldnt shouldnt hasnt \
    havent hadnt im ive id ill youre youve theyre weve were thats whats whos heres theres for from \
    had has have having he her here hers him his how i if in into is it its just let me more most my no nor not of \
    off on or our ours out over own please s she should so some such t tell than that the their theirs them then \
    there these they this those to too under until up us very was we what when where which while who whom whose why \
    with would you your yours ever ll re ve d";

const GERMAN: &str = "aber als am an auch auf aus bei bin bis bist da damit das dass dein deine dem den denn der \
    des die dies diese diesem diesen dieser dieses dir doch du durch ein eine einem einen einer eines er es euch \
    fur hab habe haben hast hat hatte hatten ich ihm ihn ihr ihre im in ins ist ja kann kein keine man mein meine \
    meinem meinen meiner mich mir mit nach nicht noch nur ob oder seid sein seine sich sie sind so uber um und uns \
    unser unsere vom von vor wann war waren warum was wegen weil welche welcher welches wem wen wenn wer werden wie \
    wir wird wo zu zum zur";

const SPANISH: &str = "al algo ante como con cual cuales cuando cuanto cuantos de del desde donde el ella ellas ellos \
    en entre era eran es esa ese eso esta estaba estan estas este esto estos fue fueron ha han has hasta hay he la \
    las le les lo los me mi mis muy nos o os para pero por porque que quien quienes se ser si sin sobre son su sus \
    tambien te tengo tiene tienen tu tus un una unas uno unos y ya yo";

const FRENCH: &str = "ai as au aux avait avec avez avons c ce ces cet cette comment d dans de des du elle elles en est \
    est-ce et etaient etait ete etes etre eu il ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne \
    nos notre nous ont ou par pas pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se ses son \
    sont sur ta te tes toi ton tu un une vos votre vous y";

/// Characters that only carry grammar in Chinese or Japanese.
const PARTICLES: &str = "的了吗嗎呢吧啊呀嘛么麼是我你您他她它们們和与與也都就还還把被这這那哪谁誰什怎在\
    はがをにでともへのかよねやだなたてしまするいうくれこそあど";

/// Whether a word, lower-case and without accents, is a stop word of any of the four languages.
pub(super) fn is_stop_word(plain: &str) -> bool {
    use std::{collections::HashSet, sync::OnceLock};
    static WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    WORDS
        .get_or_init(|| {
            [ENGLISH, GERMAN, SPANISH, FRENCH].into_iter().flat_map(str::split_whitespace).collect()
        })
        .contains(plain)
}

/// Whether a character of a Chinese or Japanese run usually carries grammar alone.
pub(super) fn is_particle(c: char) -> bool {
    PARTICLES.contains(c)
}
