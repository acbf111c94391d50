//! What is not positive, dealt as the positives are.

use super::{HeldOut, Part, SplitMethod, by_user, cuts, part_at};
use crate::{Dataset, Error, Interactions};

/// Keeps the draws apart from those of the positives, which are what they would be without these.
const OTHER_DRAWS: u64 = 0x5ee2_0000_0000_0000;

/// The part of each pair that is not positive, given the part of each positive one.
///
/// # Errors
/// [`Error::NoTimes`] for a method by time if the pairs have none.
pub(super) fn deal(
    data: &Dataset,
    pairs: &Interactions,
    parts: &[Part],
    method: SplitMethod,
    seed: u64,
) -> Result<Vec<Part>, Error> {
    let times = || pairs.times().ok_or(Error::NoTimes);
    Ok(match method {
        SplitMethod::Random { .. } => by_user(pairs, method, seed ^ OTHER_DRAWS, None),
        SplitMethod::LeaveOneOut { held_out: HeldOut::Random, .. } => {
            vec![Part::Train; pairs.nnz()]
        }
        SplitMethod::UserTime { .. }
        | SplitMethod::LeaveOneOut { held_out: HeldOut::Latest, .. } => {
            by_cut_of_user(data.interactions(), parts, pairs, times()?)
        }
        SplitMethod::GlobalTime { valid, test } => {
            let positives = data.interactions().times().ok_or(Error::NoTimes)?;
            let cuts = cuts(positives, valid, test);
            times()?.iter().map(|&time| part_at(time, cuts)).collect()
        }
    })
}

/// Each pair of a user in the part of the user's positives that were as late: what came after the
/// last that is trained on is held out, if anything of the user is.
fn by_cut_of_user(
    positives: &Interactions,
    parts: &[Part],
    pairs: &Interactions,
    times: &[i64],
) -> Vec<Part> {
    let positive_times = positives.times().unwrap_or_default();
    let mut dealt = Vec::with_capacity(pairs.nnz());
    for user in 0..pairs.n_users() {
        let own = positives.starts()[user]..positives.starts()[user + 1];
        let last = |part| {
            let of_part = own.clone().filter(|&at| parts[at] == part);
            of_part.map(|at| positive_times[at]).max()
        };
        let (train, valid, test) = (last(Part::Train), last(Part::Valid), last(Part::Test));
        let part = |&time: &i64| match (valid, test) {
            (None, None) => Part::Train,
            _ if train.is_some_and(|last| time <= last) => Part::Train,
            (Some(_), None) => Part::Valid,
            (Some(last), _) if time <= last => Part::Valid,
            _ => Part::Test,
        };
        let range = pairs.starts()[user]..pairs.starts()[user + 1];
        dealt.extend(times[range].iter().map(part));
    }
    dealt
}
