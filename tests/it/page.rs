//! What the page's sources may contain. Model output and memory text are hostile, so there is one place that
//! makes markup from them and one door to the backend. How the page behaves is tested in ui/ and in the browser lane.

use std::path::Path;

use crate::tree;

#[test]
fn only_the_host_folder_imports_tauri() {
    for (path, text) in tree::sources("ui/src", &["ts", "svelte", "js"]) {
        if !path.starts_with("ui/src/host") {
            assert!(!text.contains("@tauri-apps"), "`{}` goes around ui/src/host", path.display());
        }
    }
}

#[test]
fn markup_from_text_is_made_in_one_place() {
    for (path, text) in tree::sources("ui/src", &["ts", "svelte", "js"]) {
        // A test may read back what was drawn.
        if path != Path::new("ui/src/parts/Prose.svelte") && !path.to_string_lossy().ends_with(".test.ts") {
            for door in ["{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"] {
                assert!(!text.contains(door), "`{}` has `{door}`; Prose.svelte sanitises", path.display());
            }
        }
    }
}

#[test]
fn no_component_has_a_static_style_attribute() {
    let components = tree::sources("ui/src", &["svelte"]);
    assert!(!components.is_empty(), "the page has components");
    for (path, text) in components {
        let found = static_style(&text);
        assert_eq!(found, None, "`{}`: the content security policy drops it", path.display());
    }
}

/// The first `style="…"` without anything dynamic in it. Dynamic ones are set by script, which the policy allows.
fn static_style(text: &str) -> Option<&str> {
    text.match_indices("style=").find_map(|(at, name)| {
        let own_word = text[..at].ends_with(char::is_whitespace);
        let value = &text[at + name.len()..];
        let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let value = value[1..].split(quote).next()?;
        (own_word && !value.contains('{')).then_some(value)
    })
}

#[test]
fn a_static_style_is_told_apart_from_a_dynamic_one() {
    assert_eq!(static_style(r#"<p style="color: red">"#), Some("color: red"));
    assert_eq!(static_style("<p\n  style='top: 0'>"), Some("top: 0"));
    assert_eq!(static_style(r#"<p style="width: {w}px" style:top={t} data-style="x" style={s}>"#), None);
}
