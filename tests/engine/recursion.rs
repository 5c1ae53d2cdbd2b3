//! Threads of the server have stacks for recursion as deep as a Python program's own have.

use super::{begin, get, serve};

#[test]
fn deep_recursion_crashes_no_thread() {
    for options in [&[][..], &["--threads", "1"]] {
        let server = serve("recursion.py", options);
        let mut connection = server.connect();
        for _ in 0..3 {
            assert_eq!(get(&mut connection, "/python"), "4000", "{options:?}");
            // Through C some versions of CPython allow less than their limit says, and raise.
            for target in ["/callback", "/nested"] {
                let depth = get(&mut connection, target);
                assert!(
                    ["4000", "RecursionError"].contains(&depth.as_str()),
                    "{options:?}, {target}: {depth}"
                );
            }
        }
        let mut at_once: Vec<_> = (0..8).map(|_| begin(&server, "/python")).collect();
        for connection in &mut at_once {
            assert_eq!(connection.response().text(), "4000", "{options:?}");
        }
    }
}
