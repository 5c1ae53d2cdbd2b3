//! The addresses of clients as text, made once for the requests of a connection.

use std::net::IpAddr;

use pyo3::prelude::*;
use pyo3::types::PyString;

/// So many ports are known at a time: connections take turns on a thread.
const PORTS: usize = 256;

/// What `REMOTE_ADDR` and `REMOTE_PORT` were lately.
#[derive(Default)]
pub(super) struct Peers {
    address: Option<(IpAddr, Py<PyString>)>,
    /// By [`place`]; empty until the first port comes.
    ports: Vec<Option<(u16, Py<PyString>)>>,
}

impl Peers {
    pub(super) fn address<'py>(
        &mut self,
        py: Python<'py>,
        address: IpAddr,
    ) -> Bound<'py, PyString> {
        if let Some((known, text)) = &self.address
            && *known == address
        {
            return text.bind(py).clone();
        }
        let text = PyString::new(py, &address.to_string());
        self.address = Some((address, text.clone().unbind()));
        text
    }

    pub(super) fn port<'py>(&mut self, py: Python<'py>, port: u16) -> Bound<'py, PyString> {
        if self.ports.is_empty() {
            self.ports.resize_with(PORTS, || None);
        }
        let known = &mut self.ports[place(port)];
        if let Some((known, text)) = known
            && *known == port
        {
            return text.bind(py).clone();
        }
        let text = PyString::new(py, &port.to_string());
        *known = Some((port, text.clone().unbind()));
        text
    }
}

/// Spreads ports that follow one another, and Linux gives out every second one first.
fn place(port: u16) -> usize {
    const GOLDEN: u16 = 0x9e37;
    usize::from(port.wrapping_mul(GOLDEN) >> 8) % PORTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_port_has_its_own_text_also_where_two_share_a_place() {
        crate::python::interpreter::initialize().unwrap();
        let mut peers = Peers::default();
        Python::attach(|py| {
            for port in (0..=u16::MAX).chain([1, 1]) {
                assert_eq!(peers.port(py, port).to_str().unwrap(), port.to_string());
            }
            let (first, second) = (peers.port(py, 40_000), peers.port(py, 40_000));
            assert!(first.is(&second));
        });
    }

    #[test]
    fn every_second_port_finds_a_place_of_its_own() {
        let places = (0..64).map(|n| place(40_000 + 2 * n));
        let distinct: std::collections::HashSet<_> = places.collect();
        assert!(distinct.len() >= 60, "{}", distinct.len());
    }
}
