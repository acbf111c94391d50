#![doc = include_str!("../README.md")]

mod calibrate;
mod noise;
mod objective;
mod params;
mod technique;

pub use calibrate::Held;
pub use noise::{Noise, Observed, flip_probability};
pub use objective::{Bpo, Conditional, Marginal, Nbpo, Plain};
pub use params::{
    BPO, BpoModel, BpoParams, CalibratedModel, CalibratedParams, NBPO, NBPO_CALIBRATED, NBPO_O,
    NBPO_S, NbpoModel, NbpoParams, Variant,
};
pub use technique::{BpoTechnique, CalibratedTechnique, NbpoTechnique};
