//! Items that an earlier model holds.

use crate::resuming::{Stop, data_for, every_bias, first, methods, on, warm};
use foretaste::data::{Dataset, IdTable};
use foretaste::mf::Silent;
use foretaste::model::{ScoreVectors, Start, WarmStart};
use foretaste::{Method, Recommender};
use foretaste_tests::support::{clicks, quick, set, train};
use serde_json::json;

/// Those that can, in their variants.
fn anchored() -> Vec<Method> {
    let biased = set(quick("bpr"), "bias", json!({ "user": false, "item": true, "global": false }));
    let all = methods().into_iter().filter(|method| method.starts().anchored);
    all.chain([biased, set(quick("ials"), "cg_steps", json!(0))]).collect()
}

/// A method's data, and an earlier model of most of it.
fn before(method: &Method) -> (Dataset, Recommender) {
    let new = data_for(method);
    let old = first(new.users().len() as u32 * 5 / 6, 180);
    let model = train(&set(method.clone(), "seed", json!(7)), &old, 2);
    (new, model)
}

fn fit(method: &Method, data: &Dataset, warm: &WarmStart, threads: usize) -> Recommender {
    let start = Start { warm: Some(warm), ..Start::default() };
    on(threads, || Recommender::fit_from(method, data.clone(), start, &mut Silent)).unwrap()
}

/// The vectors of the items that both know, biases included, of the new model and of the old one.
fn items(new: &Recommender, old: &Recommender) -> [Vec<f32>; 2] {
    let known = new.items().indices_in(old.items());
    let pairs = (0..).zip(known).filter_map(|(new, old)| Some((new, old? as usize)));
    let [of_new, of_old] =
        [new, old].map(|model| ScoreVectors::new(model.scorer().products().unwrap()));
    let width = of_new.factors() + usize::from(of_new.has_item_bias());
    let row = |vectors: &ScoreVectors<'_>, n| vectors.item(n)[..width].to_vec();
    let rows = pairs.map(|(new, old)| (row(&of_new, new), row(&of_old, old)));
    let (new, old): (Vec<_>, Vec<_>) = rows.unzip();
    [new.concat(), old.concat()]
}

/// How far apart they are, as a share of the old ones.
fn apart([new, old]: &[Vec<f32>; 2]) -> f32 {
    let norm = |numbers: &mut dyn Iterator<Item = f32>| numbers.map(|x| x * x).sum::<f32>().sqrt();
    norm(&mut new.iter().zip(old).map(|(a, b)| a - b)) / norm(&mut old.iter().copied())
}

#[test]
fn the_heavier_an_anchor_the_nearer_items_are_and_without_end_they_stay() {
    for method in anchored() {
        let (data, old) = before(&method);
        let fit = |weight: f32| {
            let warm = warm(&old, &data).anchored(weight).unwrap();
            fit(&method, &data, &warm, 2)
        };
        let said = method.to_json();
        let [free, light, heavy, fixed] = [0.0, 20.0, 1e9, f32::INFINITY].map(fit);
        let of = |model: &Recommender| items(model, &old);
        assert!(apart(&of(&light)) < apart(&of(&free)), "{said}");
        assert!(apart(&of(&heavy)) < 1e-6, "{said}: {}", apart(&of(&heavy)));
        let [of_fixed, of_old] = of(&fixed);
        assert_eq!(of_fixed, of_old, "{said}");
        assert!(free.items().len() > old.items().len(), "{said}");
        // Without a weight it is a warm start, byte for byte.
        let plain = self::fit(&method, &data, &warm(&old, &data), 1);
        assert!(plain.to_bytes().unwrap() == free.to_bytes().unwrap(), "{said}");
        let note = |model: &Recommender| model.info().training["warm_start"]["anchor"].clone();
        assert_eq!([&light, &fixed, &free].map(note), [json!(20.0), json!("inf"), json!(null)]);
    }
}

#[test]
fn held_trainings_are_the_same_on_any_threads_and_when_they_are_interrupted() {
    for method in anchored().into_iter().filter(|method| method.name() != "nbpo-calibrated") {
        let (data, old) = before(&method);
        let warm = warm(&old, &data).anchored(3.0).unwrap();
        let whole = fit(&method, &data, &warm, 1).to_bytes().unwrap();
        for threads in [2, 3] {
            let other = fit(&method, &data, &warm, threads).to_bytes().unwrap();
            assert!(other == whole, "{threads} threads, {}", method.to_json());
        }
        let start = Start { warm: Some(&warm), ..Start::default() };
        let mut stop = Stop { at: Some(5), ..Stop::default() };
        Recommender::fit_from(&method, data.clone(), start, &mut stop).unwrap_err();
        let start = Start { state: stop.ended.as_ref(), ..start };
        let resumed = Recommender::fit_from(&method, data.clone(), start, &mut Silent).unwrap();
        assert!(resumed.to_bytes().unwrap() == whole, "{}", method.to_json());
    }
}

#[test]
fn what_can_not_hold_or_be_held_says_so() {
    let data = clicks();
    let refused = |method: &Method, warm: &WarmStart| {
        let start = Start { warm: Some(warm), ..Start::default() };
        let fit = Recommender::fit_from(method, data.clone(), start, &mut Silent);
        fit.unwrap_err().to_string()
    };
    for name in ["gnolr", "expomf", "lightgcn", "softmax"] {
        let method = set(quick(name), "epochs", json!(1));
        let warm = warm(&train(&method, &first(250, 180), 2), &data).anchored(1.0).unwrap();
        let said = format!("{name} can't hold items to an earlier model's");
        assert_eq!(refused(&method, &warm), said);
    }
    let old = train(&quick("bpr"), &data, 2);
    let file = warm(&old, &data).model();
    let strange = IdTable::from_integers((1_000_000..1_000_200).collect());
    let warm = WarmStart::new(file, data.users(), &strange).unwrap();
    let said = "the anchor: the model to start from knows none of the items";
    assert_eq!(refused(&quick("bpr"), &warm.clone().anchored(1.0).unwrap()), said);
    for bad in [-1.0, f32::NAN] {
        let said = warm.clone().anchored(bad).unwrap_err().to_string();
        assert_eq!(said, format!("anchor must be at least 0, or inf, not {bad}"));
    }
}

#[test]
fn biases_of_all_kinds_do_not_stand_in_the_way() {
    let method = set(quick("relmf"), "bias", every_bias());
    let (data, old) = before(&method);
    let fixed = fit(&method, &data, &warm(&old, &data).anchored(f32::INFINITY).unwrap(), 2);
    let [of_fixed, of_old] = items(&fixed, &old);
    assert_eq!(of_fixed, of_old);
}
