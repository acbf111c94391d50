use super::*;

fn rows() -> Rows<'static> {
    Rows {
        columns: vec![
            ("user", Cells::Text(vec![Some(" a,\"b"), None])),
            ("item", Cells::Ids { ids: vec![Some("7"), Some("20")], integers: true }),
            ("rank", Cells::Whole(vec![1, 2])),
            ("score", Cells::Scores(vec![Some(0.1), None])),
        ],
    }
}

fn written(format: TableFormat, parts: &[Rows<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = TableWriter::new(&mut out, format);
    parts.iter().for_each(|part| writer.write(part).unwrap());
    writer.finish().unwrap();
    out
}

#[test]
fn parts_make_one_table() {
    let text = |format| String::from_utf8(written(format, &[rows(), rows()])).unwrap();
    let part = "\" a,\"\"b\",7,1,0.1\n,20,2,\n";
    assert_eq!(text(TableFormat::Csv), format!("user,item,rank,score\n{part}{part}"));
    let part = "{\"user\":\" a,\\\"b\",\"item\":\"7\",\"rank\":1,\"score\":0.10000000149011612}\n\
                {\"user\":null,\"item\":\"20\",\"rank\":2,\"score\":null}\n";
    assert_eq!(text(TableFormat::JsonLines), format!("{part}{part}"));
}

#[test]
fn scores_read_back_as_they_were() {
    for score in [0.1_f32 + 0.2, 1e-30, -7.25, f32::MAX, f32::MIN_POSITIVE, 16_777_217.0] {
        let rows = Rows { columns: vec![("score", Cells::Scores(vec![Some(score)]))] };
        let text =
            |format| String::from_utf8(written(format, std::slice::from_ref(&rows))).unwrap();
        let csv = text(TableFormat::Csv);
        assert_eq!(csv.lines().nth(1).unwrap().parse::<f32>().unwrap(), score, "{csv}");
        let json = text(TableFormat::JsonLines);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["score"].as_f64().unwrap() as f32, score, "{json}");
    }
}

#[test]
fn many_rows_are_one_table_whatever_the_parts() {
    let ids: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
    let part = |range: std::ops::Range<usize>| Rows {
        columns: vec![
            ("item", Cells::Text(ids[range.clone()].iter().map(|id| Some(&**id)).collect())),
            ("rank", Cells::Whole(range.map(|n| n as u32).collect())),
        ],
    };
    for (_, format) in TableFormat::ENDINGS {
        let whole = written(*format, &[part(0..10_000)]);
        assert_eq!(whole, written(*format, &[part(0..1), part(1..9_999), part(9_999..10_000)]));
    }
}

#[test]
fn the_ending_says_the_format() {
    assert_eq!(TableFormat::of_name("A.CSV"), Some(TableFormat::Csv));
    assert_eq!(TableFormat::of_name("a.jsonl"), Some(TableFormat::JsonLines));
    assert_eq!(TableFormat::of_name("csv"), None);
}

#[cfg(feature = "parquet")]
mod parquet {
    use super::*;
    use crate::{ReadOptions, read_interactions_from};
    use foretaste_data::Keep;

    #[test]
    fn rows_are_read_as_they_were_written() {
        for integers in [false, true] {
            let rows = Rows {
                columns: vec![
                    ("user", Cells::Ids { ids: vec![Some("7"), Some("7"), Some("8")], integers }),
                    ("rank", Cells::Whole(vec![1, 2, 1])),
                    (
                        "item",
                        Cells::Ids { ids: vec![Some("31"), Some("20"), Some("31")], integers },
                    ),
                    ("score", Cells::Scores(vec![Some(0.1), Some(-1.5e-8), Some(3.0)])),
                    ("title", Cells::Text(vec![Some("Zoë, the"), None, Some("")])),
                ],
            };
            let bytes = written(TableFormat::Parquet, &[rows]);
            let keep = Keep { weights: true, times: false };
            let columns = "rating=score".parse().unwrap();
            let options = ReadOptions { keep, columns, ..ReadOptions::default() };
            let (data, _) = read_interactions_from(&bytes[..], "lists", &options).unwrap();
            assert_eq!(data.interactions().weights().unwrap(), [-1.5e-8, 0.1, 3.0]);
            assert_eq!(data.items().name(0).as_deref(), Some("20"));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |parts: &[Rows<'_>]| {
            let mut out = Vec::new();
            let mut writer = TableWriter::new(&mut out, TableFormat::Parquet);
            let results: Vec<_> = parts.iter().map(|part| writer.write(part)).collect();
            results.last().unwrap().as_ref().unwrap_err().kind() == io::ErrorKind::InvalidInput
        };
        let ids = Cells::Ids { ids: vec![Some("b")], integers: true };
        assert!(refused(&[Rows { columns: vec![("item", ids)] }]));
        let other = Rows { columns: vec![("user", Cells::Whole(vec![1]))] };
        assert!(refused(&[rows(), other]));
    }
}
