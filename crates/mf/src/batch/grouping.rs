//! Which cells of a batch are whose.

/// The cells of each owner, in the order of the batch.
#[derive(Clone, Debug)]
pub(super) struct Grouping {
    /// Where the cells of an owner start in `cells`; one more number than owners.
    starts: Vec<u32>,
    cells: Vec<u32>,
}

impl Grouping {
    pub(super) fn new(owners: usize) -> Self {
        Self { starts: vec![0; owners + 1], cells: Vec::new() }
    }

    /// Sorts the cells `0..len` by owner; stable, in O(len + owners).
    pub(super) fn sort(&mut self, len: usize, owner: impl Fn(usize) -> usize) {
        self.starts.fill(0);
        for cell in 0..len {
            self.starts[owner(cell) + 1] += 1;
        }
        for at in 1..self.starts.len() {
            self.starts[at] += self.starts[at - 1];
        }
        self.cells.resize(len, 0);
        // Each start runs to the start of the next owner, so they all move by one place.
        for cell in 0..len {
            let place = &mut self.starts[owner(cell)];
            self.cells[*place as usize] = cell as u32;
            *place += 1;
        }
        self.starts.rotate_right(1);
        self.starts[0] = 0;
    }

    #[inline(always)]
    pub(super) fn of(&self, owner: usize) -> &[u32] {
        &self.cells[self.starts[owner] as usize..self.starts[owner + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_order_within_an_owner() {
        let owners = [3, 0, 3, 1, 0, 3];
        let mut grouping = Grouping::new(5);
        for _ in 0..2 {
            grouping.sort(owners.len(), |cell| owners[cell]);
            let found: Vec<&[u32]> = (0..5).map(|owner| grouping.of(owner)).collect();
            let expected: [&[u32]; 5] = [&[1, 4], &[3], &[], &[0, 2, 5], &[]];
            assert_eq!(found, expected);
        }
    }
}
