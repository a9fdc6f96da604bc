//! Packs the sample bank into one archive, the form in which a memory server takes a bank.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use zip::write::{SimpleFileOptions, ZipWriter};

fn main() -> Result<(), Box<dyn Error>> {
    let from = Path::new("assets/sample-bank");
    println!("cargo:rerun-if-changed={}", from.display());
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("sample-bank.zip");
    let mut archive = ZipWriter::new(File::create(out)?);
    let mut files = Vec::new();
    list(from, &mut files)?;
    // In one order, so that the same files give the same bytes.
    files.sort();
    for file in files {
        let name = file.strip_prefix(from)?.to_string_lossy().replace('\\', "/");
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(&fs::read(&file)?)?;
    }
    archive.finish()?;
    Ok(())
}

/// Every JSON file of the archive; what explains it to people stays outside.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let own = path.file_name().is_some_and(|name| name == "questions.json");
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "json") && !own {
            files.push(path);
        }
    }
    Ok(())
}
