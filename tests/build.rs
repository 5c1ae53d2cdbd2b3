//! Tells the tests which CPython the workspace is linked to, and where its library lies.

fn main() {
    pyo3_build_config::add_libpython_rpath_link_args();
    if let Some(executable) = pyo3_build_config::get().executable() {
        println!("cargo:rustc-env=WSGI_TESTS_PYTHON={executable}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
