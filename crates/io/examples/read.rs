//! Reads a file again and again and says how long each time took:
//! `cargo run --release -p foretaste-io --example read -- FILE [THREADS [TIMES]]`.
//!
//! `FORETASTE_GENERAL` reads through the general reader, to compare.

use std::error::Error;
use std::fs::File;
use std::io::{Write, stdout};
use std::time::Instant;

use foretaste_io::{ReadOptions, read_interactions, read_interactions_from};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("which file?")?;
    let threads = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let times = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let general = std::env::var_os("FORETASTE_GENERAL").is_some();
    let options = ReadOptions { checksum: true, ..ReadOptions::default() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    for _ in 0..times {
        let start = Instant::now();
        let (data, report) = pool.install(|| {
            if general {
                read_interactions_from(File::open(&file).expect("it opens"), &file, &options)
            } else {
                read_interactions(&file, &options)
            }
        })?;
        let (seconds, nnz) = (start.elapsed().as_secs_f64(), data.interactions().nnz());
        writeln!(stdout(), "{seconds:.3} s, {nnz} interactions of {} rows", report.rows)?;
    }
    Ok(())
}
