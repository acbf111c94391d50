use super::*;
use foretaste_data::{Keep, Pair};

/// User n has each item m with (7 n + 3 m) mod 5 < n mod 5.
fn data(n_users: u32, n_items: u32) -> Interactions {
    let pairs = (0..n_users).flat_map(|user| (0..n_items).map(move |item| (user, item)));
    let pairs = pairs.filter(|(user, item)| (7 * user + 3 * item) % 5 < user % 5);
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = pairs.map(pair).collect();
    Interactions::from_pairs(pairs, n_users as usize, n_items as usize, Keep::default()).unwrap().0
}

#[test]
fn the_cells_of_an_epoch_hold_every_positive_once() {
    for (n_users, n_items, blocks) in [(40, 30, 7), (3, 200, 9), (1, 4, 1), (20, 1, 1)] {
        let data = data(n_users, n_items);
        let mut deal = Deal::new(n_items as usize, blocks);
        deal.shuffle(5, 3);
        let mut seen = Vec::new();
        for block in &mut UserBlock::cut(&data, blocks) {
            block.plan(&data, Targets::Ones, &deal, blocks);
            for round in 0..blocks {
                let (number, first) = (block.number(), block.users.start);
                let cell = block.cell(round);
                let mut owners = cell.owners.iter();
                let mut user = 0;
                for positive in cell.places {
                    if positive & FIRST != 0 {
                        user = first as u32 + owners.next().unwrap();
                    }
                    seen.push((user, (number + round) % blocks, positive & !FIRST));
                }
                assert!(owners.next().is_none());
            }
        }
        let place = |pair: Pair| {
            let code = deal.code(pair.item.index());
            (pair.user.0, code.block(), code.local())
        };
        let mut expected: Vec<_> = data.pairs().map(place).collect();
        expected.sort_unstable();
        seen.sort_unstable();
        assert_eq!(seen, expected);
    }
}

#[test]
fn user_blocks_have_about_equally_many_positives() {
    let data = data(500, 100);
    let blocks = UserBlock::cut(&data, 8);
    let fair = data.nnz() / 8;
    let mut next = 0;
    for block in &blocks {
        assert_eq!(block.users.start, next);
        next = block.users.end;
        let own = data.starts()[block.users.end] - data.starts()[block.users.start];
        // A block may be off by one user's positives, at most the 100 items, on each side.
        assert!(own.abs_diff(fair) <= 200, "{own} against {fair}");
    }
    assert_eq!(next, 500);
}

#[test]
fn the_number_of_blocks_follows_the_cache_the_items_and_the_positives() {
    let of = |n_items, nnz, factors| block_count(n_items, nnz, lanes_for(factors));
    // The cache decides, as of MovieLens 20M and 1M.
    assert_eq!(of(26_744, 20_000_263, 64), 27);
    assert_eq!(of(3_706, 1_000_209, 64), 16);
    // Few items make few blocks.
    assert_eq!(of(200, 10_000, 64), 3);
    assert_eq!(of(10, 1_000, 64), 1);
    // Long rows: blocks are larger than the cache before they are of less than 64 items.
    assert_eq!(of(3_706, 1_000_209, 4096), 57);
    assert_eq!(of(100_000, 5_000_000, 4096), 139);
    // Large catalogues: cells of 256 positives rather than blocks that fit the cache…
    assert_eq!(of(10_000_000, 1_000_000_000, 64), 1_976);
    assert_eq!(of(1_000_000, 10_000_000, 64), 197);
    // …but no block has more items than places have bits for.
    assert_eq!(of(10_000_000, 1_000_000, 64), 306);
}

#[test]
fn cells_never_outgrow_rows_and_positives() {
    for n_items in [1, 63, 64, 1_000, 100_000, 3_000_000, 1 << 30] {
        for nnz in [1, 1_000, 1_000_000, 4_000_000_000] {
            for factors in [1, 64, 4096] {
                let lanes = lanes_for(factors);
                let blocks = block_count(n_items, nnz, lanes);
                // 20 B a cell, against the rows of the items and 2 B a positive.
                let rows = n_items * lanes * LANES * 4;
                assert!(20 * blocks * blocks <= rows + 2 * nnz + 20 * 256, "{n_items} {nnz}");
                assert!(n_items.div_ceil(blocks) <= MAX_BLOCK);
            }
        }
    }
}
