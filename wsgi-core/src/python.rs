//! The bridge to Python.
