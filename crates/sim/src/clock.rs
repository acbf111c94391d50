//! When: the times of a user's clicks.
//!
//! Users join at a uniformly random hour of the first half of the period and stay to its end. The
//! order of a user's clicks is random: time tells nothing about taste, so that a split by time is
//! as fair as a random one.

use crate::Params;
use crate::random::{Purpose, Stream};

/// The time of each of a user's clicks, in hours since the start of the period.
///
/// No two clicks of a user share an hour unless there are more clicks than hours.
pub(crate) fn times(params: &Params, user: u32, clicks: usize) -> Vec<i64> {
    let mut stream = Stream::new(params.seed, Purpose::Clock, user.into());
    let period = params.hours as usize;
    let joined = stream.below(period / 2);
    let hours = period - joined;
    // Sorted draws from a range shortened by the number of draws, moved apart by one hour each,
    // are a uniformly random set of distinct hours but for the weighting of close neighbours.
    let distinct = clicks < hours;
    let range = if distinct { hours - clicks + 1 } else { hours };
    let mut times: Vec<usize> = (0..clicks).map(|_| joined + stream.below(range)).collect();
    times.sort_unstable();
    if distinct {
        times.iter_mut().enumerate().for_each(|(n, time)| *time += n);
    }
    stream.shuffle(&mut times);
    times.into_iter().map(|time| time as i64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_distinct_while_there_are_enough_and_stay_inside_the_period() {
        let params = Params { hours: 100, ..Params::default() };
        for user in 0..50 {
            for clicks in [0, 1, 20, 50, 200] {
                let mut times = times(&params, user, clicks);
                assert_eq!(times.len(), clicks);
                assert!(times.iter().all(|time| (0..100).contains(time)), "{times:?}");
                times.sort_unstable();
                assert!(clicks > 50 || times.is_sorted_by(|a, b| a < b), "{times:?}");
            }
        }
    }
}
