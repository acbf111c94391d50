//! Where outputs go, and what speaks against it before any work is done.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::output::Format;
use foretaste::files::{Overwrite, check_folder, check_writable, write_file};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What replaces files, if that is wanted.
pub(crate) fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Replace } else { Overwrite::Refuse }
}

/// A file to write, or stdout.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    path: PathBuf,
    stdout: bool,
    overwrite: Overwrite,
}

impl Destination {
    /// A file; or stdout, by the name `-` or any other that it has.
    pub(crate) fn at(path: &Path, overwrite: Overwrite) -> Self {
        Self { path: path.to_owned(), stdout: is_stdout(path), overwrite }
    }

    /// A file that can be written and is none of the inputs; or stdout, if that can take it: it
    /// gets nothing else then.
    pub(crate) fn new(
        path: &Path,
        force: bool,
        inputs: &[PathBuf],
        global: &Global,
    ) -> Outcome<Self> {
        let new = Self::at(path, overwrite(force));
        if !new.stdout {
            check_writable(path, new.overwrite)?;
            check_inputs(&[path.to_owned()], inputs)?;
        } else if io::stdout().is_terminal() {
            let message = format!("{}: is the terminal", path.display());
            return Err(Failure::usage(message).help("send stdout to a file or a pipe"));
        } else if global.format() != Format::Table {
            let message = format!("{}: stdout can't take results and a file", path.display());
            return Err(Failure::usage(message).help("leave out --json or --format"));
        }
        Ok(new)
    }

    /// Whether nothing else may be printed.
    pub(crate) fn is_stdout(&self) -> bool {
        self.stdout
    }

    /// Writes the file, whole or not at all.
    pub(crate) fn write(&self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Outcome {
        if !self.stdout {
            return Ok(write_file(&self.path, self.overwrite, content)?);
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        content(&mut out)?;
        Ok(out.flush()?)
    }
}

/// A folder that can be made or written to.
pub(crate) fn check_output_folder(path: &Path) -> Outcome {
    refuse_stdout(path)?;
    Ok(check_folder(path)?)
}

/// For what is more than one file.
pub(crate) fn refuse_stdout(path: &Path) -> Outcome {
    if !is_stdout(path) {
        return Ok(());
    }
    let message = format!("{}: stdout can't take several files", path.display());
    Err(Failure::usage(message).help("name a place to write, ./- if it is to be called so"))
}

/// Refuses outputs that would replace an input, however either is called.
pub(crate) fn check_inputs(outputs: &[PathBuf], inputs: &[PathBuf]) -> Outcome {
    for output in outputs.iter().filter(|output| is_replaced(output)) {
        if let Some(input) = inputs.iter().find(|input| is_same(input, output)) {
            let message = match input == output {
                true => format!("{}: is an input and the output", input.display()),
                false => format!(
                    "{}: is the same file as {}, an input",
                    output.display(),
                    input.display()
                ),
            };
            return Err(Failure::usage(message).help("name another file to write"));
        }
    }
    Ok(())
}

/// Whether what is there would be lost; a terminal and /dev/null may well be both.
#[cfg(unix)]
fn is_replaced(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|found| !found.file_type().is_char_device())
}

#[cfg(not(unix))]
fn is_replaced(path: &Path) -> bool {
    path.is_file()
}

/// By number, not by opening them as crates for this do: a pipe would be waited for.
#[cfg(unix)]
pub(crate) fn is_same(a: &Path, b: &Path) -> bool {
    let [a, b] = [a, b].map(|path| std::fs::metadata(path).ok().as_ref().map(number));
    a.is_some() && a == b
}

#[cfg(not(unix))]
pub(crate) fn is_same(a: &Path, b: &Path) -> bool {
    let [a, b] = [a, b].map(|path| path.canonicalize().ok());
    a.is_some() && a == b
}

/// Whether two files are one once they are written, also where neither is there yet.
pub(crate) fn will_be_same(a: &Path, b: &Path) -> bool {
    let folder = |path: &Path| path.parent().unwrap_or(path).join(".");
    is_same(a, b) || (a.file_name() == b.file_name() && is_same(&folder(a), &folder(b)))
}

#[cfg(unix)]
fn number(found: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

/// Whether a path is `-`, or leads to what stdout leads to: /dev/stdout, /dev/fd/1, the very file.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-") || leads_to_stdout(path)
}

#[cfg(unix)]
fn leads_to_stdout(path: &Path) -> bool {
    use std::os::fd::AsFd;
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
    let stdout = stdout.and_then(|stdout| stdout.metadata()).ok();
    // To throw away both is no mixture.
    let null = std::fs::metadata("/dev/null").ok().as_ref().map(number);
    let path = std::fs::metadata(path).ok().as_ref().map(number);
    path.is_some() && path == stdout.as_ref().map(number) && path != null
}

#[cfg(not(unix))]
fn leads_to_stdout(_: &Path) -> bool {
    false
}
