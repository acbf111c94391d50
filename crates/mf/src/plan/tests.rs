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
fn the_number_of_blocks_follows_the_cache_and_the_items() {
    assert_eq!(block_count(26_744, 4), 27);
    assert_eq!(block_count(3_706, 4), 16);
    assert_eq!(block_count(200, 4), 3);
    assert_eq!(block_count(10, 4), 1);
    assert_eq!(block_count(10_000_000, 1), 2442);
}
