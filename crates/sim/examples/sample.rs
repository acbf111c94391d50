//! Writes the simulation with the default parameters into a folder:
//!
//! ```text
//! cargo run --release -p foretaste-sim --example sample -- datasets/sample
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use foretaste_sim::{Params, Table};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("usage: sample FOLDER")?);
    let feedback = Params::default().check()?.generate()?;
    fs::create_dir_all(&folder)?;
    for table in Table::ALL {
        table.write(&feedback, &mut fs::File::create(folder.join(table.file_name()))?)?;
    }
    Ok(())
}
