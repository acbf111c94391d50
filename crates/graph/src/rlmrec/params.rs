//! The parameters, checked.

use super::RlmRec;
use crate::params::Params;
use foretaste_mf::Error;
use foretaste_model::{Described, Range, among, parameters};
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "rlmrec";

/// How nodes are brought near their texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alignment {
    /// The text, as the tower tells it, is to be nearest to its own node (RLMRec-Con).
    Con,
    /// From a node that starts masked, the tower is to tell the text (RLMRec-Gen).
    Gen,
}

const ALIGNMENTS: &[&str] = &["con", "gen"];

parameters! {
    /// The parameters of RLMRec. Unchecked: [`RlmRecParams::check`] makes the [`RlmRec`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct RlmRecParams {
        /// How nodes are brought near their texts: `con` tells from a text whose it is, `gen` tells the text
        /// of a node that starts masked.
        #[values(alignments())]
        pub alignment: Alignment,
        /// How much that counts beside the interactions; 0 is the backbone alone.
        #[symbol("w")]
        #[range(at_least(0).at_most(100))]
        pub text_weight: f32,
        /// What its cosines are divided by.
        #[symbol("τ_s")]
        #[range(at_least(0.02).at_most(10))]
        pub text_temperature: f32,
        /// Numbers between the two layers of the tower; 0 for the mean of those before and after it.
        #[symbol("H")]
        #[range(at_least(0).at_most(4096))]
        pub text_hidden: usize,
        /// Interactions of a step whose users and items are told by their texts, for `con`; all, where there are no
        /// more. The fewer, the faster.
        #[range(at_least(1).at_most(1_048_576))]
        pub text_batch: usize,
        /// Users drawn for each step, beside those, whose texts a user's is told from; all, where there
        /// are no more. For `con`.
        #[range(at_least(0).at_most(65536))]
        pub text_negatives: usize,
        /// The share of nodes with a text that start masked, for `gen`.
        #[range(above(0).at_most(1))]
        pub mask: f32,
        #[flatten]
        /// Those of the backbone.
        pub backbone: Params,
    }
}

fn alignments() -> Range {
    among(ALIGNMENTS)
}

impl Default for RlmRecParams {
    fn default() -> Self {
        Self {
            alignment: Alignment::Con,
            text_weight: 0.01,
            text_temperature: 0.2,
            text_hidden: 0,
            text_batch: 1024,
            text_negatives: 1024,
            mask: 0.1,
            backbone: Params::default(),
        }
    }
}

impl RlmRecParams {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<RlmRec, Error> {
        self.check_ranges()?;
        Ok(RlmRec::new(self))
    }

    /// Numbers between the layers of a tower whose ends have so many.
    pub(crate) fn hidden(&self, width: usize) -> usize {
        match self.text_hidden {
            0 => (width + self.backbone.factors).div_ceil(2).min(4096),
            hidden => hidden,
        }
    }

    pub(crate) fn idle(&self) -> Vec<(&'static str, &'static str)> {
        let mut idle = self.backbone.idle();
        match self.alignment {
            Alignment::Con => idle.push(("mask", "alignment=gen")),
            Alignment::Gen => {
                idle.extend(["text_batch", "text_negatives"].map(|name| (name, "alignment=con")));
            }
        }
        idle
    }
}
