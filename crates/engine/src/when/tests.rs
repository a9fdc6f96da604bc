//! What texts mean on a Friday, 20 November 2026, half past four in the afternoon, UTC.

use proptest::prelude::*;

use super::*;

fn now() -> Zoned {
    "2026-11-20T16:30:00+00:00[UTC]".parse().unwrap()
}

/// A window as `first day..last day`, with `-` for no beginning, `+` for no end and hours where they matter.
fn shown(text: &str) -> String {
    let Some(window) = find(text, &now()) else { return "none".into() };
    let clock = |t: Timestamp| match t {
        t if t == FAR_PAST => "-".into(),
        t if t == FAR_FUTURE => "+".into(),
        t if t == now().timestamp() => "now".into(),
        t => t.strftime("%Y-%m-%dT%H:%M").to_string().replace("T00:00", ""),
    };
    format!("{}..{}", clock(window.start), clock(window.end))
}

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(text, want)| (text, want, shown(text)))
        .filter(|(_, want, got)| *want != got)
        .map(|(text, want, got)| format!("`{text}`: want {want}, got {got}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn dates_in_digits() {
    check(&[
        ("2024", "2024-01-01..2025-01-01"),
        ("What happened on 2024-03-05?", "2024-03-05..2024-03-06"),
        ("notes of 2024/03/05", "2024-03-05..2024-03-06"),
        ("the 2024-03 report", "2024-03-01..2024-04-01"),
        ("at 2024-03-05T10:30 sharp", "2024-03-05T10:30..2024-03-05T10:31"),
        ("2024-03-05 10:30:00+02:00", "2024-03-05T08:30..2024-03-05T08:30"),
        ("2024-03-05T10:30Z", "2024-03-05T10:30..2024-03-05T10:31"),
        ("am 5.3.2024", "2024-03-05..2024-03-06"),
        ("on 13/3/2024", "2024-03-13..2024-03-14"),
        ("on 3/13/2024", "2024-03-13..2024-03-14"),
        ("on 4/4/2024", "2024-04-04..2024-04-05"),
        ("on 3/5/2024", "none"),
        ("on 2024-02-30", "none"),
        ("version 1.2.2024.7", "none"),
        ("call 555-2024-03", "none"),
        ("２０２４年３月５日", "2024-03-05..2024-03-06"),
    ]);
}

#[test]
fn english_dates() {
    check(&[
        ("What did I do on 5 March 2024?", "2024-03-05..2024-03-06"),
        ("March 5, 2024", "2024-03-05..2024-03-06"),
        ("on the 5th of March 2024", "2024-03-05..2024-03-06"),
        ("the 5th of March", "2026-03-05..2026-03-06"),
        ("on December 5", "2025-12-05..2025-12-06"),
        ("Mar. 5", "none"),
        ("Feb. 5th, 2025", "2025-02-05..2025-02-06"),
        ("on 29 February", "2024-02-29..2024-03-01"),
        ("March 2024", "2024-03-01..2024-04-01"),
        ("in March of 2024", "2024-03-01..2024-04-01"),
        ("what happened in march?", "2026-03-01..2026-04-01"),
        ("in December", "2025-12-01..2026-01-01"),
        ("in 2023", "2023-01-01..2024-01-01"),
        ("during 2023", "2023-01-01..2024-01-01"),
        ("in the year 2023", "2023-01-01..2024-01-01"),
        ("Q3 2025", "2025-07-01..2025-10-01"),
        ("summer 2025", "2025-06-01..2025-09-01"),
        ("in the winter of 2024", "2024-12-01..2025-03-01"),
        ("in the fall", "2026-09-01..2026-12-01"),
        ("early March 2024", "2024-03-01..2024-03-11"),
        ("mid-March 2024", "2024-03-11..2024-03-21"),
        ("late March 2024", "2024-03-21..2024-04-01"),
        ("early 2024", "2024-01-01..2024-05-02"),
        ("at the end of 2024", "2024-09-01..2025-01-01"),
        ("at Christmas", "2025-12-24..2025-12-27"),
        ("on New Year's Eve 2024", "2024-12-31..2025-01-01"),
        ("at Thanksgiving 2025", "2025-11-27..2025-11-28"),
        ("on Halloween", "2026-10-31..2026-11-01"),
        ("last Christmas", "2025-12-24..2025-12-27"),
        ("in March last year", "2025-03-01..2025-04-01"),
        ("in the summer of last year", "2025-06-01..2025-09-01"),
    ]);
}

#[test]
fn english_relative_dates() {
    check(&[
        ("What did I eat yesterday?", "2026-11-19..2026-11-20"),
        ("today", "2026-11-20..2026-11-21"),
        ("what is planned for tomorrow", "2026-11-21..2026-11-22"),
        ("the day before yesterday", "2026-11-18..2026-11-19"),
        ("the day after tomorrow", "2026-11-22..2026-11-23"),
        ("this morning", "2026-11-20T05:00..2026-11-20T12:00"),
        ("tonight", "2026-11-20T17:00..2026-11-21T04:00"),
        ("last night", "2026-11-19T18:00..2026-11-20T06:00"),
        ("yesterday evening", "2026-11-19T17:00..2026-11-20"),
        ("three days ago", "2026-11-17..2026-11-18"),
        ("two weeks ago", "2026-11-02..2026-11-09"),
        ("3 months ago", "2026-08-01..2026-09-01"),
        ("a year ago", "2025-01-01..2026-01-01"),
        ("about 2 hours ago", "2026-11-20T14:30..2026-11-20T15:30"),
        ("a few weeks ago", "2026-10-12..2026-11-09"),
        ("a couple of days ago", "2026-11-18..2026-11-19"),
        ("several months ago", "2026-06-01..2026-10-01"),
        ("in 3 days", "2026-11-23..2026-11-24"),
        ("two weeks from now", "2026-11-30..2026-12-07"),
        ("in the last 7 days", "2026-11-13..2026-11-21"),
        ("over the past two weeks", "2026-11-06..2026-11-21"),
        ("the past month", "2026-10-20..2026-11-21"),
        ("next three days", "2026-11-20..2026-11-24"),
        ("last week", "2026-11-09..2026-11-16"),
        ("this week", "2026-11-16..2026-11-23"),
        ("next week", "2026-11-23..2026-11-30"),
        ("last month", "2026-10-01..2026-11-01"),
        ("next year", "2027-01-01..2028-01-01"),
        ("last quarter", "2026-07-01..2026-10-01"),
        ("last weekend", "2026-11-14..2026-11-16"),
        ("this weekend", "2026-11-21..2026-11-23"),
        ("the week before last", "2026-11-02..2026-11-09"),
        ("last Friday", "2026-11-13..2026-11-14"),
        ("last Tuesday", "2026-11-17..2026-11-18"),
        ("on Friday", "2026-11-20..2026-11-21"),
        ("on Monday", "2026-11-16..2026-11-17"),
        ("next Friday", "2026-11-27..2026-11-28"),
        ("this Sunday", "2026-11-22..2026-11-23"),
        ("Tuesday last week", "2026-11-10..2026-11-11"),
        ("last summer", "2026-06-01..2026-09-01"),
        ("last winter", "2025-12-01..2026-03-01"),
        ("this fall", "2026-09-01..2026-12-01"),
        ("next spring", "2027-03-01..2027-06-01"),
        ("last March", "2026-03-01..2026-04-01"),
        ("next March", "2027-03-01..2027-04-01"),
        ("the other day", "2026-11-13..2026-11-21"),
        ("earlier this week", "2026-11-16..now"),
        ("later this month", "now..2026-12-01"),
        ("at the end of last month", "2026-10-21..2026-11-01"),
    ]);
}

#[test]
fn english_relations() {
    check(&[
        ("since 2023", "2023-01-01..now"),
        ("since last week", "2026-11-09..now"),
        ("before 2020", "-..2020-01-01"),
        ("before last summer", "-..2026-06-01"),
        ("after March 2024", "2024-04-01..now"),
        ("after next week", "2026-11-30..+"),
        ("until 2023", "-..2024-01-01"),
        ("by the end of March 2024", "-..2024-04-01"),
        ("by March", "-..2026-04-01"),
        ("between March and May 2024", "2024-03-01..2024-06-01"),
        ("between November 2024 and February", "2024-11-01..2025-03-01"),
        ("between November and February", "2025-11-01..2026-03-01"),
        ("between 2019 and 2021", "2019-01-01..2022-01-01"),
        ("from March 3 to March 9 2024", "2024-03-03..2024-03-10"),
        ("from Monday to Wednesday", "2026-11-16..2026-11-19"),
        ("2023-03-01 to 2023-04-15", "2023-03-01..2023-04-16"),
        ("between 3 and 5 March 2024", "2024-03-03..2024-03-06"),
        ("March 3-7, 2024", "2024-03-03..2024-03-08"),
        ("2019-2021", "2019-01-01..2022-01-01"),
        ("from yesterday until tomorrow", "2026-11-19..2026-11-22"),
        ("Was it last week or in March 2024?", "2024-03-01..2024-04-01"),
        ("in March 2024, no, between 2019 and 2020", "2019-01-01..2021-01-01"),
        ("photos from 2024", "2024-01-01..2025-01-01"),
    ]);
}

#[test]
fn what_only_looks_like_a_date_is_none() {
    check(&[
        ("room 2024", "none"),
        ("top 10", "none"),
        ("model 4o", "none"),
        ("May I ask something?", "none"),
        ("may 5 people join", "none"),
        ("they march on", "none"),
        ("a second opinion", "none"),
        ("in a second", "none"),
        ("did he fall down", "none"),
        ("she likes spring rolls", "none"),
        ("Does she like Christmas?", "none"),
        ("April is my sister", "none"),
        ("summer dress", "none"),
        ("my phone number is 2023 1999", "none"),
        ("chapter 12, page 31", "none"),
        ("the day", "none"),
        ("a week", "none"),
        ("one year old", "none"),
        ("Windows 2000 server", "none"),
        ("999999999 years ago", "none"),
        ("99999999999999999999 days ago", "none"),
        ("guten Morgen", "none"),
        ("por la mañana", "none"),
        ("", "none"),
        ("🎉🎉", "none"),
        ("東京タワー", "none"),
        ("日本の春巻き", "none"),
        ("周杰伦的歌", "none"),
        ("sept enfants", "none"),
        ("mon petit ami", "none"),
    ]);
}

#[test]
fn german_dates() {
    check(&[
        ("Was habe ich gestern gegessen?", "2026-11-19..2026-11-20"),
        ("vorgestern", "2026-11-18..2026-11-19"),
        ("Was mache ich morgen?", "2026-11-21..2026-11-22"),
        ("heute Abend", "2026-11-20T17:00..2026-11-21T04:00"),
        ("letzte Woche", "2026-11-09..2026-11-16"),
        ("letztes Wochenende", "2026-11-14..2026-11-16"),
        ("nächsten Monat", "2026-12-01..2027-01-01"),
        ("vorletzte Woche", "2026-11-02..2026-11-09"),
        ("vor drei Tagen", "2026-11-17..2026-11-18"),
        ("vor ein paar Wochen", "2026-10-12..2026-11-09"),
        ("in zwei Wochen", "2026-11-30..2026-12-07"),
        ("in den letzten 7 Tagen", "2026-11-13..2026-11-21"),
        ("seit drei Tagen", "2026-11-17..2026-11-21"),
        ("im März 2024", "2024-03-01..2024-04-01"),
        ("am 5. März 2024", "2024-03-05..2024-03-06"),
        ("am 5. März", "2026-03-05..2026-03-06"),
        ("letzten Freitag", "2026-11-13..2026-11-14"),
        ("am Montag", "2026-11-16..2026-11-17"),
        ("letzten Sommer", "2026-06-01..2026-09-01"),
        ("im Winter 2024", "2024-12-01..2025-03-01"),
        ("seit 2023", "2023-01-01..now"),
        ("vor 2020", "-..2020-01-01"),
        ("nach dem März 2024", "2024-04-01..now"),
        ("bis zum März 2024", "-..2024-04-01"),
        ("zwischen März und Mai 2024", "2024-03-01..2024-06-01"),
        ("vom 3. bis 5. März 2024", "2024-03-03..2024-03-06"),
        ("Anfang März", "2026-03-01..2026-03-11"),
        ("Ende 2024", "2024-09-01..2025-01-01"),
        ("an Weihnachten", "2025-12-24..2025-12-27"),
        ("im Jahr 2022", "2022-01-01..2023-01-01"),
    ]);
}

#[test]
fn spanish_dates() {
    check(&[
        ("¿Qué comí ayer?", "2026-11-19..2026-11-20"),
        ("anteayer", "2026-11-18..2026-11-19"),
        ("mañana", "2026-11-21..2026-11-22"),
        ("pasado mañana", "2026-11-22..2026-11-23"),
        ("esta mañana", "2026-11-20T05:00..2026-11-20T12:00"),
        ("la semana pasada", "2026-11-09..2026-11-16"),
        ("el fin de semana pasado", "2026-11-14..2026-11-16"),
        ("el mes que viene", "2026-12-01..2027-01-01"),
        ("hace tres días", "2026-11-17..2026-11-18"),
        ("hace unas semanas", "2026-10-12..2026-11-09"),
        ("dentro de dos semanas", "2026-11-30..2026-12-07"),
        ("en los últimos 7 días", "2026-11-13..2026-11-21"),
        ("en marzo de 2024", "2024-03-01..2024-04-01"),
        ("el 5 de marzo de 2024", "2024-03-05..2024-03-06"),
        ("el 5 de marzo", "2026-03-05..2026-03-06"),
        ("el viernes pasado", "2026-11-13..2026-11-14"),
        ("el lunes", "2026-11-16..2026-11-17"),
        ("el verano pasado", "2026-06-01..2026-09-01"),
        ("desde 2023", "2023-01-01..now"),
        ("antes de 2020", "-..2020-01-01"),
        ("después de marzo de 2024", "2024-04-01..now"),
        ("hasta 2023", "-..2024-01-01"),
        ("entre marzo y mayo de 2024", "2024-03-01..2024-06-01"),
        ("a finales de 2024", "2024-09-01..2025-01-01"),
        ("el año pasado", "2025-01-01..2026-01-01"),
        ("en Navidad", "2025-12-24..2025-12-27"),
    ]);
}

#[test]
fn french_dates() {
    check(&[
        ("Qu'ai-je mangé hier ?", "2026-11-19..2026-11-20"),
        ("aujourd'hui", "2026-11-20..2026-11-21"),
        ("avant-hier", "2026-11-18..2026-11-19"),
        ("après-demain", "2026-11-22..2026-11-23"),
        ("ce matin", "2026-11-20T05:00..2026-11-20T12:00"),
        ("la semaine dernière", "2026-11-09..2026-11-16"),
        ("le week-end dernier", "2026-11-14..2026-11-16"),
        ("le mois prochain", "2026-12-01..2027-01-01"),
        ("il y a trois jours", "2026-11-17..2026-11-18"),
        ("il y a quelques semaines", "2026-10-12..2026-11-09"),
        ("dans deux semaines", "2026-11-30..2026-12-07"),
        ("ces 7 derniers jours", "2026-11-13..2026-11-21"),
        ("depuis trois jours", "2026-11-17..2026-11-21"),
        ("en mars 2024", "2024-03-01..2024-04-01"),
        ("en mars", "2026-03-01..2026-04-01"),
        ("le 5 mars 2024", "2024-03-05..2024-03-06"),
        ("le 1er mai 2024", "2024-05-01..2024-05-02"),
        ("vendredi dernier", "2026-11-13..2026-11-14"),
        ("l'été dernier", "2026-06-01..2026-09-01"),
        ("en été 2025", "2025-06-01..2025-09-01"),
        ("depuis 2023", "2023-01-01..now"),
        ("avant 2020", "-..2020-01-01"),
        ("après mars 2024", "2024-04-01..now"),
        ("jusqu'en 2023", "-..2024-01-01"),
        ("entre mars et mai 2024", "2024-03-01..2024-06-01"),
        ("fin 2024", "2024-09-01..2025-01-01"),
        ("l'année dernière", "2025-01-01..2026-01-01"),
        ("à Noël", "2025-12-24..2025-12-27"),
    ]);
}

#[test]
fn chinese_dates() {
    check(&[
        ("我昨天吃了什么", "2026-11-19..2026-11-20"),
        ("前天", "2026-11-18..2026-11-19"),
        ("明天有什么安排", "2026-11-21..2026-11-22"),
        ("今天下午", "2026-11-20T12:00..2026-11-20T18:00"),
        ("昨晚", "2026-11-19T17:00..2026-11-20T04:00"),
        ("上周我去了哪里", "2026-11-09..2026-11-16"),
        ("上週", "2026-11-09..2026-11-16"),
        ("上个星期", "2026-11-09..2026-11-16"),
        ("这个星期", "2026-11-16..2026-11-23"),
        ("上周末", "2026-11-14..2026-11-16"),
        ("上周五", "2026-11-13..2026-11-14"),
        ("下星期一", "2026-11-23..2026-11-24"),
        ("上个月", "2026-10-01..2026-11-01"),
        ("去年", "2025-01-01..2026-01-01"),
        ("前年", "2024-01-01..2025-01-01"),
        ("三天前", "2026-11-17..2026-11-18"),
        ("两周前", "2026-11-02..2026-11-09"),
        ("三个月前", "2026-08-01..2026-09-01"),
        ("十二天前", "2026-11-08..2026-11-09"),
        ("过去三天", "2026-11-17..2026-11-21"),
        ("最近7天", "2026-11-13..2026-11-21"),
        ("2024年3月5日", "2024-03-05..2024-03-06"),
        ("2024年3月", "2024-03-01..2024-04-01"),
        ("2024年", "2024-01-01..2025-01-01"),
        ("去年三月", "2025-03-01..2025-04-01"),
        ("去年夏天", "2025-06-01..2025-09-01"),
        ("3月5号", "2026-03-05..2026-03-06"),
        ("2023年以来", "2023-01-01..now"),
        ("2020年之前", "-..2020-01-01"),
        ("从2019年到2021年", "2019-01-01..2022-01-01"),
        ("2024年3月和5月之间", "2024-03-01..2024-06-01"),
    ]);
}

#[test]
fn japanese_dates() {
    check(&[
        ("昨日は何を食べた？", "2026-11-19..2026-11-20"),
        ("おととい", "2026-11-18..2026-11-19"),
        ("明日の予定", "2026-11-21..2026-11-22"),
        ("今朝", "2026-11-20T05:00..2026-11-20T12:00"),
        ("先週どこに行った？", "2026-11-09..2026-11-16"),
        ("先週末", "2026-11-14..2026-11-16"),
        ("先週の金曜日", "2026-11-13..2026-11-14"),
        ("来週の月曜日", "2026-11-23..2026-11-24"),
        ("先月", "2026-10-01..2026-11-01"),
        ("去年", "2025-01-01..2026-01-01"),
        ("昨年の夏", "2025-06-01..2025-09-01"),
        ("三日前", "2026-11-17..2026-11-18"),
        ("二週間前", "2026-11-02..2026-11-09"),
        ("3ヶ月前", "2026-08-01..2026-09-01"),
        ("数日前", "2026-11-15..2026-11-19"),
        ("過去三日間", "2026-11-17..2026-11-21"),
        ("2024年3月5日", "2024-03-05..2024-03-06"),
        ("2024年3月に", "2024-03-01..2024-04-01"),
        ("去年の3月", "2025-03-01..2025-04-01"),
        ("夏に何をした", "2026-06-01..2026-09-01"),
        ("金曜日に会った", "2026-11-20..2026-11-21"),
        ("2023年から", "2023-01-01..now"),
        ("2020年以前", "-..2020-01-01"),
        ("2019年から2021年まで", "2019-01-01..2022-01-01"),
        ("昨年のクリスマス", "2025-12-24..2025-12-27"),
    ]);
}

#[test]
fn every_window_of_a_text_is_found_with_its_words() {
    let text = "Moved in March 2024, left since last week; café on 5 May 2025.";
    let found = find_all(text, &now());
    let said: Vec<_> = found.iter().map(|w| (&text[w.span.clone()], w.unit)).collect();
    assert_eq!(
        said,
        [("in March 2024", Unit::Month), ("since last week", Unit::Range), ("on 5 May 2025", Unit::Day),]
    );
}

#[test]
fn days_begin_where_the_asker_lives() {
    let tokyo: Zoned = "2026-11-21T08:00:00+09:00[+09:00]".parse().unwrap();
    let found = find("yesterday", &tokyo).unwrap();
    assert_eq!(found.start.to_string(), "2026-11-19T15:00:00Z");
}

#[test]
fn questions_for_how_things_are_now_are_told_apart() {
    for text in [
        "Where do I live now?",
        "my current job",
        "the LATEST plan",
        "what are we doing these days",
        "does she still work there",
        "Was ist mein aktuelles Projekt?",
        "wo wohne ich derzeit",
        "¿Dónde vivo ahora?",
        "el proyecto más reciente",
        "où j'habite maintenant",
        "我现在住在哪里",
        "最近怎么样",
        "今は何をしている",
        "現在の仕事",
    ] {
        assert!(asks_for_latest(text), "`{text}`");
    }
    for text in ["Where did I live in 2019?", "snow", "knowledge", "今日の予定", "今年", "", "distillery"]
    {
        assert!(!asks_for_latest(text), "`{text}`");
    }
}

#[test]
fn a_word_that_begins_the_next_date_does_not_end_this_one() {
    let found = find_all("in May前年", &now());
    assert_eq!(found.iter().map(|window| window.span.clone()).collect::<Vec<_>>(), [0..6, 6..12]);
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in prop_oneof![
        any::<String>(),
        "(last|next|in|since|between|and|from|to|the|of|ago|vor|hace|il y a|[0-9]{1,10}|May|March|week|years|Friday|summer|年|月|日|前|去|上|周|十|三|-|/|\\.|:|5th|T| ){0,14}",
    ]) {
        let mut floor = 0;
        for window in find_all(&text, &now()) {
            prop_assert!(window.start <= window.end);
            prop_assert!(window.span.start >= floor && window.span.start < window.span.end);
            prop_assert!(text.get(window.span.clone()).is_some());
            floor = window.span.end;
        }
        prop_assert_eq!(find(&text, &now()).is_none(), find_all(&text, &now()).is_empty());
        asks_for_latest(&text);
    }
}
