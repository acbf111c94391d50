//! Values that are made when they are first asked for, on threads that share work.

use std::sync::OnceLock;

/// The value of a cell, which is made if it is not there: twice at worst, by two threads that ask at once, of which
/// one's is kept; for values that are the same whoever makes them.
///
/// `OnceLock::get_or_init` holds a lock while the value is made. On a rayon pool, a thread that waits for its part
/// of that work takes up what else is to be done; if that asks for the same value, it waits for itself for ever.
pub fn made_once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    if cell.get().is_none() {
        // Whoever was first has set it.
        let _ = cell.set(make());
    }
    cell.get().expect("it is set, by this thread or by another")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    #[derive(Default)]
    struct Shared {
        cell: OnceLock<u32>,
        /// The other half of the work that makes the value has begun.
        begun: AtomicBool,
        /// Another job has the value.
        had: AtomicBool,
    }

    fn wait_for(flag: &AtomicBool) {
        while !flag.load(SeqCst) {
            std::thread::yield_now();
        }
    }

    /// While one thread of two makes a value, its other half is on the other thread, and ends only once another
    /// job has the value: the first thread has to do that job meanwhile.
    #[test]
    fn a_job_that_comes_while_a_value_is_made_does_not_wait_for_itself() {
        let (to, from) = mpsc::channel();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let shared = Arc::new(Shared::default());
        let (first, second) = (Arc::clone(&shared), Arc::clone(&shared));
        let done = to.clone();
        pool.spawn(move || {
            let halves = || {
                rayon::join(
                    || wait_for(&first.begun),
                    || {
                        first.begun.store(true, SeqCst);
                        wait_for(&first.had);
                    },
                );
                7
            };
            done.send(*made_once(&first.cell, halves)).unwrap();
        });
        wait_for(&shared.begun);
        pool.spawn(move || {
            let value = *made_once(&second.cell, || 7);
            second.had.store(true, SeqCst);
            to.send(value).unwrap();
        });
        for _ in 0..2 {
            assert_eq!(from.recv_timeout(Duration::from_secs(60)), Ok(7));
        }
    }
}
