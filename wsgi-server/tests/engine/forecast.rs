//! What was slow before is given to another thread before the call; what is quick is the leader's own.

use super::client::Client;
use super::gates::{Gates, name};
use super::kit::Running;

/// Between two calls of quick paths, the thread of one for this path; `true`: it was the leader's own.
///
/// Each quick path is used once, so that no bad moment of the machine makes one of them a slow one.
fn is_inline(client: &mut Client, path: &str, unused: &mut impl Iterator<Item = usize>) -> bool {
    let mut quick = || format!("/{}", name(unused.next().unwrap()));
    let before = client.get(&quick());
    let answer = client.get(path);
    assert_eq!((answer.status, &*answer.body), (200, path));
    let after = client.get(&quick());
    before.thread() == answer.thread() && answer.thread() == after.thread()
}

#[test]
fn a_path_that_blocked_is_given_away_for_a_while_and_comes_back() {
    let gates = Gates::new();
    let server = Running::with(|builder| builder.loops(1), gates.app());
    let mut unused = 0..;
    let [mut client, mut blocked] = server.clients();
    // Nothing promises for how long it is given away, so that it is made slow again until that is seen.
    let mut round = 0;
    loop {
        let path = format!("/wait/{round}"); // one path for the forecast
        blocked.send(&path);
        round += 1;
        gates.wait_for(round);
        assert_eq!(client.get("/other").body, "/other"); // so another one leads
        gates.open(&path);
        assert_eq!(blocked.answer().body, path);
        let seen = gates.arrived().len();
        let was_inline = is_inline(&mut client, &path, &mut unused);
        round += gates.arrived().len() - seen;
        if !was_inline {
            break;
        }
        assert!(round < 200, "never given away");
    }
    gates.open_all();
    let quick_again = (0..200_000).any(|_| is_inline(&mut client, "/wait/0", &mut unused));
    assert!(quick_again, "never the leader's own again");
}

#[test]
fn quick_calls_are_the_leaders_own() {
    let gates = Gates::new();
    let server = Running::with(|builder| builder.loops(1), gates.app());
    let mut unused = 0..;
    let [mut client] = server.clients();
    let inline = (0..200)
        .filter(|_| {
            let path = format!("/quick/{}", name(unused.next().unwrap()));
            is_inline(&mut client, &path, &mut unused)
        })
        .count();
    // On a busy machine some of them outlast a tick, and lose the loop to another thread.
    assert!(inline > 100, "{inline} of 200");
}
