//! The baseline, and what has changed since.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::callgrind::Counts;

/// The part by which a stage may rise unmentioned.
const TOLERANCE: f64 = 0.03;

/// What the number of instructions depends on beside the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// Compiler and architecture.
    rust: String,
    /// CPython, its compiler, libc.
    python: String,
}

impl Conditions {
    pub(crate) fn of(counts: &Counts) -> Self {
        let (compiler, architecture) = (env!("WSGI_BENCHES_RUSTC"), std::env::consts::ARCH);
        Self {
            rust: format!("{compiler}, {architecture}"),
            python: counts.python.clone(),
        }
    }
}

/// What was counted when it was saved last.
#[derive(Debug)]
pub(crate) struct Baseline {
    conditions: Conditions,
    stages: Map<String, Value>,
}

impl Baseline {
    pub(crate) fn new(conditions: Conditions, counts: &Counts) -> Self {
        let stages = counts.stages.iter();
        Self {
            conditions,
            stages: stages
                .map(|count| (count.name.clone(), count.instructions.into()))
                .collect(),
        }
    }

    fn file() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
    }

    pub(crate) fn load() -> Result<Self, Box<dyn Error>> {
        let file = Self::file();
        let text = fs::read_to_string(&file)
            .map_err(|error| format!("{}: {error}; --save makes it", file.display()))?;
        let value: Value = serde_json::from_str(&text)?;
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            conditions: Conditions {
                rust: text("rust"),
                python: text("python"),
            },
            stages: value["instructions"]
                .as_object()
                .cloned()
                .unwrap_or_default(),
        })
    }

    pub(crate) fn save(&self) -> Result<(), Box<dyn Error>> {
        let value = json!({
            "rust": self.conditions.rust,
            "python": self.conditions.python,
            "instructions": self.stages,
        });
        Ok(fs::write(Self::file(), format!("{value:#}\n"))?)
    }

    /// Prints both side by side, and what has risen by more than it may. `true` if something has.
    pub(crate) fn compare(&self, conditions: &Conditions, counts: &Counts) -> bool {
        let same_rust = self.conditions.rust == conditions.rust;
        let same_python = same_rust && self.conditions.python == conditions.python;
        let (mut risen, mut fallen) = (Vec::new(), 0);
        print_row("instructions", "baseline", "now", "change");
        for count in &counts.stages {
            let comparable = match count.uses_python {
                true => same_python,
                false => same_rust,
            };
            let before = self.stages.get(&count.name).and_then(Value::as_u64);
            let now = count.instructions.to_string();
            let Some(before) = before.filter(|_| comparable) else {
                print_row(&count.name, "-", &now, "-");
                continue;
            };
            let change = count.instructions as f64 / before as f64 - 1.0;
            let percent = format!("{:+.1} %", change * 100.0);
            print_row(&count.name, &before.to_string(), &now, &percent);
            if change > TOLERANCE {
                risen.push(format!("{}: {before} -> {now}, {percent}", count.name));
            }
            fallen += usize::from(change < -TOLERANCE);
        }
        if !same_python {
            self.tell_difference(conditions, same_rust);
        }
        if fallen > 0 {
            println!("\n{fallen} stages need clearly fewer than the baseline: --save keeps it so.");
        }
        if !risen.is_empty() {
            let tolerance = TOLERANCE * 100.0;
            println!("\nWARNING: more than {tolerance:.0} % above the baseline:");
            println!("  {}", risen.join("\n  "));
            println!(
                "If that buys something worth it: --save, and say in the commit what it buys."
            );
        }
        !risen.is_empty()
    }

    fn tell_difference(&self, conditions: &Conditions, same_rust: bool) {
        let what = match same_rust {
            true => "The stages that use Python are not",
            false => "Nothing is",
        };
        println!("\n{what} compared, for the baseline was made under other conditions:");
        println!(
            "  baseline: {}; CPython {}",
            self.conditions.rust, self.conditions.python
        );
        println!(
            "  now:      {}; CPython {}",
            conditions.rust, conditions.python
        );
    }
}

fn print_row(name: &str, before: &str, now: &str, change: &str) {
    println!("{name:<40}{before:>10}{now:>10}{change:>10}");
}
