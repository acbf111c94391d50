//! What can be measured.

/// What a metric measures. In the formulas, R is the number of the user's relevant test items, k
/// the cut-off, and a hit is a relevant item among the first k.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `ndcg@k`: see [`ranking::ndcg`](crate::ndcg).
    Ndcg,
    /// `recall@k`: hits / R.
    Recall,
    /// `precision@k`: hits / k.
    Precision,
    /// `ap@k` or `map@k`: precision at each hit, summed, / R.
    Ap,
    /// `rr@k` or `mrr@k`: 1 / rank of the first hit.
    Rr,
    /// `hit@k` or `hr@k`: 1 if there is a hit.
    Hit,
    /// `f1@k`: harmonic mean of the user's precision@k and recall@k.
    F1,
    /// `recall_min@k`: hits / min(k, R).
    RecallMin,
    /// `ap_min@k`: as `ap@k`, divided by min(k, R), as RecBole and implicit have it.
    ApMin,
    /// `ndcg_clip@k`: as `ndcg@k` with LensKit's discount log2(max(rank, 2)).
    NdcgClip,
    /// `precision_micro@k`: all hits of all users / Σ min(k, R) over users, as implicit's
    /// `precision_at_k` has it. Of one user it is `recall_min@k`; users weigh min(k, R), also those
    /// without a list.
    PrecisionMicro,
    /// `auc`: probability that a relevant item outranks a non-relevant one; see
    /// [`auc`](crate::auc).
    Auc,
    /// `dcg_saito@k`: of test items alone; see [`dcg_saito`](crate::dcg_saito).
    DcgSaito,
    /// `recall_saito@k`: of test items alone; see [`recall_saito`](crate::recall_saito).
    RecallSaito,
    /// `map_saito@k`: of test items alone; see [`map_saito`](crate::map_saito).
    MapSaito,
    /// `coverage@k`: share of all items that are among the first k of at least one user.
    Coverage,
    /// `gini@k`: [Gini coefficient](crate::gini) of how often each item is among the first k: 0 if
    /// all items are shown alike, near 1 if few items take all places.
    Gini,
    /// `arp@k`: average recommendation popularity, the mean number of training interactions of the
    /// first k. Over the lists that there are: no list has no popularity.
    Arp,
    /// `novelty@k`: the mean of the first k's self-information log2(users / users who have the
    /// item), in bits; items without a training interaction count as having one. Over the lists that
    /// there are.
    Novelty,
}

/// What has to be known to compute a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Which of the listed items are relevant.
    List,
    /// The scores of all items.
    Scores,
    /// Judgements of both kinds: which items were rated, and which of them are relevant.
    Ratings,
    /// How popular the listed items are.
    Popularity,
    /// The lists of all users together.
    Catalogue,
}

impl Kind {
    /// All kinds, in the order in which they are documented.
    pub const ALL: [Self; 19] = [
        Self::Ndcg,
        Self::Recall,
        Self::Precision,
        Self::Ap,
        Self::Rr,
        Self::Hit,
        Self::F1,
        Self::RecallMin,
        Self::ApMin,
        Self::NdcgClip,
        Self::PrecisionMicro,
        Self::Auc,
        Self::DcgSaito,
        Self::RecallSaito,
        Self::MapSaito,
        Self::Coverage,
        Self::Gini,
        Self::Arp,
        Self::Novelty,
    ];

    /// The name in front of `@`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndcg => "ndcg",
            Self::Recall => "recall",
            Self::Precision => "precision",
            Self::Ap => "ap",
            Self::Rr => "rr",
            Self::Hit => "hit",
            Self::F1 => "f1",
            Self::RecallMin => "recall_min",
            Self::ApMin => "ap_min",
            Self::NdcgClip => "ndcg_clip",
            Self::PrecisionMicro => "precision_micro",
            Self::Auc => "auc",
            Self::DcgSaito => "dcg_saito",
            Self::RecallSaito => "recall_saito",
            Self::MapSaito => "map_saito",
            Self::Coverage => "coverage",
            Self::Gini => "gini",
            Self::Arp => "arp",
            Self::Novelty => "novelty",
        }
    }

    /// Whether the metric is one of the first k items, and so needs a cut-off.
    pub fn has_cutoff(self) -> bool {
        self != Self::Auc
    }

    /// Whether [`Estimator::Ips`](crate::Estimator::Ips) and [`Estimator::Snips`](crate::Estimator::Snips) are
    /// defined: the metric is a sum over relevant items, each weighed by itself.
    pub fn has_estimators(self) -> bool {
        matches!(self, Self::Ndcg | Self::NdcgClip | Self::Recall | Self::Precision)
    }

    pub(crate) fn needs(self) -> Needs {
        match self {
            Self::Auc => Needs::Scores,
            Self::DcgSaito | Self::RecallSaito | Self::MapSaito => Needs::Ratings,
            Self::Arp | Self::Novelty => Needs::Popularity,
            Self::Coverage | Self::Gini => Needs::Catalogue,
            _ => Needs::List,
        }
    }

    /// The kind of a lower-case name; `map`, `mrr` and `hr`, which name the means over users, are
    /// `ap`, `rr` and `hit`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "map" => Some(Self::Ap),
            "mrr" => Some(Self::Rr),
            "hr" => Some(Self::Hit),
            _ => Self::ALL.into_iter().find(|kind| kind.name() == name),
        }
    }

    /// The name nearest to a misspelt one; none if at least half of it would have to change.
    pub(crate) fn nearest(name: &str) -> Option<Self> {
        let distance = |kind: &Self| strsim::osa_distance(kind.name(), name);
        let nearest = Self::ALL.into_iter().min_by_key(distance)?;
        (2 * distance(&nearest) < nearest.name().len().max(name.len())).then_some(nearest)
    }
}
