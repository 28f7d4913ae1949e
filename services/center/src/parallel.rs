//! Work on many registrations at a time, on all processors: a start reads a whole county. What comes of it is the same on
//! one.

use std::thread::{available_parallelism, scope};

/// Fewer are not worth a thread.
const A_THREAD: usize = 512;

/// Cuts a slice into as many parts as there are processors, and works on each in a thread of its own; on few here.
pub(crate) fn in_parallel<T: Sync, R: Send>(all: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let threads = available_parallelism().map_or(1, usize::from).min(all.len().div_ceil(A_THREAD));
    if threads <= 1 {
        return vec![work(all)];
    }
    scope(|scope| {
        let work = &work;
        let parts = all.chunks(all.len().div_ceil(threads));
        let running: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let ended = running.into_iter().map(|part| part.join());
        ended.map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}
