//! Taking another model while one is served.

use crate::Error;
use crate::loaded::{Loaded, Source};
use crate::state::State;
use rayon::ThreadPool;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, SystemTime};

/// What tells a file from another of the same name.
type Stamp = Option<(u64, u64, SystemTime)>;

/// Where models come from, and which files were looked at last.
#[derive(Debug)]
pub(crate) struct Reloads {
    source: Source,
    /// Held while files are read, so that two never are at once.
    seen: Mutex<[Stamp; 3]>,
    /// Who waits for it.
    waiting: AtomicUsize,
}

/// Who may wait until files are read.
const MOST_WAITING: usize = 4;

/// What came of looking for another model.
#[derive(Debug)]
pub(crate) enum Reloaded {
    /// The files are what is served.
    Same,
    /// Another model is served.
    Changed,
    /// Others wait for their turn already.
    Busy,
}

impl Reloads {
    /// The first model.
    pub(crate) fn first(source: Source, pool: &ThreadPool) -> Result<(Self, Loaded), Error> {
        let seen = source.stamps();
        let loaded = pool.install(|| source.load())?;
        Ok((Self { source, seen: Mutex::new(seen), waiting: AtomicUsize::new(0) }, loaded))
    }
}

impl Source {
    fn stamps(&self) -> [Stamp; 3] {
        let files = [Some(&self.model), self.titles.as_ref(), self.attributes.as_ref()];
        files.map(|file| stamp(file?))
    }
}

impl State {
    /// Reads the files, after whoever reads them already, and serves what they hold. What can't be read leaves the
    /// model that there is.
    pub(crate) fn reload(&self) -> Result<Reloaded, Error> {
        let waiting = &self.reloads.waiting;
        if waiting.fetch_add(1, Ordering::SeqCst) >= MOST_WAITING {
            waiting.fetch_sub(1, Ordering::SeqCst);
            return Ok(Reloaded::Busy);
        }
        let seen = self.reloads.seen.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.fetch_sub(1, Ordering::SeqCst);
        self.reload_having(seen)
    }

    fn reload_having(&self, mut seen: MutexGuard<'_, [Stamp; 3]>) -> Result<Reloaded, Error> {
        // Before reading: what changes meanwhile is read again.
        *seen = self.reloads.source.stamps();
        let loaded = self.pool.install(|| self.reloads.source.load());
        let loaded = loaded.inspect_err(|_| _ = self.metrics.reload_failures.inc())?;
        let changed = loaded.fingerprint != self.loaded().fingerprint;
        // Whoever is answered by the new model finds it counted.
        self.metrics.reloads.inc();
        self.current.store(Arc::new(loaded));
        Ok(if changed { Reloaded::Changed } else { Reloaded::Same })
    }

    /// Reads the files if they are others than those that were read last, and nobody reads them.
    fn reload_if_changed(&self) -> Option<Result<Reloaded, Error>> {
        let seen = match self.reloads.seen.try_lock() {
            Ok(seen) => seen,
            Err(TryLockError::Poisoned(seen)) => seen.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        (*seen != self.reloads.source.stamps()).then(|| self.reload_having(seen))
    }

    /// Looks at the files again and again, until the server drains.
    pub(crate) fn watch(&self, every: Duration) {
        let step = every.min(Duration::from_millis(100));
        let mut waited = Duration::ZERO;
        while !self.is_draining() {
            std::thread::sleep(step);
            waited += step;
            if waited < every {
                continue;
            }
            waited = Duration::ZERO;
            match self.reload_if_changed() {
                None => {}
                Some(Ok(_)) => {
                    let model = self.loaded();
                    (self.options.say)(&format!("serves model {}", model.fingerprint));
                }
                Some(Err(error)) => {
                    (self.options.say)(&format!("{error}: the model stays what it is"))
                }
            }
        }
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&about);
    #[cfg(not(unix))]
    let inode = 0;
    Some((inode, about.len(), about.modified().ok()?))
}
