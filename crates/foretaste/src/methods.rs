//! All methods that come with foretaste, by name.

use crate::{baselines, bpr, nbpo, relmf};
use foretaste_model::{Method, Registry, RegistryError, Technique};
use std::sync::Arc;

/// The methods that come with foretaste. [`Registry::with`] adds others.
pub fn registry() -> Registry {
    let techniques: [Arc<dyn Technique>; 10] = [
        Arc::new(baselines::PopularityTechnique),
        Arc::new(bpr::BprTechnique),
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

    #[test]
    fn a_name_is_taken_once() {
        let twice = registry().with(Arc::new(bpr::BprTechnique)).unwrap_err();
        assert_eq!(twice.to_string(), "there is a method `bpr` already");
    }
}
