//! One of the workers: its part of the users, the part of the items that it holds, and how these travel.

use super::lists::{FIRST, Filled, Lists, Numbers, Side, wrong};
use super::part::{ItemPart, Share, UserPart, train_part};
use super::{Kind, Scheme};
use crate::deal::{Deal, ItemBlock};
use crate::epoch::first_sums;
use crate::streams::Purpose;
use crate::{Error, State};
use foretaste_data::Interactions;
use foretaste_kernels::LANES;
use foretaste_model::{Place, Turnout, Worker};
use std::ops::Range;
use std::sync::Arc;

/// A worker's part of a training.
#[derive(Debug)]
pub(super) struct Member<K> {
    scheme: Arc<Scheme<K>>,
    number: usize,
    cuts: Vec<usize>,
    epoch: u32,
    deal: Deal,
    users: UserPart,
    items: ItemPart,
    /// Whose part of the items it holds: whose users they met first.
    held: usize,
    /// Users and items that were restored.
    restored: (usize, usize),
}

impl<K: Kind> Member<K> {
    pub(super) fn new(
        scheme: Arc<Scheme<K>>,
        place: Place<'_>,
        data: Interactions,
    ) -> Result<Self, Error> {
        let Place { number, cuts, bounds } = place;
        let plan = &scheme.plan;
        let covers = |ends: &[usize], of: usize| {
            ends.len() > 1 && ends[0] == 0 && ends[ends.len() - 1] == of && ends.is_sorted()
        };
        if bounds.len() != plan.blocks + 1 || !covers(bounds, scheme.n_users) {
            let reason = format!("are not the first users of {} blocks", plan.blocks);
            return Err(wrong("bounds", reason));
        }
        if !covers(cuts, plan.blocks) || number >= place.workers() {
            let reason = format!("give worker {number} no range of {} blocks", plan.blocks);
            return Err(wrong("cuts", reason));
        }
        let users = place.users();
        if (data.n_users(), data.n_items()) != (users.len(), plan.n_items) {
            let (found, items) = (data.n_users(), data.n_items());
            let reason = format!("are of {found} users and {items} items, not of {}", users.len());
            return Err(wrong("pairs", reason));
        }
        let own = cuts[number]..cuts[number + 1];
        let part = (own.start, &bounds[own.start..=own.end]);
        let users = UserPart::new(plan, &scheme.channels, part, data);
        Ok(Self {
            number,
            cuts: cuts.to_vec(),
            epoch: 1,
            deal: scheme.dealt(1),
            users,
            items: ItemPart { first: own.start, blocks: Vec::new() },
            held: number,
            restored: (0, 0),
            scheme,
        })
    }

    fn workers(&self) -> usize {
        self.cuts.len() - 1
    }

    fn lanes(&self) -> usize {
        self.users.rows.lanes()
    }

    /// The blocks of items that a worker begins with.
    fn range(&self, worker: usize) -> Range<usize> {
        self.cuts[worker]..self.cuts[worker + 1]
    }

    /// A part whose items have no numbers yet.
    fn empty(&self, deal: &Deal, numbers: Range<usize>) -> ItemPart {
        let Scheme { plan, channels, .. } = &*self.scheme;
        let block = |number: usize| {
            let items = deal.items(number);
            let mut block = ItemBlock::new();
            block.rows = vec![[0.0; LANES]; items.len() * self.lanes()];
            for (biases, channel) in block.biases.iter_mut().zip(channels) {
                *biases = vec![0.0; if Side::Items.has_biases(channel) { items.len() } else { 0 }];
            }
            block.sums = first_sums(plan.params.steps, items.len());
            block
        };
        ItemPart { first: numbers.start, blocks: numbers.map(block).collect() }
    }

    /// Gives blocks what follows from the items in them.
    fn prepare(&mut self) {
        let Scheme { plan, targets, .. } = &*self.scheme;
        for (block, number) in self.items.blocks.iter_mut().zip(self.items.first..) {
            let items = self.deal.items(number);
            block.sampler = plan.weights.sampler(items, plan.blocks);
            if let Some(targets) = targets {
                block.targets = items.iter().map(|&item| targets[item as usize]).collect();
            }
        }
    }

    /// Everything of the items that `wanted` lets through, in the order of the blocks.
    fn taken_out(&self, wanted: impl Fn(u32) -> bool) -> State {
        let lanes = self.lanes();
        let mut places = Vec::new();
        for (block, number) in self.items.blocks.iter().zip(self.items.first..) {
            let items = self.deal.items(number).iter().enumerate();
            places.extend(items.filter(|(_, item)| wanted(**item)).map(|(at, _)| (block, at)));
        }
        let mut filled = Filled::new(places.len(), lanes, self.scheme.channels.len());
        for (block, at) in places {
            let biases = block.biases.iter().map(|biases| biases.get(at).copied());
            let row = &block.rows[at * lanes..(at + 1) * lanes];
            filled.add(row, biases, block.sums.get(at).copied());
        }
        filled.into_state(vec![self.items.first as u64, self.items.numbers().end as u64])
    }

    /// Puts what a state has of `items`, in their order, where `deal` has them, if that is in `part`; says how many
    /// were.
    fn put_in(
        &self,
        (deal, part): (&Deal, &mut ItemPart),
        items: &[u32],
        state: &State,
    ) -> Result<usize, Error> {
        let lanes = self.lanes();
        let lists = Lists::of(state, (Side::Items, items.len()), &self.scheme)?;
        let mut count = 0;
        for (n, &item) in items.iter().enumerate() {
            let code = deal.code(item as usize);
            let Some(at) = code.block().checked_sub(part.first) else { continue };
            let Some(block) = part.blocks.get_mut(at) else { continue };
            let place = usize::from(code.local());
            let row = &mut block.rows[place * lanes..(place + 1) * lanes];
            let biases = block.biases.iter_mut().map(|biases| biases.get_mut(place)).collect();
            lists.copy(n, Numbers { row, biases, sum: block.sums.get_mut(place) });
            count += 1;
        }
        Ok(count)
    }
}

impl<K: Kind> Worker for Member<K> {
    fn start(&mut self) {
        let lanes = self.lanes();
        let UserPart { users: own, rows, .. } = &mut self.users;
        let (all, data) = (self.scheme.n_users, rows.data_mut());
        let purpose = |chunk| Purpose::InitialUsers { chunk };
        self.scheme.first_rows((all, own.clone()), purpose, |row, numbers| {
            let at = row - own.start;
            data[at * lanes..(at + 1) * lanes].copy_from_slice(numbers);
        });
        let mut items = self.empty(&self.deal, self.range(self.number));
        let n_items = self.scheme.plan.n_items;
        let purpose = |chunk| Purpose::InitialItems { chunk };
        self.scheme.first_rows((n_items, 0..n_items), purpose, |row, numbers| {
            let code = self.deal.code(row);
            let at = code.block().checked_sub(items.first);
            if let Some(block) = at.and_then(|at| items.blocks.get_mut(at)) {
                let place = usize::from(code.local());
                block.rows[place * lanes..(place + 1) * lanes].copy_from_slice(numbers);
            }
        });
        self.items = items;
    }

    fn begin(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.held = self.number;
        self.deal.shuffle(self.scheme.plan.params.seed, epoch);
        self.prepare();
        let Scheme { plan, .. } = &*self.scheme;
        self.users.plan(plan, self.scheme.targets(), &self.deal);
    }

    fn train(&mut self, super_round: usize) {
        assert!(super_round <= self.workers(), "super-rounds 0..={}", self.workers());
        let held = (self.number + super_round) % self.workers();
        assert_eq!(self.held, held, "the items of super-round {super_round}");
        let Scheme { plan, kind, .. } = &*self.scheme;
        let params = &plan.params;
        let rate = params.lr * params.schedule.share(self.epoch, params.epochs);
        let share = Share::of(super_round, self.workers());
        let task = kind.task(params);
        let (users, items) = (&mut self.users, &mut self.items);
        train_part((&task, plan), (self.epoch, rate), users, items, share);
    }

    fn give(&mut self) -> State {
        let state = self.taken_out(|_| true);
        self.items.blocks.clear();
        state
    }

    fn take(&mut self, items: State) -> Result<(), Error> {
        let held = (self.held + 1) % self.workers();
        let numbers = self.range(held);
        let found = blocks_from(&items, self.scheme.plan.blocks)?;
        if found != numbers {
            return Err(wrong(FIRST, format!("are blocks {found:?}, not {numbers:?}")));
        }
        let mut part = self.empty(&self.deal, numbers.clone());
        let order: Vec<u32> = numbers.flat_map(|number| self.deal.items(number)).copied().collect();
        self.put_in((&self.deal, &mut part), &order, &items)?;
        drop(items);
        (self.items, self.held) = (part, held);
        self.prepare();
        Ok(())
    }

    fn deal_out(&mut self, epoch: u32) -> Vec<State> {
        let next = self.scheme.dealt(epoch);
        let of = |worker: usize| {
            let range = self.range(worker);
            self.taken_out(|item| range.contains(&next.code(item as usize).block()))
        };
        let parts = (0..self.workers()).map(of).collect();
        self.items.blocks.clear();
        parts
    }

    fn deal_in(&mut self, epoch: u32, parts: Vec<State>) -> Result<(), Error> {
        if parts.len() != self.workers() {
            let reason = format!("are of {} workers, not of {}", parts.len(), self.workers());
            return Err(wrong("parts", reason));
        }
        let next = self.scheme.dealt(epoch);
        let own = self.range(self.number);
        let mut items = self.empty(&next, own.clone());
        for (worker, part) in parts.into_iter().enumerate() {
            let numbers = self.range(worker);
            let all = numbers.flat_map(|number| self.deal.items(number)).copied();
            let mine = |item: &u32| own.contains(&next.code(*item as usize).block());
            let order: Vec<u32> = all.filter(mine).collect();
            self.put_in((&next, &mut items), &order, &part)?;
        }
        (self.items, self.deal, self.held) = (items, next, self.number);
        Ok(())
    }

    fn finish(&mut self) -> Turnout {
        let sound = self.users.settle() & self.items.settle();
        Turnout { sound, tallies: self.users.tallies.clone() }
    }

    fn save(&self) -> [State; 2] {
        let UserPart { users, rows, biases, sums, .. } = &self.users;
        let mut filled = Filled::new(users.len(), self.lanes(), self.scheme.channels.len());
        for user in 0..users.len() {
            let of_user = biases.iter().map(|biases| biases.get(user).copied());
            filled.add(rows.row(user), of_user, sums.get(user).copied());
        }
        let users = filled.into_state(vec![users.start as u64, users.end as u64]);
        [users, self.taken_out(|_| true)]
    }

    fn restore_users(&mut self, users: &State) -> Result<(), Error> {
        let found = users_from(users, self.scheme.n_users)?;
        let lists = Lists::of(users, (Side::Users, found.len()), &self.scheme)?;
        let (own, lanes) = (self.users.users.clone(), self.lanes());
        let UserPart { rows, biases, sums, .. } = &mut self.users;
        for user in own.start.max(found.start)..own.end.min(found.end) {
            let at = user - own.start;
            let row = &mut rows.data_mut()[at * lanes..(at + 1) * lanes];
            let biases = biases.iter_mut().map(|biases| biases.get_mut(at)).collect();
            lists.copy(user - found.start, Numbers { row, biases, sum: sums.get_mut(at) });
            self.restored.0 += 1;
        }
        Ok(())
    }

    fn restore_items(&mut self, epoch: u32, items: &State) -> Result<(), Error> {
        let before = self.scheme.dealt(epoch);
        if self.restored.1 == 0 {
            self.deal = self.scheme.dealt(epoch + 1);
            self.items = self.empty(&self.deal, self.range(self.number));
        }
        let numbers = blocks_from(items, self.scheme.plan.blocks)?;
        let order: Vec<u32> = numbers.flat_map(|number| before.items(number)).copied().collect();
        let mut part =
            std::mem::replace(&mut self.items, ItemPart { first: 0, blocks: Vec::new() });
        let count = self.put_in((&self.deal, &mut part), &order, items);
        self.items = part;
        self.restored.1 += count?;
        Ok(())
    }

    fn is_restored(&self) -> bool {
        let items: usize =
            self.range(self.number).map(|number| self.deal.items(number).len()).sum();
        self.restored == (self.users.users.len(), items)
    }
}

/// The blocks whose items a state has.
pub(super) fn blocks_from(items: &State, blocks: usize) -> Result<Range<usize>, Error> {
    range(items, blocks).ok_or_else(|| wrong(FIRST, format!("is no range of {blocks} blocks")))
}

fn range(state: &State, below: usize) -> Option<Range<usize>> {
    let &[start, end] = state.get::<u64>(FIRST).ok()? else { return None };
    (start <= end && end <= below as u64).then_some(start as usize..end as usize)
}

/// The users whose numbers a state has.
pub(super) fn users_from(users: &State, n_users: usize) -> Result<Range<usize>, Error> {
    range(users, n_users).ok_or_else(|| wrong(FIRST, format!("is no range of {n_users} users")))
}
