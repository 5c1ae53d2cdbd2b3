//! The run under valgrind.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use wsgi_benches::{python, stages};

/// How often a stage is done before it counts: until caches are filled and CPython has specialised its bytecode.
const WARM_UP: u64 = 200;

/// How often it is done while it counts.
const TIMES: u64 = 1000;

/// What was counted, and under which build of CPython and libc.
#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) python: String,
    pub(crate) stages: Vec<Count>,
}

/// One stage.
#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) name: String,
    pub(crate) uses_python: bool,
    /// Done once.
    pub(crate) instructions: u64,
}

/// Does each stage twice, to warm up and to be counted, and prints what these were.
pub(crate) fn work() -> Result<(), Box<dyn Error>> {
    let mut names = Vec::new();
    let mut build = String::new();
    python::attached(|| {
        build = python::build();
        for mut stage in stages::all() {
            stage.repeat(WARM_UP);
            stage.repeat(TIMES);
            names.push(json!({ "name": stage.name(), "uses_python": stage.uses_python() }));
        }
    })?;
    println!("{}", json!({ "python": build, "stages": names }));
    Ok(())
}

/// Runs this program under valgrind; `None` where there is none.
pub(crate) fn count() -> Result<Option<Counts>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let parts = folder.path().join("part");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--quiet", "--demangle=no"])
        // Whenever `Stage::repeat` is left, in either mangling, a part with what happened since the last one.
        .arg("--dump-after=*5Stage6repeat*")
        .arg(format!("--callgrind-out-file={}", parts.display()))
        .arg(std::env::current_exe()?)
        .arg("--work")
        .env("PYTHONHASHSEED", "0");
    let output = match valgrind.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        output => output?,
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{valgrind:?} ended with {}:\n{said}", output.status).into());
    }
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let names = told["stages"].as_array().map_or(&[][..], Vec::as_slice);
    let stages = names.iter().enumerate().map(|(index, stage)| {
        let total = total(&parts.with_extension(format!("{}", 2 * index + 2)))?;
        Ok(Count {
            name: stage["name"].as_str().unwrap_or_default().to_owned(),
            uses_python: stage["uses_python"] == true,
            instructions: (total + TIMES / 2) / TIMES,
        })
    });
    Ok(Some(Counts {
        python: told["python"].as_str().unwrap_or_default().to_owned(),
        stages: stages.collect::<Result<_, Box<dyn Error>>>()?,
    }))
}

/// The instructions of one part of the profile.
fn total(part: &Path) -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string(part).map_err(|error| format!("{}: {error}", part.display()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = line.ok_or_else(|| format!("{}: there is no line \"totals:\"", part.display()))?;
    Ok(total.trim().parse()?)
}
