//! Lets the cargo binary find the libpython that it was linked with.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Pythons of pyenv, conda and the like lie where the dynamic linker does not look. Extension modules get
    // nothing from this: they link no libpython, the interpreter that loads them has it.
    #[cfg(feature = "python")]
    pyo3_build_config::add_libpython_rpath_link_args();
}
