//! Sorting the rows of the matrix in parallel.
//!
//! The columns are cut between users into parts of about equal length, so that each thread has
//! slices of its own. Within a part the rows move up as repeats go; then the parts move up, which
//! is a copy only if there were repeats. Where the parts end leaves no trace.

use rayon::prelude::*;

use crate::{Error, ItemId, Repeats};

/// Fewer rows of a file aren't worth a task.
const LEAST: usize = 1 << 14;

/// The columns of some users.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) items: &'a mut [ItemId],
    pub(crate) weights: Option<&'a mut [f32]>,
    pub(crate) times: Option<&'a mut [i64]>,
}

impl<'a> Part<'a> {
    /// Sorts each user's row and drops repeats. `starts` tells where the rows start and where the
    /// last one ends, before and after. Returns how much of the columns is left.
    ///
    /// # Errors
    /// [`Error::Sum`] if weights that are to be summed have none.
    pub(crate) fn sort_rows(
        mut self,
        starts: &mut [usize],
        repeats: Repeats,
    ) -> Result<usize, Error> {
        let goal = (self.items.len() / (4 * rayon::current_num_threads())).max(LEAST);
        let sorted: Vec<Sorted> = self
            .cut(&mut starts[1..], goal)
            .into_par_iter()
            .map(|part| part.run(repeats))
            .collect();
        // The first in the order of the rows, wherever the parts are cut.
        if let Some(value) = sorted.iter().find_map(|part| part.overflow) {
            return Err(Error::Sum { value });
        }
        let (mut kept, mut ends) = (0, &mut starts[1..]);
        for part in sorted {
            let (mine, others) = ends.split_at_mut(part.users);
            mine.iter_mut().for_each(|end| *end += kept);
            if part.base != kept {
                self.move_up(part.base, part.kept, kept);
            }
            (kept, ends) = (kept + part.kept, others);
        }
        Ok(kept)
    }

    fn cut<'b>(&'b mut self, mut ends: &'b mut [usize], goal: usize) -> Vec<Sorter<'b>> {
        let mut rest = self.split_at(0).1;
        let (mut parts, mut base) = (Vec::new(), 0);
        while !ends.is_empty() {
            let users = ends.partition_point(|&end| end < base + goal) + 1;
            let (mine, others) = ends.split_at_mut(users.min(ends.len()));
            let length = mine.last().map_or(0, |end| end - base);
            let Part { items, weights, times } = rest;
            let (part, behind) = split(items, weights, times, length);
            let (kept, scratch, overflow) = (0, Vec::new(), None);
            parts.push(Sorter { part, ends: mine, base, kept, scratch, overflow });
            (rest, ends, base) = (behind, others, base + length);
        }
        parts
    }

    fn split_at(&mut self, at: usize) -> (Part<'_>, Part<'_>) {
        split(self.items, self.weights.as_deref_mut(), self.times.as_deref_mut(), at)
    }

    /// Copies `length` entries from `from` to `to`.
    fn move_up(&mut self, from: usize, length: usize, to: usize) {
        let range = from..from + length;
        self.items.copy_within(range.clone(), to);
        if let Some(weights) = &mut self.weights {
            weights.copy_within(range.clone(), to);
        }
        if let Some(times) = &mut self.times {
            times.copy_within(range, to);
        }
    }
}

fn split<'a>(
    items: &'a mut [ItemId],
    weights: Option<&'a mut [f32]>,
    times: Option<&'a mut [i64]>,
    at: usize,
) -> (Part<'a>, Part<'a>) {
    let (items, more_items) = items.split_at_mut(at);
    let (weights, more_weights) = weights.map(|column| column.split_at_mut(at)).unzip();
    let (times, more_times) = times.map(|column| column.split_at_mut(at)).unzip();
    let behind = Part { items: more_items, weights: more_weights, times: more_times };
    (Part { items, weights, times }, behind)
}

/// What became of a part.
struct Sorted {
    /// Where it started in the whole.
    base: usize,
    users: usize,
    /// How much of it is left.
    kept: usize,
    overflow: Option<f64>,
}

/// Sorts rows, drops repeats and closes the gaps they leave, in place.
struct Sorter<'a> {
    part: Part<'a>,
    /// Where rows end: before, in the whole; after, in the part.
    ends: &'a mut [usize],
    base: usize,
    /// Where the next row goes: never past the row that is being read.
    kept: usize,
    scratch: Vec<(ItemId, i64, f32)>,
    /// The first sum of weights that is beyond 32 bits.
    overflow: Option<f64>,
}

impl Sorter<'_> {
    fn run(mut self, repeats: Repeats) -> Sorted {
        let mut start = 0;
        for user in 0..self.ends.len() {
            let end = self.ends[user] - self.base;
            self.finish_row(start, end, repeats);
            self.ends[user] = self.kept;
            start = end;
        }
        let Self { base, kept, overflow, .. } = self;
        Sorted { base, users: self.ends.len(), kept, overflow }
    }

    fn finish_row(&mut self, start: usize, end: usize, repeats: Repeats) {
        let row = &mut self.part.items[start..end];
        if row.is_sorted_by(|a, b| a < b) {
            self.keep_as_is(start, end);
        } else if self.part.weights.is_none() && self.part.times.is_none() {
            row.sort_unstable();
            self.keep_distinct(start, end);
        } else {
            self.load(start, end);
            self.scratch.sort_unstable_by(|a, b| {
                (a.0.cmp(&b.0)).then_with(|| b.1.cmp(&a.1)).then_with(|| b.2.total_cmp(&a.2))
            });
            self.store(repeats);
        }
    }

    fn keep_as_is(&mut self, start: usize, end: usize) {
        if start != self.kept {
            self.part.move_up(start, end - start, self.kept);
        }
        self.kept += end - start;
    }

    fn keep_distinct(&mut self, start: usize, end: usize) {
        let items = &mut *self.part.items;
        for at in start..end {
            if at == start || items[at] != items[self.kept - 1] {
                items[self.kept] = items[at];
                self.kept += 1;
            }
        }
    }

    fn load(&mut self, start: usize, end: usize) {
        let Part { items, weights, times } = &self.part;
        self.scratch.clear();
        self.scratch.extend((start..end).map(|at| {
            let weight = weights.as_ref().map_or(1.0, |weights| weights[at]);
            (items[at], times.as_ref().map_or(0, |times| times[at]), weight)
        }));
    }

    fn store(&mut self, repeats: Repeats) {
        let Part { items, weights, times } = &mut self.part;
        for same in self.scratch.chunk_by(|a, b| a.0 == b.0) {
            let (item, time, weight) = same[0];
            items[self.kept] = item;
            if let Some(weights) = weights {
                weights[self.kept] = weight;
                if repeats == Repeats::Sum && same.len() > 1 {
                    // In 64 bits, as 1 more is nothing to a sum of 2^24 in 32.
                    let sum: f64 = same.iter().map(|row| f64::from(row.2)).sum();
                    weights[self.kept] = sum as f32;
                    let fits = weights[self.kept].is_finite();
                    self.overflow = self.overflow.or((!fits).then_some(sum));
                }
            }
            if let Some(times) = times {
                times[self.kept] = time;
            }
            self.kept += 1;
        }
    }
}
