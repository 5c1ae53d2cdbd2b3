//! Requests whose answer does not begin in time: the server's own limit, or what a layer has asked for
//! (`Client::answer_by`).
//!
//! The event loop answers 504 itself then, whatever the thread is doing: it holds the client's socket, too, and whoever is
//! first has the right to answer (`Stream::begin_answer`, `Stream::revoke_answer`). The thread is told when it wants to
//! send, as if the client had left; until then it counts as wedged, and another one takes its place.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::EventLoop;
use super::connections::Slot;
use crate::engine::Loop;
use crate::output::{Flush, Output};
use crate::protocol::Refusal;
use crate::refused::RefusedRequest;
use crate::stream::Stream;

impl EventLoop {
    /// Answers the requests that threads have had for too long.
    pub(super) fn answer_overdue(&mut self, lp: &Arc<Loop>) {
        let slots = self.connections.iter_mut();
        let away = slots.filter_map(|(key, slot)| match slot {
            Slot::Away(away) if away.instead.is_none() => Some((key, away.since)),
            _ => None,
        });
        for (key, since) in away.collect::<Vec<_>>() {
            let stream = self.connections.stream(key);
            let wanted_by = stream.wanted_by();
            let wanted = wanted_by.map(|by| by.saturating_duration_since(since));
            let limit = lp.shared.request_timeout.into_iter().chain(wanted).min();
            if let Some(limit) = limit.filter(|limit| self.now.duration_since(since) >= *limit)
                && let Some(debts) = revoke(lp, stream)
            {
                self.answer_instead(lp, key, debts, limit);
            }
        }
    }

    /// `output`: what remains of the answers to this client's earlier requests.
    fn answer_instead(&mut self, lp: &Arc<Loop>, key: usize, mut output: Output, limit: Duration) {
        let peer = self.connections.stream(key).peer();
        let Some(away) = self.connections.away(key) else {
            return;
        };
        let refusal = Refusal::Deadline { limit };
        refusal.encode_for(&away.method, &mut output.buffer);
        away.instead = Some(Box::new(output));
        let reason = refusal.to_string();
        let refused = RefusedRequest {
            remote_addr: peer.map(|peer| peer.ip()),
            remote_port: peer.map(|peer| peer.port()),
            method: away.method.as_str().as_bytes(),
            target: away.path.as_deref().unwrap_or_default(),
            duration: Some(self.now.duration_since(away.since)),
            ..RefusedRequest::new(refusal.status(), &reason)
        };
        refused.log();
        lp.shared.tell_refusal(&refused);
        self.send_instead(key);
        if let Some((id, interpreter_id)) = lp.crew.wedge(key, |id| lp.spawn(id)) {
            tell_stack(lp, lp.thread_name(id), interpreter_id);
        }
    }

    /// Sends as much as the client takes of what it gets in place of its thread's answer.
    pub(super) fn send_instead(&mut self, key: usize) {
        let stream = self.connections.stream(key).clone();
        if let Some(away) = self.connections.away(key)
            && let Some(output) = &mut away.instead
            && output.pending() > 0
            && let Ok(Flush::Done) = output.flush(&stream)
        {
            let _ = stream.finish_writing(); // it fails where the client is gone
        }
    }
}

/// Takes the right to answer from the thread, and what it would have sent first. `None`: it is about to send, or does.
fn revoke(lp: &Loop, stream: &Arc<Stream>) -> Option<Output> {
    if stream.revoke_answer() {
        return Some(Output::default());
    }
    let outboxes = &lp.shared.outboxes;
    outboxes.take(stream, || stream.revoke_answer_with_debts())
}

/// Logs what a thread is doing. On a thread of its own, as the interpreter may be held for as long as the call lasts.
fn tell_stack(lp: &Arc<Loop>, name: String, interpreter_id: usize) {
    let lp = lp.clone();
    let tell = move || {
        let stack = lp.shared.interpreter.stack(interpreter_id);
        let stack = stack.map_or(String::new(), |stack| {
            format!("; it is at\n{}", stack.trim_end())
        });
        tracing::error!("thread {name} has not come back, another one takes its place{stack}");
    };
    let builder = thread::Builder::new().name("wsgi-stack".to_owned());
    if let Err(error) = builder.spawn(tell) {
        tracing::error!(%error, "cannot start a thread to tell where another one is");
    }
}
