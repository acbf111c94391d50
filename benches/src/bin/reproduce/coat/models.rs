//! What is trained on Coat, and its scores.

use super::{Coat, Kind, Method, Point, Split};
use crate::Result;
use crate::data::glorot;
use foretaste::baselines::ExpoMfParams;
use foretaste::bpr::BprLoss;
use foretaste::data::{ItemId, UserId};
use foretaste::mf::batch::{
    Batch, Batches, Cell, CellSampler, Cells, Emit, Optimiser, PositiveBlocks, Settings, Trainer,
    Triples,
};
use foretaste::mf::{Factors, Params, Silent, Start, Training};
use foretaste::relmf::{self, Estimator, Loss, Propensities, RelMfLoss, Solver};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The scores of all cells, by user.
pub(super) fn scores(
    coat: &Coat,
    method: &Method,
    point: Point,
    split: &Split,
    seed: u64,
) -> Result<Vec<Vec<f32>>> {
    let (users, items) = (split.seen.n_users(), split.seen.n_items());
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let factors = match method.kind {
        Kind::Random => {
            let mut row = |_| (0..items).map(|_| rng.random()).collect();
            return Ok((0..users).map(&mut row).collect());
        }
        Kind::Popularity => {
            let popular: Vec<f32> = split.counts.iter().map(|&n| n as f32).collect();
            return Ok(vec![popular; users]);
        }
        Kind::ExpoMf => expomf(point, split, seed)?,
        Kind::Als => exact(point, split, seed)?,
        Kind::RelMf | Kind::Bpr => {
            let mut table = |rows| glorot(rows, point.factors, &mut rng);
            let start = Factors::new(table(users), table(items));
            by_steps(coat, method, point, split, (start, seed))?
        }
    };
    let row = |user| (0..items).map(|item| factors.score(0, user, item)).collect();
    Ok((0..users).map(row).collect())
}

fn expomf(point: Point, split: &Split, seed: u64) -> Result<Factors> {
    let d = ExpoMfParams::default();
    let training =
        Training { factors: point.factors, seed, epochs: 10, init_sd: 0.01, ..d.training };
    let params = ExpoMfParams { exposure: 0.01, precision: 1.0, ridge: point.reg, training };
    Ok(params.check()?.fit(&split.seen, &mut Silent)?.trained.factors)
}

fn exact(point: Point, split: &Split, seed: u64) -> Result<Factors> {
    let d = relmf::Params::default();
    let mf = Params { factors: point.factors, seed, epochs: 30, init_sd: 0.1, ..d.mf };
    let params = relmf::Params {
        estimator: if point.clip < 1.0 { Estimator::Clipped } else { Estimator::Wmf },
        clip: point.clip,
        confidence: point.weight,
        loss: Loss::Squared,
        solver: Solver::Als,
        shrinkage: point.reg,
        mf,
        ..d
    };
    let theta = Propensities::items(split.theta.iter().map(|&theta| theta as f32).collect())?;
    Ok(params.check()?.fit_with(&split.seen, &theta, Start::default(), &mut Silent)?.factors)
}

/// The papers' dense Adam.
fn by_steps(
    coat: &Coat,
    method: &Method,
    point: Point,
    split: &Split,
    (start, seed): (Factors, u64),
) -> Result<Factors> {
    let optimiser = Optimiser::ADAM;
    let settings = Settings {
        optimiser,
        lr: coat.lr,
        decay: 1.0,
        reg: [point.reg],
        global: [false],
        lengths: None,
    };
    let mut trainer = Trainer::new(start, settings)?;
    if method.kind == Kind::RelMf {
        let objective = RelMfLoss { loss: Loss::Squared, complement: true };
        trainer.epoch(&Cells(&objective), &mut sampler(coat, split, point, seed)?)?;
        return Ok(trainer.into_factors());
    }
    let size = (split.positives.len(), 10);
    let mut blocks = PositiveBlocks::new(&split.positives, &split.seen, size, Emit::Triples, seed)?;
    let mut batch = Batch::default();
    for step in 0..coat.steps {
        if step == 0 || !method.fixed_negatives {
            batch.clear();
            // Between two epochs there is none.
            while !blocks.next(&mut batch) {}
            batch.divisor = batch.cells.len() as f64 / 2.0;
        }
        trainer.step(&Triples(&BprLoss), &batch)?;
    }
    Ok(trainer.into_factors())
}

fn sampler(coat: &Coat, split: &Split, point: Point, seed: u64) -> Result<CellSampler> {
    let clicked = |&(user, item): &(UserId, ItemId)| {
        let theta = split.theta[item.index()].max(f64::from(point.clip));
        Cell { user, item, label: (1.0 / theta) as f32, weight: 1.0 }
    };
    let other =
        |&(user, item): &(UserId, ItemId)| Cell { user, item, label: 0.0, weight: point.weight };
    let lists = vec![
        (split.positives.iter().map(clicked).collect(), coat.batch),
        (split.unlabeled.iter().map(other).collect(), coat.batch),
    ];
    Ok(CellSampler::new(lists, coat.steps, seed)?)
}
