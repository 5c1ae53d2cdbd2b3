//! Lets the programs find the library of CPython, and tells them which compiler made them.

use std::process::Command;

fn main() {
    pyo3_build_config::add_libpython_rpath_link_args();
    let rustc = std::env::var_os("RUSTC").expect("cargo names the compiler");
    let output = Command::new(rustc).arg("--version").output();
    let version = output.expect("the compiler tells its version").stdout;
    let version = String::from_utf8_lossy(&version);
    println!("cargo:rustc-env=WSGI_BENCHES_RUSTC={}", version.trim());
    println!("cargo:rerun-if-changed=build.rs");
}
