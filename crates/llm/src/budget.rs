//! What may be spent, and what was.

use std::sync::{Mutex, PoisonError};

use crate::Error;

/// What a million tokens cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// Of what is asked.
    pub input: f64,
    /// Of what is answered.
    pub output: f64,
}

impl Prices {
    /// What these tokens cost.
    pub fn cost(&self, (input, output): (u64, u64)) -> f64 {
        (self.input * input as f64 + self.output * output as f64) / 1e6
    }
}

/// What may be spent in one run; nothing is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// Tokens, asked and answered.
    pub tokens: Option<u64>,
    /// Cost, by the prices.
    pub cost: Option<f64>,
    /// What tokens cost.
    pub prices: Prices,
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Tally {
    /// Requests that were sent, those that had to be repeated included.
    pub requests: u64,
    /// Questions that were asked.
    pub asked: u64,
    /// Questions whose answers were in the cache.
    pub cached: u64,
    /// Questions that were there before.
    pub repeats: u64,
    /// Tokens that were asked.
    pub tokens_in: u64,
    /// Tokens that were answered.
    pub tokens_out: u64,
    /// Whether the server did not say how many tokens some were, so that they are estimates.
    pub estimated: bool,
    /// What they cost, by the prices.
    pub cost: f64,
}

/// Tokens that are asked, and those that are answered.
pub(crate) type Tokens = (u64, u64);

/// Lets requests go as long as they are within the budget, over all threads.
#[derive(Debug)]
pub(crate) struct Purse {
    budget: Budget,
    account: Mutex<Account>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Account {
    requests: u64,
    spent: Tokens,
    /// What requests that are on their way may take.
    reserved: Tokens,
    estimated: bool,
}

impl Purse {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { budget, account: Mutex::default() }
    }

    fn account<T>(&self, change: impl FnOnce(&mut Account) -> T) -> T {
        change(&mut self.account.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets aside what a request may take, if there is as much.
    pub(crate) fn reserve(&self, most: Tokens) -> Result<(), Error> {
        let Budget { tokens, cost, prices } = self.budget;
        self.account(|account| {
            let all = add(add(account.spent, account.reserved), most);
            let sum = all.0.saturating_add(all.1);
            if let Some(limit) = tokens.filter(|&limit| sum > limit) {
                let spent = account.spent.0.saturating_add(account.spent.1);
                return Err(Error::Tokens { limit, spent, needed: sum });
            }
            if let Some(limit) = cost.filter(|&limit| prices.cost(all) > limit) {
                let (spent, needed) = (prices.cost(account.spent), prices.cost(all));
                return Err(Error::Cost { limit, spent, needed });
            }
            account.reserved = add(account.reserved, most);
            account.requests += 1;
            Ok(())
        })
    }

    /// Takes what a request took: as the server says, else as it was estimated.
    pub(crate) fn settle(&self, most: Tokens, used: Option<Tokens>, estimate: Tokens) {
        self.account(|account| {
            let (input, output) = account.reserved;
            account.reserved = (input.saturating_sub(most.0), output.saturating_sub(most.1));
            account.spent = add(account.spent, used.unwrap_or(estimate));
            account.estimated |= used.is_none() && estimate != (0, 0);
        });
    }

    /// What was taken.
    pub(crate) fn tally(&self) -> Tally {
        self.account(|&mut Account { requests, spent, estimated, .. }| Tally {
            requests,
            tokens_in: spent.0,
            tokens_out: spent.1,
            estimated,
            cost: self.budget.prices.cost(spent),
            ..Tally::default()
        })
    }
}

fn add(a: Tokens, b: Tokens) -> Tokens {
    (a.0.saturating_add(b.0), a.1.saturating_add(b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_let_go_than_there_is() {
        let purse = Purse::new(Budget { tokens: Some(100), ..Budget::default() });
        purse.reserve((40, 20)).unwrap();
        let error = purse.reserve((40, 20)).unwrap_err();
        assert!(matches!(error, Error::Tokens { limit: 100, spent: 0, needed: 120 }), "{error:?}");
        // It took less, so there is room.
        purse.settle((40, 20), Some((10, 5)), (40, 20));
        purse.reserve((40, 20)).unwrap();
        purse.settle((40, 20), None, (30, 7));
        let tally = purse.tally();
        assert_eq!((tally.requests, tally.tokens_in, tally.tokens_out), (2, 40, 12));
        assert!(tally.estimated);
    }

    #[test]
    fn cost_follows_the_prices() {
        let prices = Prices { input: 2.0, output: 8.0 };
        let purse = Purse::new(Budget { cost: Some(0.001), prices, tokens: None });
        purse.reserve((100, 100)).unwrap();
        assert!(matches!(purse.reserve((1, 0)), Err(Error::Cost { .. })));
        purse.settle((100, 100), Some((100, 0)), (0, 0));
        assert_eq!(purse.tally().cost, 0.0002);
        purse.reserve((0, 100)).unwrap();
    }
}
