//! Lets the examples find the library of CPython when they run; a program of your own that embeds it needs the same.

fn main() {
    pyo3_build_config::add_libpython_rpath_link_args();
}
