//! The flags that would say again how a file was read.

use super::{Core, Reading};
use crate::shell;
use foretaste::io::BadRow;
use std::ffi::OsString;

impl Reading {
    /// The flags of this way to read; none of the default.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        // What no option sets is left out.
        let Self { columns, positive, layout, delimiter, header, no_header, on_bad_row, .. } = self;
        let layout = layout.map(|layout| layout.name().to_owned());
        // Messages have delimiters in quotes.
        let delimiter = delimiter.map(|delimiter| delimiter.name().trim_matches('\'').to_owned());
        let skip = (*on_bad_row == BadRow::Skip).then(|| "skip".to_owned());
        let options = [
            ("--columns", columns.as_ref().map(ToString::to_string)),
            ("--positive", positive.as_ref().map(ToString::to_string)),
            ("--layout", layout),
            ("--delimiter", delimiter),
            ("--on-bad-row", skip),
        ];
        let options =
            options.into_iter().filter_map(|(name, value)| Some(shell::option(name, value?)));
        let flags = [("--header", *header), ("--no-header", *no_header)];
        let flags = flags.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.into());
        options.chain(flags).collect()
    }
}

impl Core {
    /// The flag of this core; none if everything is kept.
    pub(crate) fn arguments(self) -> Vec<OsString> {
        match self.k_core {
            0 | 1 => Vec::new(),
            n => vec![shell::option("--k-core", n.to_string())],
        }
    }
}
