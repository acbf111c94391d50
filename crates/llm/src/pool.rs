//! Questions that are asked by several threads, and answers that one takes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::Error;

/// What a thread has to say.
#[derive(Debug)]
pub(crate) enum Message<T, N> {
    /// On the way to an answer.
    Note(N),
    /// The end of a question, by its place.
    Done(usize, T),
}

/// Asks `jobs` questions by so many threads, one after another each, and takes what they say in the
/// order in which it comes. After an error of `take` no question is begun, and those that are under way
/// are taken all the same, since they are paid for; the first error is returned. Whoever asks may halt the
/// others, too, before it says why.
pub(crate) fn run<T: Send, N: Send>(
    jobs: usize,
    threads: usize,
    ask: impl Fn(usize, &dyn Fn(N), &AtomicBool) -> T + Sync,
    mut take: impl FnMut(Message<T, N>) -> Result<(), Error>,
) -> Result<(), Error> {
    let (next, halted) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.max(1)) {
            let (sender, next, halted, ask) = (sender.clone(), &next, &halted, &ask);
            scope.spawn(move || {
                let say = |note| _ = sender.send(Message::Note(note));
                while !halted.load(Ordering::SeqCst) {
                    let job = next.fetch_add(1, Ordering::SeqCst);
                    if job >= jobs {
                        break;
                    }
                    let _ = sender.send(Message::Done(job, ask(job, &say, halted)));
                }
            });
        }
        drop(sender);
        let mut result = Ok(());
        for message in receiver {
            if let Err(error) = take(message) {
                halted.store(true, Ordering::SeqCst);
                result = result.and(Err(error));
            }
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_asked_once_and_by_no_more_threads() {
        for threads in [0, 1, 3, 100] {
            let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let mut taken = Vec::new();
            run(
                20,
                threads,
                |job, _: &dyn Fn(()), _| {
                    most.fetch_max(1 + now.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                    job
                },
                |message| {
                    if let Message::Done(at, job) = message {
                        assert_eq!(at, job);
                        taken.push(job);
                    }
                    Ok(())
                },
            )
            .unwrap();
            taken.sort_unstable();
            assert_eq!(taken, (0..20).collect::<Vec<_>>());
            assert!(most.into_inner() <= threads.max(1));
        }
        run(0, 4, |_, _: &dyn Fn(()), _| (), |_| Ok(())).unwrap();
    }

    #[test]
    fn after_an_error_no_question_is_begun_and_what_is_under_way_is_taken() {
        let mut done = Vec::new();
        let ended = run(
            1000,
            1,
            |job, say: &dyn Fn(()), halted| {
                say(());
                while !halted.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                job
            },
            |message| match message {
                Message::Note(()) => Err(Error::NoHttp),
                Message::Done(_, job) => {
                    done.push(job);
                    Ok(())
                }
            },
        );
        assert!(matches!(ended, Err(Error::NoHttp)));
        assert_eq!(done, [0]);
    }
}
