//! All methods that come with foretaste, by name.

use crate::{
    als, baselines, bpr, dnis, ease, gfcf, gnolr, graph, nbpo, neighbours, relmf, sesa, softmax,
    warp,
};
use foretaste_model::{Method, Registry, RegistryError, Technique};
use std::sync::Arc;

/// The methods that come with foretaste. [`Registry::with`] adds others.
pub fn registry() -> Registry {
    let techniques: [Arc<dyn Technique>; 22] = [
        Arc::new(baselines::PopularityTechnique),
        Arc::new(bpr::BprTechnique),
        Arc::new(dnis::DnisTechnique),
        Arc::new(warp::WarpTechnique),
        Arc::new(als::IalsTechnique),
        Arc::new(softmax::SoftmaxTechnique),
        Arc::new(neighbours::ItemKnnTechnique),
        Arc::new(ease::EaseTechnique),
        Arc::new(gfcf::GfCfTechnique),
        Arc::new(graph::LightGcnTechnique),
        Arc::new(graph::RlmRecTechnique),
        Arc::new(graph::AlphaRecTechnique),
        Arc::new(sesa::SesaTechnique),
        Arc::new(gnolr::GnolrTechnique),
        Arc::new(relmf::RelMfTechnique),
        Arc::new(relmf::UbprTechnique),
        Arc::new(baselines::ExpoMfTechnique),
        Arc::new(nbpo::BpoTechnique),
        Arc::new(nbpo::NbpoTechnique(nbpo::Variant::Nbpo)),
        Arc::new(nbpo::NbpoTechnique(nbpo::Variant::NbpoO)),
        Arc::new(nbpo::NbpoTechnique(nbpo::Variant::NbpoS)),
        Arc::new(nbpo::CalibratedTechnique),
    ];
    let with = |registry: Registry, technique| registry.with(technique);
    techniques.into_iter().try_fold(Registry::new(), with).expect("no two have one name")
}

/// A method that comes with foretaste, with its default parameters.
///
/// # Errors
/// [`RegistryError::Unknown`] if there is none of that name.
pub fn method(name: &str) -> Result<Method, RegistryError> {
    registry().method(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretaste_model::{Parameter, Range, TrainingError};
    use serde_json::{Map, Value, json};
    use std::ops::Bound;

    /// What the method says of a value: legal, outside the range, or of the wrong type.
    fn put(method: &Method, name: &str, value: Value) -> Result<(), String> {
        let mut parameters = Value::Object(method.parameters().clone());
        for whole in name.rsplit_once('.').map(|(whole, _)| whole).iter() {
            if parameters[whole].is_null() {
                parameters[whole] = Value::Object(Map::new());
            }
        }
        let place = name.split('.').fold(&mut parameters, |value, name| &mut value[name]);
        *place = value;
        let Value::Object(parameters) = parameters else { panic!("parameters are a struct") };
        let method = method.with(parameters).map_err(|error| format!("type: {error}"))?;
        method.check().map_err(|error| {
            match &error {
                TrainingError::Parameter { name: named, .. } => assert_eq!(&**named, name),
                other => panic!("{name}: {other}"),
            }
            error.to_string()
        })
    }

    /// The nearest values inside a bound and outside of it.
    fn around(bound: Bound<f64>, whole: bool, outwards: f64) -> Option<(Value, Value)> {
        let number = |x: f64| if whole { json!(x as i64) } else { json!(x as f32) };
        let step = |x: f64| if whole { 1.0 } else { f64::max(x.abs() * 1e-6, 1e-7) };
        match bound {
            Bound::Included(x) => Some((number(x), number(x + outwards * step(x)))),
            Bound::Excluded(x) => Some((number(x - outwards * step(x)), number(x))),
            Bound::Unbounded => None,
        }
    }

    fn all() -> impl Iterator<Item = (Method, Parameter)> {
        let registry = registry();
        let techniques = registry.techniques().to_vec();
        techniques.into_iter().flat_map(move |technique| {
            let method = registry.method(technique.about().name).unwrap();
            technique.parameters().into_iter().map(move |one| (method.clone(), one))
        })
    }

    #[test]
    fn every_parameter_is_described_and_its_default_legal() {
        for (method, one) in all() {
            let what = format!("{}: {}", method.name(), one.name);
            assert!(one.meaning.ends_with('.') && !one.meaning.contains("[`"), "{what}");
            assert_ne!(one.range, Range::Any, "{what}");
            match &one.default {
                Value::Null => assert!(one.name.starts_with("noise"), "{what}"),
                default => put(&method, &one.name, default.clone()).unwrap(),
            }
            if let (Range::Numbers { .. }, Some(number)) = (&one.range, one.default.as_f64()) {
                assert!(one.range.holds(number), "{what}");
            }
        }
        let mut names: Vec<_> = all().map(|(method, one)| (method.name(), one.name)).collect();
        let count = names.len();
        names.dedup();
        assert!(count == names.len() && count > 150, "{count}");
    }

    #[test]
    fn a_range_is_what_is_checked() {
        let mut bounds = 0;
        for (method, one) in all() {
            let (name, what) = (&*one.name, format!("{}: {}", method.name(), one.name));
            let Range::Numbers { low, high } = one.range else {
                assert!(put(&method, name, json!("no such word")).is_err(), "{what}");
                for is in [true, false] {
                    let legal = one.default.is_boolean() && one.range.holds(is);
                    assert_eq!(put(&method, name, json!(is)).is_ok(), legal, "{what}: {is}");
                }
                continue;
            };
            let whole = one.default.is_u64();
            let of = [around(low, whole, -1.0), around(high, whole, 1.0)];
            for (inside, outside) in of.into_iter().flatten() {
                put(&method, name, inside).unwrap_or_else(|error| panic!("{what}: {error}"));
                let error = put(&method, name, outside.clone()).unwrap_err();
                let value = outside.as_f64().unwrap() as f32;
                let said = format!("{name} must be {}, not {value}", one.range);
                // A whole number below 0 is none.
                assert!(
                    error == said || error.starts_with("type: invalid value"),
                    "{error}, {said}"
                );
                bounds += 1;
            }
            for wrong in [json!("1"), json!([1]), json!({ "a": 1 }), json!(true), json!(1e300)] {
                assert!(put(&method, name, wrong.clone()).is_err(), "{what}: {wrong}");
            }
            if whole {
                put(&method, name, json!(1.5)).unwrap_err();
            }
        }
        assert!(bounds > 150, "{bounds}");
    }

    #[test]
    fn a_name_is_taken_once() {
        let twice = registry().with(Arc::new(bpr::BprTechnique)).unwrap_err();
        assert_eq!(twice.to_string(), "there is a method `bpr` already");
    }
}
