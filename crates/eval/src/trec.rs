//! The text formats of trec_eval: any figure of this crate can be checked by other tools, and lists
//! of other tools can be scored here.
//!
//! - **qrels**, the relevant items: `user 0 item rel` a line;
//! - **run**, the lists: `user Q0 item rank score tag` a line. The *score* orders the list; the
//!   rank is not read.
//!
//! **Ties.** Here items with equal scores are listed by ascending id (integers by value if all ids
//! of the file are integers, else text by bytes). trec_eval lists them by *descending* id, as
//! text, so a run with ties may score differently there. The runs that [`RunWriter`] writes have
//! none: the score at rank r of a list of n is n − r + 1.
//!
//! **Averages.** trec_eval leaves out users who are in the qrels but not in the run, unless it is
//! called with `-c`. Here they score 0.
//!
//! **Ids** are one token: white space, control characters and `%` are written as `%XX`, a byte at a
//! time, and the empty id as `%` alone; the readers undo it.

mod ids;
mod read;
mod score;
mod write;

pub use ids::{escape_id, unescape_id};
pub use read::{Qrels, Run};
pub use score::evaluate_run;
pub use write::{RunWriter, write_qrels, write_run};
