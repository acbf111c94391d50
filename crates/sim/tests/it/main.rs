//! Tests of the simulation as a whole.

mod laws;
mod planted;
mod progression;
mod sample;
