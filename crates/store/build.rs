//! Tells cargo that a new file under `migrations/` changes this crate; the macro that embeds them
//! only sees the files that were there when it ran.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
