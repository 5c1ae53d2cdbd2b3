//! Lets this package's own tests find libpython at run time. Cargo hands link arguments to no other
//! package: whoever embeds Python through the feature `python` needs the same line in a build script.

fn main() {
    #[cfg(feature = "python")]
    pyo3_build_config::add_libpython_rpath_link_args();
}
