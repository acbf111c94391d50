//! What nodes start from: rows of their own, or what a tower makes of their texts.

use crate::tower::{Passed, Tower};
use foretaste_mf::batch::Rule;
use foretaste_mf::dense::Matrix;
use foretaste_mf::dense::Moments;
use foretaste_mf::{Error, Factors, State};
use std::borrow::Cow;

/// E^(0).
#[derive(Debug)]
pub(crate) enum Base {
    /// A row of its own for each node.
    Rows { rows: Matrix, moments: Moments },
    /// Texts, through a tower.
    Texts { texts: Matrix, tower: Box<Trained>, passed: Option<Passed> },
}

/// A tower that Adam moves.
#[derive(Clone, Debug)]
pub(crate) struct Trained {
    pub(crate) tower: Tower,
    moments: [Moments; 4],
}

impl Trained {
    pub(crate) fn new(tower: Tower) -> Self {
        let moments = tower.parts.each_ref().map(|part| Moments::new(part.all().len()));
        Self { tower, moments }
    }

    pub(crate) fn step(&mut self, rule: &Rule, along: &Tower, reg: f32) -> bool {
        let parts = self.tower.parts.iter_mut().zip(&along.parts).zip(&mut self.moments);
        parts.fold(true, |sound, ((part, along), moments)| {
            moments.step(rule, part.all_mut(), along.all(), reg) & sound
        })
    }

    pub(crate) fn save(&self, name: &str, state: &mut State) {
        state.put(format!("{name}.numbers"), self.tower.to_vec());
        for (n, moments) in self.moments.iter().enumerate() {
            moments.save(&format!("{name}.{n}"), state);
        }
    }

    pub(crate) fn restore(&mut self, name: &str, state: &State) -> Result<(), Error> {
        self.tower.fill(state.get_all(&format!("{name}.numbers"), self.tower.len())?);
        for (n, moments) in self.moments.iter_mut().enumerate() {
            moments.restore(&format!("{name}.{n}"), state)?;
        }
        Ok(())
    }
}

impl Base {
    /// Rows that are still to be taken.
    pub(crate) fn of_rows(nodes: usize, width: usize) -> Self {
        let rows = Matrix::zeros(nodes, width);
        let moments = Moments::new(rows.all().len());
        Self::Rows { rows, moments }
    }

    pub(crate) fn of_texts(texts: Matrix, tower: Tower) -> Self {
        Self::Texts { texts, tower: Box::new(Trained::new(tower)), passed: None }
    }

    /// Whether it is made of texts, and so of items that nobody has, too.
    pub(crate) fn is_of_texts(&self) -> bool {
        matches!(self, Self::Texts { .. })
    }

    /// Takes rows from where they lie between epochs.
    pub(crate) fn take(&mut self, factors: &Factors) {
        let Self::Rows { rows, .. } = self else { return };
        let users = factors.users.to_rows(1);
        let items = factors.items.to_rows(1);
        rows.fill(&[users, items].concat());
    }

    /// E^(0) now.
    pub(crate) fn rows(&mut self) -> Cow<'_, Matrix> {
        match self {
            Self::Rows { rows, .. } => Cow::Borrowed(rows),
            Self::Texts { texts, tower, passed } => {
                Cow::Owned(passed.insert(tower.tower.pass(texts)).out.clone())
            }
        }
    }

    /// Moves it; whether all is sound.
    pub(crate) fn step(&mut self, rule: &Rule, reg: f32, along: &Matrix) -> bool {
        match self {
            Self::Rows { rows, moments } => moments.step(rule, rows.all_mut(), along.all(), reg),
            Self::Texts { texts, tower, passed } => {
                let passed = passed.take().expect("rows are asked for before a step");
                let along = tower.tower.back(texts, &passed, along);
                tower.step(rule, &along, reg)
            }
        }
    }

    pub(crate) fn save(&self, state: &mut State) {
        match self {
            // The rows are among the factors.
            Self::Rows { moments, .. } => moments.save("graph.rows", state),
            Self::Texts { tower, .. } => tower.save("graph.tower", state),
        }
    }

    pub(crate) fn restore(&mut self, state: &State) -> Result<(), Error> {
        match self {
            Self::Rows { moments, .. } => moments.restore("graph.rows", state),
            Self::Texts { tower, .. } => tower.restore("graph.tower", state),
        }
    }
}
