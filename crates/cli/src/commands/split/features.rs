//! The features of a split: files that the flags they came by read again.

use crate::failure::Outcome;
use foretaste::data::{Dataset, Features, IdTable};
use foretaste::files::FileSet;
use foretaste::io::{Side, write_ids, write_tags, write_vectors};
use serde_json::{Map, Value, json};

/// Writes what is known of users and items under temporary names; returns what the manifest says of
/// it.
pub(super) fn stage(data: &Dataset, set: &mut FileSet) -> Outcome<Map<String, Value>> {
    let mut described = Map::new();
    stage_vectors("user-features", data.users(), data.user_features(), set, &mut described)?;
    stage_vectors("item-features", data.items(), data.item_features(), set, &mut described)?;
    stage_tags("user-tags", (data.users(), Side::User), data.user_features(), set, &mut described)?;
    stage_tags("item-tags", (data.items(), Side::Item), data.item_features(), set, &mut described)?;
    Ok(described)
}

fn stage_tags(
    name: &str,
    (ids, side): (&IdTable, Side),
    features: &Features,
    set: &mut FileSet,
    described: &mut Map<String, Value>,
) -> Outcome {
    let Some(tags) = features.tags() else { return Ok(()) };
    let file = format!("{name}.csv");
    let sha256 = set.stage(&file, |out| write_tags(ids, tags, side, out))?;
    let json = json!({ "file": file, "sha256": sha256, "tags": tags.names().len() });
    described.insert(name.to_owned(), json);
    Ok(())
}

fn stage_vectors(
    name: &str,
    ids: &IdTable,
    features: &Features,
    set: &mut FileSet,
    described: &mut Map<String, Value>,
) -> Outcome {
    let Some(vectors) = features.vectors() else { return Ok(()) };
    let (file, ids_file) = (format!("{name}.npy"), format!("{name}.ids"));
    let sha256 = set.stage(&file, |out| write_vectors(vectors, out))?;
    let json = json!({ "file": file, "sha256": sha256, "vectors": vectors.known(), "width": vectors.width() });
    described.insert(name.to_owned(), json);
    let sha256 = set.stage(&ids_file, |out| write_ids(ids, vectors, out))?;
    described.insert(format!("{name}-ids"), json!({ "file": ids_file, "sha256": sha256 }));
    Ok(())
}
