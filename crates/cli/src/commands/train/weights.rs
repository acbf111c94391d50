//! What a pair of a union of feedbacks weighs.

use crate::failure::{Failure, Outcome};
use crate::learning::{Learning, Lesson};
use foretaste::Method;

/// By its strongest feedback.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FeedbackWeights {
    /// With --feedback-as union, what a pair weighs by its strongest feedback, weakest first, as 1,3,10: of
    /// methods that take weights.
    #[arg(long, value_name = "WEIGHTS", value_delimiter = ',', value_parser = weight,
        allow_negative_numbers = true, help_heading = "Several feedbacks and features")]
    feedback_weights: Vec<f32>,
}

fn weight(text: &str) -> Result<f32, String> {
    let weight = text.parse().ok().filter(|weight: &f32| weight.is_finite() && *weight > 0.0);
    weight.ok_or_else(|| "a weight is a number above 0".to_owned())
}

impl FeedbackWeights {
    /// Refuses weights that would change nothing.
    pub(super) fn check(&self, method: &Method, learning: &Learning) -> Outcome {
        if self.feedback_weights.is_empty() {
            return Ok(());
        }
        if !learning.is_union() {
            return Err(Failure::usage("--feedback-weights is of a union of feedbacks")
                .help("--feedback-as union learns from all of them"));
        }
        if !method.uses().weights {
            let message = format!("--feedback-weights: {} takes no weights", method.name());
            return Err(Failure::usage(message).help("`--model ials` does"));
        }
        Ok(())
    }

    /// A lesson whose union has them, if there are any.
    pub(super) fn weigh(&self, lesson: Lesson) -> Outcome<Lesson> {
        match &self.feedback_weights[..] {
            [] => Ok(lesson),
            weights => lesson.weighted(weights),
        }
    }
}
