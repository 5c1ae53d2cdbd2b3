//! One request's call, iteration and close see one thread, its thread-locals and its context variables.

use std::thread;

use serde_json::Value;

use super::{get, serve};

#[test]
fn call_steps_and_close_are_on_one_thread_whatever_blocks_meanwhile() {
    const CLIENTS: usize = 8;
    const REQUESTS: usize = 60;
    for options in [&[][..], &["--threads", "1"], &["--threads", "2"]] {
        let server = serve("traced.py", options);
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let server = &server;
                scope.spawn(move || {
                    let mut connection = server.connect();
                    for number in 0..REQUESTS {
                        // Each in its turn pauses in the call, in a step, or not at all.
                        let target = format!("/{client}?{}", (client + number) % 7);
                        assert_eq!(get(&mut connection, &target), "blockblockblock");
                    }
                });
            }
        });
        let report = server.get("/report");
        let report: Value = serde_json::from_slice(&report.body).expect("it is JSON");
        let all = CLIENTS * REQUESTS;
        assert_eq!(report["wrong"], Value::Array(Vec::new()), "{options:?}");
        assert_eq!(
            (&report["ended"], &report["closed"]),
            (&all.into(), &all.into())
        );
        let threads = report["threads"].as_u64().expect("a number");
        match options {
            [_, "1"] => assert_eq!(threads, 1),
            _ => assert!(threads > 1, "{options:?}: nothing ever blocked"),
        }
    }
}
