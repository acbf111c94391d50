//! Seconds of an epoch of libmf's BPR, for `run.py`.
//!
//! ```text
//! peer-libmf FILE FACTORS THREADS FEW MANY      seconds, as json
//! ```
//!
//! FILE is a csv with a header whose first columns are whole numbers: user and item. An epoch takes
//! (a training of MANY epochs − one of FEW) / (MANY − FEW).

use libmf::{Loss, Matrix, Model};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::time::Instant;

/// Dense indices for ids, in their order.
fn dense(ids: &[u32]) -> Vec<i32> {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let index = |id: &u32| sorted.binary_search(id).map_or(-1, |at| at as i32);
    ids.iter().map(index).collect()
}

fn read(path: &str) -> Result<Matrix, Box<dyn Error>> {
    let (mut users, mut items) = (Vec::new(), Vec::new());
    for line in BufReader::new(std::fs::File::open(path)?).lines().skip(1) {
        let line = line?;
        let mut fields = line.split(',');
        for ids in [&mut users, &mut items] {
            ids.push(fields.next().ok_or("a line without two fields")?.parse()?);
        }
    }
    let (users, items) = (dense(&users), dense(&items));
    let mut matrix = Matrix::with_capacity(users.len());
    users.iter().zip(&items).for_each(|(user, item)| matrix.push(*user, *item, 1.0));
    Ok(matrix)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args == ["--version"] {
        println!(
            "libmf {}",
            include_str!("../Cargo.toml")
                .rsplit('"')
                .nth(1)
                .map_or("?", |v| v.trim_start_matches('='))
        );
        return Ok(());
    }
    let [path, factors, threads, few, many] = &args[..] else {
        return Err("peer-libmf FILE FACTORS THREADS FEW MANY".into());
    };
    let matrix = read(path)?;
    let (factors, threads) = (factors.parse()?, threads.parse()?);
    let (few, many): (i32, i32) = (few.parse()?, many.parse()?);
    let seconds = |epochs| -> Result<f64, Box<dyn Error>> {
        let started = Instant::now();
        let mut params = Model::params();
        params.loss(Loss::OneClassRow).factors(factors).threads(threads).iterations(epochs);
        params.learning_rate(0.05).lambda_p2(0.01).lambda_q2(0.01).quiet(true);
        params.fit(&matrix)?;
        Ok(started.elapsed().as_secs_f64())
    };
    let (short, long) = (seconds(few)?, seconds(many)?);
    println!("{{\"seconds\": {}}}", (long - short) / f64::from(many - few));
    Ok(())
}
