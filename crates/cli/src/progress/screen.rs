//! The terminal that progress is drawn on.

use console::Term;
use indicatif::TermLike;
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether stderr is a terminal that control codes may be sent to.
pub(super) fn takes_codes() -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !console::is_dumb() && !plain
}

/// Stderr, with the cursor left at the start of the line that was drawn.
///
/// A terminal that becomes narrower breaks that line in two. From its start all of it can be
/// cleared, however many lines it has become; from its end, where indicatif leaves the cursor,
/// nobody knows how far up it starts.
#[derive(Debug)]
pub(super) struct Screen {
    term: Term,
    /// How wide it was when a line was last cleared.
    columns: AtomicUsize,
}

impl Screen {
    pub(super) fn stderr() -> Self {
        Self::of(Term::buffered_stderr())
    }

    /// Draws to a file, as if it were a terminal.
    #[cfg(all(test, unix))]
    pub(super) fn file(file: std::fs::File) -> Self {
        let input = file.try_clone().expect("the system has file descriptors left");
        Self::of(Term::read_write_pair(input, file))
    }

    fn of(term: Term) -> Self {
        Self { term, columns: AtomicUsize::new(columns()) }
    }
}

/// Columns of stderr as it is now; 80 where it does not say.
pub(super) fn columns() -> usize {
    match Term::stderr().size_checked() {
        Some((_, columns @ 1..)) => usize::from(columns),
        _ => 80,
    }
}

impl TermLike for Screen {
    /// More than any line has: each was made to fit, and is to be counted as one.
    fn width(&self) -> u16 {
        1000
    }

    fn height(&self) -> u16 {
        self.term.size().0.max(1)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_left(n)
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.term.write_line(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        // Blanks up to the last column would wrap with the rest; the line has been cleared.
        if text.trim().is_empty() { Ok(()) } else { self.term.write_str(text) }
    }

    fn clear_line(&self) -> io::Result<()> {
        let now = columns();
        // Further down only where there may be something: tmux keeps a copy of what is cleared
        // from the top of the screen on.
        let one_line = self.columns.swap(now, Ordering::Relaxed) == now;
        self.term.write_str(if one_line { "\r\x1b[2K" } else { "\r\x1b[J" })
    }

    fn flush(&self) -> io::Result<()> {
        self.term.write_str("\r")?;
        self.term.flush()
    }
}
