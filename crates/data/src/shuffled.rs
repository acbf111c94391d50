//! Features dealt anew: the same data, of which features tell nothing.

use crate::split::Stream;
use crate::{Dataset, Features, Tags, Vectors};

impl Dataset {
    /// The same with the vectors of users dealt anew among those who have one, and so their tags, and those
    /// of items: what a method gains by features is what it gains over these. Who has features has some, and
    /// all that is known of anybody is still known of somebody. The same seed deals the same.
    #[must_use]
    pub fn with_shuffled_features(self, seed: u64) -> Self {
        let user_features = shuffled(self.user_features, seed, 0);
        let item_features = shuffled(self.item_features, seed, 2);
        Self { user_features, item_features, ..self }
    }
}

/// Vectors and tags have a stream each, from `stream` on.
fn shuffled(features: Features, seed: u64, stream: u64) -> Features {
    let Features { vectors, tags } = features;
    Features {
        vectors: vectors.map(|vectors| dealt_vectors(vectors, Stream::new(seed, stream))),
        tags: tags.map(|tags| dealt_tags(tags, Stream::new(seed, stream + 1))),
    }
}

fn dealt_vectors(mut vectors: Vectors, mut stream: Stream) -> Vectors {
    let width = vectors.width;
    let order = stream.shuffled(vectors.known(), None);
    let of = |&from: &u32| &vectors.values[from as usize * width..][..width];
    let values = order.iter().flat_map(of).copied().collect();
    vectors.values = values;
    vectors
}

fn dealt_tags(tags: Tags, mut stream: Stream) -> Tags {
    let of: Vec<usize> = (0..tags.len()).filter(|&n| !tags.of(n).is_empty()).collect();
    let order = stream.shuffled(of.len(), None);
    let mut from = order.iter().map(|&n| tags.of(of[n as usize]));
    let (mut starts, mut dealt) = (vec![0], Vec::with_capacity(tags.tags.len()));
    for n in 0..tags.len() {
        if !tags.of(n).is_empty() {
            dealt.extend_from_slice(from.next().expect("there are as many as have tags"));
        }
        starts.push(dealt.len());
    }
    Tags { names: tags.names, starts, tags: dealt }
}

#[cfg(test)]
mod tests {
    use crate::testing::dataset;
    use crate::{Dataset, FeatureTable, Keep};
    use std::collections::BTreeSet;

    const ITEMS: usize = 40;

    /// Items 0 to 39, of which every fourth has no vector, and every third no tag.
    fn data() -> Dataset {
        let rows: String = (0..ITEMS).map(|item| format!("{},{item}\n", item % 7)).collect();
        let ids = |nth: usize| (0..ITEMS).filter(move |item| item % nth > 0);
        let names: Vec<String> = ids(4).map(|item| item.to_string()).collect();
        let values: Vec<f32> = ids(4).flat_map(|item| [item as f32, 0.5]).collect();
        let vectors = FeatureTable::of_vectors(&names, 2, &values).unwrap();
        let tag =
            |item: usize| (0..=item % 5).map(move |n| (item.to_string(), format!("{item} {n}")));
        let (tags, _) = FeatureTable::of_tags(&ids(3).flat_map(tag).collect::<Vec<_>>()).unwrap();
        let users = FeatureTable::of_vectors(&["0", "3", "5"], 1, &[1.0, 2.0, 3.0]).unwrap();
        let data = dataset(&rows, Keep::default());
        let data = data.with_item_features(vectors).unwrap().with_item_features(tags).unwrap();
        data.with_user_features(users).unwrap()
    }

    #[test]
    fn whoever_has_features_has_those_of_somebody() {
        let data = data();
        let dealt = data.clone().with_shuffled_features(1);
        let (before, after) = (data.item_features(), dealt.item_features());
        let (vectors, dealt_vectors) = (before.vectors().unwrap(), after.vectors().unwrap());
        let (tags, dealt_tags) = (before.tags().unwrap(), after.tags().unwrap());
        let (mut of_whom, mut moved) = (BTreeSet::new(), 0);
        for item in 0..ITEMS {
            let (one, other) = (vectors.get(item), dealt_vectors.get(item));
            assert_eq!(one.is_some(), other.is_some());
            assert_eq!(tags.of(item).is_empty(), dealt_tags.of(item).is_empty());
            of_whom.extend(other.map(|vector| vector[0] as usize));
            moved += usize::from(one != other) + usize::from(tags.of(item) != dealt_tags.of(item));
        }
        assert_eq!(of_whom, (0..ITEMS).filter(|item| item % 4 > 0).collect());
        let all =
            |tags: &crate::Tags| (0..ITEMS).map(|n| tags.of(n).to_vec()).collect::<BTreeSet<_>>();
        assert_eq!(all(tags), all(dealt_tags));
        assert_eq!(tags.names(), dealt_tags.names());
        // Of 30 and 26 one each stays where it was, in the mean.
        assert!(moved > 45, "{moved}");
        assert_eq!((dealt.users(), dealt.interactions()), (data.users(), data.interactions()));
    }

    #[test]
    fn the_seed_decides_and_the_fingerprint_tells() {
        let of = |seed| data().with_shuffled_features(seed);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1).item_features(), of(2).item_features());
        let prints: BTreeSet<_> =
            [data(), of(1), of(2)].iter().map(|data| data.fingerprint().to_string()).collect();
        assert_eq!(prints.len(), 3);
        let plain = dataset("1,2\n", Keep::default());
        assert_eq!(plain.clone().with_shuffled_features(3), plain);
    }
}
