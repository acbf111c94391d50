//! Threads to compute on: pools of our own, never rayon's global one.

use crate::fault::{Fault, Outcome};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The pools of a process by their number of threads. A forked child has its parent's memory and none of its
/// threads: the parent's pools are of no use there, and dropping them would wait for threads that are not.
static POOLS: Mutex<(u32, BTreeMap<usize, Arc<ThreadPool>>)> = Mutex::new((0, BTreeMap::new()));

/// How many threads `threads` is, 0 for as many as there are cores.
fn count(threads: usize) -> usize {
    match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        // More gain nothing, and each costs a stack.
        threads => threads.min(1024),
    }
}

fn new_pool(threads: usize) -> Outcome<Arc<ThreadPool>> {
    let builder =
        ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("foretaste-{n}"));
    let pool = builder.build().map_err(|error| Fault::Io(std::io::Error::other(error)))?;
    Ok(Arc::new(pool))
}

/// A pool of so many threads, 0 for as many as there are cores.
pub(crate) fn pool(threads: usize) -> Outcome<Arc<ThreadPool>> {
    let threads = count(threads);
    // A lock that was held when the process was forked is held for good in the child.
    let Ok(mut pools) = POOLS.try_lock() else { return new_pool(threads) };
    let own = std::process::id();
    if pools.0 != own {
        std::mem::forget(std::mem::take(&mut pools.1));
        pools.0 = own;
    }
    if let Some(pool) = pools.1.get(&threads) {
        return Ok(Arc::clone(pool));
    }
    let pool = new_pool(threads)?;
    pools.1.insert(threads, Arc::clone(&pool));
    Ok(pool)
}

/// Computes on a pool, while other threads of Python run.
pub(crate) fn computed<T: Send>(
    py: Python<'_>,
    threads: usize,
    work: impl FnOnce() -> Outcome<T> + Send,
) -> PyResult<T> {
    Ok(py.detach(|| pool(threads)?.install(work))?)
}
