//! What a model takes to be true of items, for the plots of a report: θ, the probability that an
//! item is seen, beside the item's scores; and φ, the probability that a relevant item is not
//! clicked, beside the item's clicks.

use crate::Comparison;
use foretaste::Recommender;
use foretaste::data::{ItemId, UserId};
use foretaste::model::score_rows;
use foretaste_report::{Axis, Curve, Kind, Plot, Series};
use serde::{Deserialize, Serialize};

/// Two numbers for each of some items, evenly spread from the most clicked to the least.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// θ, and the mean score among users, in standard deviations of these items from their mean;
    /// empty for methods that know no propensities.
    pub scores: Curve,
    /// Clicks in training, and the mean φ among users; empty for methods that learn none.
    pub flips: Curve,
}

/// So many items make a plot that can be read, in a file of modest size.
const ITEMS: usize = 400;
/// Means are over so many users at most.
const USERS: usize = 256;

impl Assumed {
    /// What `model` takes to be true of items that were clicked.
    pub(crate) fn of(model: &Recommender) -> Self {
        let counts = model.seen().item_counts();
        let mut items: Vec<usize> = (0..counts.len()).filter(|&item| counts[item] > 0).collect();
        items.sort_by_key(|&item| (std::cmp::Reverse(counts[item]), item));
        let items: Vec<usize> = spread(items.len(), ITEMS).map(|at| items[at]).collect();
        let users = spread(model.users().len(), USERS).map(|user| UserId(user as u32));
        let users: Vec<UserId> = users.collect();
        if items.is_empty() || users.is_empty() {
            return Self::default();
        }
        Self { scores: scores(model, &users, &items), flips: flips(model, &users, &items, &counts) }
    }
}

fn scores(model: &Recommender, users: &[UserId], items: &[usize]) -> Curve {
    let Some(theta) = model.propensities() else { return Curve::new() };
    let pick = |_, row: &mut [f32]| items.iter().map(|&item| f64::from(row[item])).collect();
    let rows: Vec<Vec<f64>> = score_rows(model.scorer(), users, pick);
    let n = rows.len() as f64;
    let means: Vec<f64> =
        (0..items.len()).map(|at| rows.iter().map(|row| row[at]).sum::<f64>() / n).collect();
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    let squares: f64 = means.iter().map(|score| (score - mean).powi(2)).sum();
    // Items that are all alike are all at the mean.
    let sd = (squares / means.len() as f64).sqrt().max(f64::MIN_POSITIVE);
    items.iter().zip(means).map(|(&item, s)| (f64::from(theta[item]), (s - mean) / sd)).collect()
}

fn flips(model: &Recommender, users: &[UserId], items: &[usize], counts: &[u32]) -> Curve {
    let mean = |&item: &usize| {
        let of = |user: &UserId| model.flip_probability(*user, ItemId(item as u32));
        let sum: f32 = users.iter().map(of).sum::<Option<f32>>()?;
        Some((f64::from(counts[item]), f64::from(sum) / users.len() as f64))
    };
    items.iter().map(mean).collect::<Option<Curve>>().unwrap_or_default()
}

/// At most `most` of `0..n`, evenly spread.
fn spread(n: usize, most: usize) -> impl Iterator<Item = usize> {
    let picked = n.min(most);
    (0..picked).map(move |at| at * n / picked)
}

/// A plot of what the methods of a comparison assume, each by its first training; none for what
/// no method assumes.
pub(crate) fn plots(comparison: &Comparison) -> Vec<Plot> {
    let series = |points: fn(&Assumed) -> &Curve| -> Vec<Series> {
        let of_row = |row: &crate::Row| {
            let points = points(&row.runs.first()?.assumed).clone();
            let series = Series { name: row.name.clone(), kind: Kind::Scatter, points };
            (!series.points.is_empty()).then_some(series)
        };
        comparison.rows.iter().filter_map(of_row).collect()
    };
    let axis = |label: &str, log| Axis { label: label.into(), log };
    let propensity = Plot {
        title: "Scores by propensity".into(),
        caption: "A dot is an item. Where scores rise with the propensity, what is often shown is \
                  often recommended."
            .into(),
        x: axis("propensity θ", true),
        y: axis("mean score of the item, in standard deviations of the items", false),
        series: series(|assumed| &assumed.scores),
    };
    let flips = Plot {
        title: "Flip probability by clicks".into(),
        caption: "A dot is an item. φ is the probability that a relevant item is not clicked; a \
                  flat cloud at ½ says that nothing was learnt of it."
            .into(),
        x: axis("users who clicked the item in training", true),
        y: axis("mean φ of the item", false),
        series: series(|assumed| &assumed.flips),
    };
    [propensity, flips].into_iter().filter(|plot| !plot.series.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;
    use foretaste::io::{ReadOptions, read_interactions_from};
    use foretaste::mf::Silent;

    /// Item i is clicked by users 0 to i.
    fn model(name: &str) -> Recommender {
        let mut rows = String::from("user,item\n");
        for item in 0..12 {
            (0..=item).for_each(|user| rows += &format!("u{user},i{item}\n"));
        }
        let read = read_interactions_from(rows.as_bytes(), "rows", &ReadOptions::default());
        let method = settings::method(&foretaste::registry(), name).unwrap();
        let method = settings::with(&method, &[("epochs".into(), 3.into())]).unwrap();
        Recommender::fit(&method, read.unwrap().0, &mut Silent).unwrap()
    }

    #[test]
    fn scores_stand_beside_the_propensities_of_their_items() {
        let found = Assumed::of(&model("relmf"));
        let thetas: Vec<f64> = found.scores.iter().map(|point| point.0).collect();
        let expected = |clicks: u32| f64::from((f64::from(clicks) / 12.0).powf(0.5) as f32);
        assert_eq!(thetas, (1..=12).rev().map(expected).collect::<Vec<_>>());
        let sum = |power| found.scores.iter().map(|point| point.1.powi(power)).sum::<f64>();
        assert!(sum(1).abs() < 1e-9 && (sum(2) - 12.0).abs() < 1e-9, "{:?}", found.scores);
        assert_eq!(found.flips, []);
    }

    #[test]
    fn flips_stand_beside_the_clicks_of_their_items() {
        let model = model("nbpo");
        let found = Assumed::of(&model);
        assert_eq!(found.scores, []);
        let item = model.item("i4").unwrap();
        let of = |user| f64::from(model.flip_probability(UserId(user), item).unwrap());
        let mean = (0..12).map(of).sum::<f64>() / 12.0;
        let (clicks, flip) = found.flips[12 - 5];
        assert!(clicks == 5.0 && (flip - mean).abs() < 1e-6, "{clicks} {flip} {mean}");
    }

    #[test]
    fn methods_that_assume_neither_have_no_plot() {
        assert_eq!(Assumed::of(&model("bpr")), Assumed::default());
    }

    #[test]
    fn what_is_picked_is_spread_from_the_first() {
        assert_eq!(spread(10, 4).collect::<Vec<_>>(), [0, 2, 5, 7]);
        assert_eq!(spread(3, 4).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(spread(0, 4).count(), 0);
    }
}
