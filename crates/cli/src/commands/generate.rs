//! `completions` and `man`: made from the command line itself.

use crate::args::{Args, Global};
use crate::destination::{check_output_folder, overwrite};
use crate::failure::{Code, Failure, Outcome};
use crate::output::make_folder;
use clap::CommandFactory;
use foretaste::files::check_writable;
use std::io::Write;
use std::path::PathBuf;

/// Print completions for a shell.
///
/// For bash: `foretaste completions bash > ~/.local/share/bash-completion/completions/foretaste`.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Print the manual page, or write those of all commands.
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Write a page for each command into this folder, instead of the main one to stdout.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace pages that are there.
    #[arg(long, requires = "output")]
    force: bool,
}

impl Completions {
    pub(crate) fn run(&self, _global: &Global) -> Outcome {
        // The generator panics if it can't write, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Args::command(), "foretaste", &mut script);
        Ok(std::io::stdout().lock().write_all(&script)?)
    }
}

impl Man {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        let Some(folder) = &self.output else {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page)?;
            return Ok(std::io::stdout().lock().write_all(&page)?);
        };
        check_output_folder(folder)?;
        if folder.is_dir() {
            check_writable(folder.join("foretaste.1"), overwrite(self.force))?;
        }
        make_folder(folder)?;
        clap_mangen::generate_to(Args::command(), folder)
            .map_err(|error| Failure::io(Code::Runtime, folder, &error))?;
        global.note(format_args!("wrote {}", folder.display()));
        Ok(())
    }
}
