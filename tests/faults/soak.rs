//! The soak, for a short while: `tests/soak` says what it is.

use std::process::Command;

#[test]
fn many_requests_of_all_kinds_at_once_are_answered_byte_for_byte() {
    let mut soak = Command::new(env!("CARGO_BIN_EXE_soak"));
    let output = soak.args(["--requests", "20000"]).output();
    let output = output.expect("the program is built beside this test");
    let [told, wrong] = [output.stdout, output.stderr].map(String::from_utf8);
    let (told, wrong) = (told.expect("text"), wrong.expect("text"));
    assert!(output.status.success(), "{told}\n{wrong}");
    assert!(told.contains(", 0 wrong"), "{told}");
}
