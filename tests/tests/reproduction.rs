//! The mini-batch trainer against steps that the reference framework made: losses and parameters
//! of Rel-MF on tiny inputs.

use foretaste::data::{ItemId, UserId};
use foretaste::mf::batch::{Batch, Cell, Cells, Optimiser, Settings, Trainer};
use foretaste::mf::{Biases, Factors, Pointwise, Table};
use foretaste::relmf::{Loss, RelMfLoss};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    #[serde(rename = "U0")]
    users: Vec<Vec<f32>>,
    #[serde(rename = "V0")]
    items: Vec<Vec<f32>>,
    bu0: Vec<f32>,
    bi0: Vec<f32>,
    batches: Vec<Clicks>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Clicks {
    u: Vec<u32>,
    i: Vec<u32>,
    y: Vec<f32>,
    theta: Vec<f32>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    clip: Option<f32>,
    weight: Option<f32>,
    lam: f32,
    eta: f32,
    adam: Option<[f32; 3]>,
    loss: Vec<f64>,
    #[serde(rename = "U")]
    users: Vec<Vec<f32>>,
    #[serde(rename = "V")]
    items: Vec<Vec<f32>>,
    #[serde(default)]
    bu: Vec<f32>,
    #[serde(default)]
    bi: Vec<f32>,
    #[serde(default)]
    g: Vec<f32>,
}

impl Case {
    /// The cells of a batch: WMF weighs those without a click, and takes no propensity.
    fn batch(&self, clicks: &Clicks) -> Batch {
        let cell = |n: usize| {
            let (clicked, theta) = (clicks.y[n], clicks.theta[n]);
            let theta = if self.is_wmf() { 1.0 } else { theta.max(self.clip.unwrap_or(0.0)) };
            let weight = if clicked == 1.0 { 1.0 } else { self.weight.unwrap_or(1.0) };
            let (user, item) = (UserId(clicks.u[n]), ItemId(clicks.i[n]));
            Cell { user, item, label: clicked / theta, weight }
        };
        let cells = (0..clicks.y.len()).map(cell).collect();
        let mut batch = Batch { cells, divisor: 1.0 };
        batch.average();
        batch
    }

    fn is_wmf(&self) -> bool {
        self.name.starts_with("wmf")
    }

    fn settings(&self) -> Settings<1> {
        let adam = |[beta1, beta2, epsilon]: [f32; 3]| Optimiser::Adam { beta1, beta2, epsilon };
        let optimiser = self.adam.map_or(Optimiser::Sgd, adam);
        let global = [!self.g.is_empty()];
        Settings { optimiser, lr: self.eta, decay: 1.0, reg: [self.lam], global, lengths: None }
    }
}

fn table(rows: &[Vec<f32>]) -> Table {
    Table::from_rows(rows[0].len(), &rows.concat()).unwrap()
}

/// Within what two orders of f32 summation may differ over the steps.
#[track_caller]
fn near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    }
}

fn check(fixture: &Fixture, case: &Case, objective: &impl Pointwise<1>) {
    let mut factors = Factors::new(table(&fixture.users), table(&fixture.items));
    if !case.bu.is_empty() {
        let (users, items) = (fixture.bu0.clone(), fixture.bi0.clone());
        factors.biases = vec![Biases { users, items, global: 1e-3 }];
    }
    let mut trainer = Trainer::new(factors, case.settings()).unwrap();
    assert_eq!(fixture.batches.len(), case.loss.len());
    for (clicks, expected) in fixture.batches.iter().zip(&case.loss) {
        let loss = trainer.step(&Cells(objective), &case.batch(clicks)).unwrap();
        assert!((loss - expected).abs() < 1e-5, "{}: {loss}, not {expected}", case.name);
    }
    let factors = trainer.into_factors();
    near(&factors.users.to_rows(0), &case.users.concat());
    near(&factors.items.to_rows(0), &case.items.concat());
    near(&factors.biases[0].users, &case.bu);
    near(&factors.biases[0].items, &case.bi);
    if let [global] = case.g[..] {
        near(&[factors.biases[0].global], &[global]);
    }
}

#[test]
fn rel_mf_steps_as_the_reference_does() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/relmf.json")).unwrap();
    assert_eq!(fixture.cases.len(), 4);
    for case in &fixture.cases {
        let loss = match case.name.contains("_ce_") {
            true => Loss::CrossEntropy,
            false => Loss::Squared,
        };
        check(&fixture, case, &RelMfLoss { loss, complement: !case.is_wmf() });
    }
}
