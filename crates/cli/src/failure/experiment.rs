//! What is to be done about errors of trainings and comparisons.

use super::{Code, Failure};
use foretaste_experiment::Error;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Foretaste(error) => error.into(),
            Error::Data(error) => error.into(),
            Error::Files(error) => error.into(),
            Error::Eval(error) => error.into(),
            Error::OtherData { .. } => Self::new(Code::Data, error)
                .help("compare models that were trained on the training part of this very folder"),
            Error::UnknownMethod { .. } => {
                Self::new(Code::Usage, error).help("`foretaste methods` lists them")
            }
            Error::UnknownParameter { ref method, .. } => {
                let help = format!("`foretaste methods {method}` lists its parameters");
                Self::new(Code::Usage, error).help(help)
            }
            Error::OneFeedback => Self::usage("--feedback-as union: there is one feedback")
                .help("--feedback view,cart,buy names several"),
            Error::ShownUnion { .. } => {
                Self::new(Code::Usage, error).help("leave out --feedback-as union")
            }
            Error::SideFeedback { ref name, ref target, .. } => {
                let target = target.as_ref().filter(|target| *target != name);
                let target = target.map_or("click", String::as_str);
                let help = format!("--feedback {name},{target} names feedbacks, the target last");
                Self::new(Code::Usage, error).help(help)
            }
            Error::NoFeatures => Self::new(Code::Usage, error).help(
                "--item-features FILE and --item-texts FILE name those of items; or leave out \
                 --shuffled-features",
            ),
            Error::NoValidationUsers => {
                Self::new(Code::Data, error).help("are the two parts of one split?")
            }
            Error::Unclipped => Self::new(Code::Usage, error).help("--clip takes a number above 0"),
            Error::RepeatedName { .. } => Self::new(Code::Usage, error)
                .help("NAME=RUN gives a run a name: small=bpr:factors=16"),
            Error::Missing { .. } => Self::new(Code::Data, error),
            Error::Diverged { .. } => Self::new(Code::Runtime, error),
            Error::Stored { .. } => Self { names_file: true, ..Self::new(Code::Data, error) }
                .help("remove the file, and its training is done again"),
            _ => Self::new(Code::Usage, error),
        }
    }
}
