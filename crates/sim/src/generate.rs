//! From the parameters to the feedback: draws R, O and Y cell by cell.

use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};

use crate::clock;
use crate::exposure::Exposure;
use crate::random::{Purpose, Stream};
use crate::taste::Taste;
use crate::{Error, Feedback, FlipRates, Simulation};

impl Simulation {
    /// Draws the feedback.
    ///
    /// Takes time in proportion to users × items × rank (a tenth of a second for the defaults),
    /// 8 bytes a cell for what is kept and 4 more while it works (12, where exposure follows positions), and
    /// about 32 bytes a click.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if no scale of the exposures gives the expected number of clicks.
    pub fn generate(&self) -> Result<Feedback, Error> {
        let params = self.params();
        let taste = Taste::draw(params);
        let gamma = self.relevance(&taste);
        let exposure = Exposure::draw(params, &taste);
        let flip_rates = params.flips.rates(params, &exposure.ranks);
        let theta = self.exposure(&gamma, &exposure, &flip_rates)?;
        let relevance = self.coins(Purpose::Relevance, &gamma)?;
        let exposed = self.coins(Purpose::Exposure, &theta)?;
        let clicks = self.clicks(&relevance, &exposed, &flip_rates)?;
        Ok(Feedback {
            params: params.clone(),
            clicks,
            relevance,
            exposed,
            gamma,
            theta,
            flip_rates,
            genres: taste.genres,
        })
    }

    /// One coin per cell, heads with the given probability.
    fn coins(&self, purpose: Purpose, heads: &[f32]) -> Result<Interactions, Error> {
        let n_items = self.params().items as usize;
        let (mut starts, mut items) = (vec![0], Vec::new());
        for (user, row) in heads.chunks_exact(n_items).enumerate() {
            let mut stream = Stream::new(self.params().seed, purpose, user as u64);
            let heads = (0_u32..).zip(row).filter(|&(_, &p)| stream.uniform() < f64::from(p));
            items.extend(heads.map(|(item, _)| ItemId(item)));
            starts.push(items.len());
        }
        Ok(Interactions::from_rows(starts, items, n_items)?)
    }

    /// Y: what is exposed and relevant, less the lost labels, plus the false positives; timed.
    fn clicks(
        &self,
        relevance: &Interactions,
        exposed: &Interactions,
        flips: &FlipRates,
    ) -> Result<Dataset, Error> {
        let params = self.params();
        let mut pairs = Vec::new();
        for user in (0..params.users).map(UserId) {
            let mut stream = Stream::new(params.seed, Purpose::Labels, user.0.into());
            let clicked: Vec<ItemId> = (exposed.row(user).iter().copied())
                .filter(|&item| {
                    let coin = stream.uniform();
                    if relevance.contains(user, item) {
                        coin >= f64::from(flips.rate(user.index(), item.index()))
                    } else {
                        coin < params.noise
                    }
                })
                .collect();
            let times = clock::times(params, user.0, clicked.len());
            let pair = |(item, time)| Pair { user, item, weight: 1.0, time };
            pairs.extend(clicked.into_iter().zip(times).map(pair));
        }
        let (users, items) = (params.users as usize, params.items as usize);
        let keep = Keep { weights: false, times: true };
        let (interactions, _) = Interactions::from_pairs(pairs, users, items, keep)?;
        let ids = |n: u32| IdTable::from_integers((1..=i64::from(n)).collect());
        Ok(Dataset::new(ids(params.users), ids(params.items), interactions)?)
    }
}
