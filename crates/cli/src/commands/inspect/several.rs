//! Several feedbacks and features, for people and for programs.

use crate::input::Whole;
use crate::output::{count, thousands};
use foretaste::data::{Dataset, Features, Interactions, Tags, Vectors};
use foretaste::io::Side;
use serde_json::{Map, Value, json};

/// How many of the most frequent tags are told.
const MOST_FREQUENT: usize = 10;

/// `feedback` and `features` of the results; nothing of data of one feedback without features.
pub(super) fn described(whole: &Whole) -> Map<String, Value> {
    let data = &whole.data;
    let mut json = Map::new();
    if data.target_name().is_some() {
        let others = data.others().iter().map(|other| other.interactions());
        let matrices = others.chain([data.interactions()]);
        let feedback = whole.found.iter().zip(matrices).map(|(found, matrix)| {
            let target = data.interactions();
            json!({
                "name": found.name,
                "rows": found.report.rows,
                "users": used(matrix.starts().windows(2).map(|bounds| bounds[1] > bounds[0])),
                "items": used(matrix.item_counts().into_iter().map(|count| count > 0)),
                "interactions": matrix.nnz(),
                "share_of_target": matrix.common(target) as f64 / target.nnz() as f64,
            })
        });
        json.insert("feedback".to_owned(), feedback.collect());
    }
    if !whole.features.is_empty() {
        let features = whole.features.iter().map(|found| {
            let (mut json, report) = (json!(found), &found.report);
            let (features, of_one) = match report.side {
                Side::User => (data.user_features(), has_user(data)),
                Side::Item => (data.item_features(), has_item(data)),
            };
            json["alone"] = json!(alone(features, &of_one));
            match (report.of_tags, features.vectors(), features.tags()) {
                (true, _, Some(tags)) => add_tags(&mut json, tags),
                (_, Some(vectors), _) => add_vectors(&mut json, vectors),
                _ => {}
            }
            json
        });
        json.insert("features".to_owned(), features.collect());
    }
    json
}

fn used(all: impl Iterator<Item = bool>) -> usize {
    all.filter(|&used| used).count()
}

/// Which users have a pair in any feedback.
fn has_user(data: &Dataset) -> Vec<bool> {
    let rows = |matrix: &Interactions, user| matrix.starts()[user] < matrix.starts()[user + 1];
    let any = |user| {
        let others = data.others().iter().any(|other| rows(other.interactions(), user));
        others || rows(data.interactions(), user)
    };
    (0..data.users().len()).map(any).collect()
}

/// Which items have a pair in any feedback.
fn has_item(data: &Dataset) -> Vec<bool> {
    let mut has = vec![false; data.items().len()];
    let others = data.others().iter().map(|other| other.interactions());
    for matrix in others.chain([data.interactions()]) {
        matrix.items().iter().for_each(|item| has[item.index()] = true);
    }
    has
}

/// How many have features and no pair.
fn alone(features: &Features, has_pair: &[bool]) -> usize {
    (0..has_pair.len()).filter(|&n| !has_pair[n] && features.has(n)).count()
}

fn add_vectors(json: &mut Value, vectors: &Vectors) {
    json["width"] = json!(vectors.width());
    json["with"] = json!(vectors.known());
    json["without"] = json!(vectors.len() - vectors.known());
}

fn add_tags(json: &mut Value, tags: &Tags) {
    let mut frequent: Vec<(u32, &String)> = tags.counts().into_iter().zip(tags.names()).collect();
    frequent.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let frequent = frequent.into_iter().take(MOST_FREQUENT);
    json["tags"] = json!(tags.names().len());
    json["with"] = json!(tags.known());
    json["without"] = json!(tags.len() - tags.known());
    json["most_frequent"] =
        frequent.map(|(count, tag)| json!({ "tag": tag, "count": count })).collect();
}

/// The same as rows of the table.
pub(super) fn rows(described: &Map<String, Value>) -> Vec<Vec<String>> {
    let list = |name: &str| described.get(name).and_then(Value::as_array).into_iter().flatten();
    let feedback = list("feedback").map(feedback);
    feedback.chain(list("features").map(features)).collect()
}

fn feedback(json: &Value) -> Vec<String> {
    let number = |name: &str| json[name].as_u64().unwrap_or_default();
    let share = json["share_of_target"].as_f64().unwrap_or_default() * 100.0;
    let name = json["name"].as_str().unwrap_or_default();
    let said = format!(
        "{}: {} of {} and {}; has {share:.1}% of the target",
        count(number("rows"), "row"),
        count(number("interactions"), "interaction"),
        count(number("users"), "user"),
        count(number("items"), "item"),
    );
    vec![format!("feedback {name}"), said]
}

fn features(json: &Value) -> Vec<String> {
    let number = |name: &str| json[name].as_u64().unwrap_or_default();
    let side = json["side"].as_str().unwrap_or_default();
    let (what, mut said) = match json.get("tags") {
        Some(_) => ("tags", count(number("tags"), "tag")),
        None => ("features", count(number("width"), "number")),
    };
    said += &format!(
        " for {}; {} without, {} known by features alone",
        count(number("with"), side),
        thousands(number("without")),
        thousands(number("alone")),
    );
    let most = json["most_frequent"].as_array().into_iter().flatten().take(3);
    let most =
        most.map(|one| format!("{} ({})", one["tag"].as_str().unwrap_or_default(), one["count"]));
    let most = most.collect::<Vec<_>>().join(", ");
    if !most.is_empty() {
        said += &format!("; most frequent {most}");
    }
    vec![format!("{what} of {side}s"), said]
}
