//! Tells the bridge for which CPython it is built, and lets this package's own tests find libpython at run time.
//! Cargo hands link arguments to no other package: whoever embeds Python through the feature `python` needs the
//! second line in a build script of their own.

fn main() {
    #[cfg(feature = "python")]
    {
        pyo3_build_config::use_pyo3_cfgs();
        pyo3_build_config::add_libpython_rpath_link_args();
    }
}
