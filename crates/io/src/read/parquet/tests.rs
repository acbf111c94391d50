//! The same table as Parquet and as csv is the same data, and what is no table is an error.
//!
//! `tests/parquet` has two files that polars wrote, with pages packed by Zstandard, in groups of 64 rows.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use crate::read::parquet::{Source, Table, numbers};
use crate::read::rows::Rules;
use crate::{
    BadRow, Error, FormatKind, InputProblem, ReadOptions, ReadReport, read_events_from,
    read_interactions, read_interactions_from,
};
use foretaste_data::{Dataset, Keep};

const ALL: Keep = Keep { weights: true, times: true };

type Found = (Dataset, ReadReport);

/// A column: values of the rows that have one, and which these are.
enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Text(Vec<&'static str>),
}

struct Written {
    schema: &'static str,
    groups: Vec<Vec<(Values, Option<Vec<i16>>)>>,
    compression: Compression,
    version: WriterVersion,
}

impl Written {
    fn new(schema: &'static str, columns: Vec<(Values, Option<Vec<i16>>)>) -> Self {
        let (compression, version) = (Compression::SNAPPY, WriterVersion::PARQUET_1_0);
        Self { schema, groups: vec![columns], compression, version }
    }

    fn bytes(&self) -> Vec<u8> {
        let schema = Arc::new(parse_message_type(self.schema).unwrap());
        let properties = WriterProperties::builder()
            .set_compression(self.compression)
            .set_writer_version(self.version)
            .set_data_page_row_count_limit(5)
            .set_write_batch_size(5)
            .build();
        let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
        for columns in &self.groups {
            let mut group = file.next_row_group().unwrap();
            for (values, levels) in columns {
                let levels = levels.as_deref();
                match values {
                    Values::Int32(values) => column::<Int32Type>(&mut group, values, levels),
                    Values::Int64(values) => column::<Int64Type>(&mut group, values, levels),
                    Values::Float(values) => column::<FloatType>(&mut group, values, levels),
                    Values::Double(values) => column::<DoubleType>(&mut group, values, levels),
                    Values::Text(values) => {
                        let values: Vec<_> =
                            values.iter().map(|&text| ByteArray::from(text)).collect();
                        column::<ByteArrayType>(&mut group, &values, levels);
                    }
                }
            }
            group.close().unwrap();
        }
        file.into_inner().unwrap()
    }
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, levels, None).unwrap();
    column.close().unwrap();
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Found, Error> {
    read_interactions_from(bytes, "file", options)
}

fn all() -> ReadOptions {
    ReadOptions { keep: ALL, ..ReadOptions::default() }
}

/// User, item, twice the rating and time of the rows of the files that polars wrote.
fn rows() -> impl Iterator<Item = [u32; 4]> {
    let row = |(u, n)| [u, (u * 7 + n * 13) % 50, (u + n) % 10 + 1, 900_000_000 + u * 100 + n];
    (0..20).flat_map(|u| (0..10).map(move |n| (u, n))).map(row)
}

fn csv(prefix: &str) -> String {
    let row = |[user, item, halves, time]: [u32; 4]| {
        format!("{prefix}{user},{item},{},{time}\n", f64::from(halves) / 2.0)
    };
    "userId,movieId,rating,timestamp\n".to_owned() + &rows().map(row).collect::<String>()
}

/// Everything to the bit but what is told of the file.
fn assert_same((data, report): &Found, (expected, expected_report): &Found) {
    assert_eq!(data, expected);
    assert_eq!(data.fingerprint(), expected.fingerprint());
    let figures = |report: &ReadReport| {
        let ReadReport { rows, below_threshold, duplicates, ratings, times, doubts, .. } =
            report.clone();
        (rows, below_threshold, duplicates, ratings, times, doubts)
    };
    assert_eq!(figures(report), figures(expected_report));
}

#[test]
fn files_of_polars_are_the_csv_of_the_same_table() {
    for (name, prefix) in [("numbers", ""), ("text", "u")] {
        let path = format!("{}/tests/parquet/{name}.parquet", env!("CARGO_MANIFEST_DIR"));
        for positive in [None, Some("rating>=3"), Some("movieId=7")] {
            let positive = positive.map(|rule| rule.parse().unwrap());
            let options = ReadOptions { positive, not_positive: true, checksum: true, ..all() };
            let expected = read(csv(prefix).as_bytes(), &options).unwrap();
            let found = read_interactions(&path, &options).unwrap();
            assert_same(&found, &expected);
            assert_eq!(found.1.format.kind, FormatKind::Parquet);
            // Through a pipe.
            let bytes = std::fs::read(&path).unwrap();
            let piped = read(&bytes, &options).unwrap();
            assert_eq!((piped.0, piped.1.sha256), (found.0, found.1.sha256));
        }
    }
}

#[test]
fn ids_ratings_and_times_of_all_types_are_as_csv_has_them() {
    let schema = "message t { required int32 user; required binary item (STRING); \
                  required float rating; optional int64 time (TIMESTAMP(MILLIS,true)); }";
    let columns = vec![
        (Values::Int32(vec![3, 1, 3]), None),
        (Values::Text(vec!["b", "a", "a"]), None),
        (Values::Float(vec![0.1, 4.0, 3.5]), None),
        (Values::Int64(vec![1500, -1, 86_400_000]), Some(vec![1; 3])),
    ];
    let expected = read(b"user,item,rating,time\n3,b,0.1,1\n1,a,4,-1\n3,a,3.5,86400\n", &all());
    assert_same(&read(&Written::new(schema, columns).bytes(), &all()).unwrap(), &expected.unwrap());
    let schema = "message t { required int64 user (INTEGER(64,false)); \
                  required int32 item (INTEGER(32,false)); required int32 time (DATE); \
                  required int32 rating (DECIMAL(5,1)); }";
    let columns = vec![
        (Values::Int64(vec![-1, 1]), None),
        (Values::Int32(vec![-1, 1]), None),
        (Values::Int32(vec![1, 2]), None),
        (Values::Int32(vec![45, -5]), None),
    ];
    let expected = read(
        b"user,item,time,rating\n18446744073709551615,4294967295,1970-01-02,4.5\n1,1,1970-01-03,-0.5\n",
        &all(),
    );
    assert_same(&read(&Written::new(schema, columns).bytes(), &all()).unwrap(), &expected.unwrap());
}

#[test]
fn a_null_is_a_bad_row() {
    let schema = "message t { optional int64 user; required int64 item; }";
    let columns = vec![
        (Values::Int64(vec![1, 3]), Some(vec![1, 0, 1])),
        (Values::Int64(vec![10, 11, 12]), None),
    ];
    let bytes = Written::new(schema, columns).bytes();
    let error = read(&bytes, &all()).unwrap_err();
    assert_eq!(error.to_string(), "file:2: the column \"user\" is null");
    let (data, report) = read(&bytes, &ReadOptions { on_bad_row: BadRow::Skip, ..all() }).unwrap();
    assert_eq!((data.interactions().nnz(), report.rows, report.bad_rows), (2, 3, 1));
    assert_eq!(report.first_bad.unwrap().line, 2);
}

#[test]
fn nested_columns_are_refused_if_they_are_needed() {
    let schema = "message t { required int64 user; required group tags { required int64 id; } \
                  required int64 item_id; }";
    let ints = |values: &[i64]| (Values::Int64(values.to_vec()), None);
    let bytes = Written::new(schema, vec![ints(&[1]), ints(&[2]), ints(&[3])]).bytes();
    assert_eq!(read(&bytes, &all()).unwrap().0.items().name(0).as_deref(), Some("3"));
    let columns = "user=user,item=tags.id".parse().unwrap();
    let error = read(&bytes, &ReadOptions { columns, ..all() }).unwrap_err();
    assert_eq!(error.to_string(), "file: column \"tags.id\" is inside of another column");
    let one = Written::new("message t { required int64 user; }", vec![ints(&[1])]).bytes();
    let error = read(&one, &all()).unwrap_err();
    assert_eq!(error.to_string(), "file: has 1 column(s), expected at least 2");
}

#[test]
fn rows_that_are_not_positive_are_read_in_parallel_too() {
    let path = format!("{}/tests/parquet/numbers.parquet", env!("CARGO_MANIFEST_DIR"));
    let table = Table::open(Source::of_input(std::fs::File::open(path).unwrap()).unwrap()).unwrap();
    let positive = Some("rating>=3".parse().unwrap());
    let options = ReadOptions { positive, not_positive: true, ..all() };
    let layout = table.layout(&table.sample().unwrap(), &options).unwrap();
    let rules = Rules::new(&layout, &options);
    let rows = numbers::read(&table, &rules, &mut None, 0).unwrap();
    let (tally, collected) = rows.finish(&rules).unwrap();
    let not_positive = collected.not_positive.unwrap();
    assert_eq!(not_positive.interactions().nnz() as u64, tally.below_threshold);
    assert!(tally.below_threshold > 0 && tally.below_threshold < tally.rows);
}

#[test]
fn feedbacks_are_told_apart_by_a_column() {
    let schema = "message t { required int64 user; required int64 item; \
                  required binary event (STRING); }";
    let columns = vec![
        (Values::Int64(vec![1, 1, 2]), None),
        (Values::Int64(vec![5, 6, 5]), None),
        (Values::Text(vec!["view", "buy", "view"]), None),
    ];
    let bytes = Written::new(schema, columns).bytes();
    let names = "view,buy".parse().unwrap();
    let events = read_events_from(&bytes[..], "file", &all(), &names).unwrap();
    let rows: Vec<u64> = events.feedbacks.iter().map(|one| one.report.rows).collect();
    assert_eq!(rows, [2, 1]);
    // A rule on one more column.
    let schema = "message t { required int64 user; required int64 item; \
                  required binary event (STRING); required int32 liked; }";
    let columns = vec![
        (Values::Int64(vec![1, 1, 2]), None),
        (Values::Int64(vec![5, 6, 5]), None),
        (Values::Text(vec!["view", "buy", "buy"]), None),
        (Values::Int32(vec![0, 0, 1]), None),
    ];
    let bytes = Written::new(schema, columns).bytes();
    let options = ReadOptions { positive: Some("liked=1".parse().unwrap()), ..all() };
    let csv = b"user,item,event,liked\n1,5,view,0\n1,6,buy,0\n2,5,buy,1\n";
    let [found, expected] = [&bytes[..], csv].map(|bytes| {
        let events = read_events_from(bytes, "file", &options, &names).unwrap();
        events.feedbacks.into_iter().map(|one| (one.data, one.report)).collect::<Vec<_>>()
    });
    assert_eq!(found.len(), 2);
    found.iter().zip(&expected).for_each(|(found, expected)| assert_same(found, expected));
}

#[test]
fn a_weight_of_which_nothing_is_left_is_an_error() {
    let schema = "message t { required int64 user; required int64 item; required double n; }";
    let ints = |values: &[i64]| (Values::Int64(values.to_vec()), None);
    let weights = (Values::Double(vec![2.0, 1e-60]), None);
    let bytes = Written::new(schema, vec![ints(&[1, 1]), ints(&[2, 3]), weights]).bytes();
    let columns = "user=user,item=item,rating=n".parse().unwrap();
    let error = read(&bytes, &ReadOptions { weighted: true, columns, ..all() }).unwrap_err();
    assert!(error.to_string().ends_with(" is not above 0"), "{error}");
}

#[test]
fn what_is_no_parquet_is_an_error() {
    let schema = "message t { required int64 user; required int64 item; }";
    let ints = |values: &[i64]| (Values::Int64(values.to_vec()), None);
    let bytes = Written::new(schema, vec![ints(&[1]), ints(&[2])]).bytes();
    let not_at = |bytes: &[u8], options: &ReadOptions| match read(bytes, options).unwrap_err() {
        Error::Input { problem: InputProblem::NotParquet { place }, .. } => place,
        error => panic!("{error}"),
    };
    let parquet = ReadOptions { format: Some(FormatKind::Parquet), ..all() };
    assert_eq!(not_at(b"user,item\n1,2\n", &parquet), "beginning");
    assert_eq!(not_at(b"", &parquet), "beginning");
    for end in [4, 8, 9, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(not_at(&bytes[..end], &all()), "end");
    }
    let asked = ReadOptions { header: Some(true), ..all() };
    let error = read(&bytes, &asked).unwrap_err();
    assert_eq!(error.to_string(), "file: Parquet has neither a delimiter nor a header");
    // A name says nothing where the bytes do.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(read_interactions(&path, &all()).unwrap().1.rows, 1);
    let empty = Written { groups: Vec::new(), ..Written::new(schema, Vec::new()) }.bytes();
    let error = read(&empty, &all()).unwrap_err();
    assert!(matches!(error, Error::Input { problem: InputProblem::Empty, .. }), "{error}");
}

#[test]
fn damage_is_an_error_or_other_data_and_no_panic() {
    let path = format!("{}/tests/parquet/text.parquet", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    // All of the file takes minutes: panics look for their cause.
    for at in (0..bytes.len()).step_by(11) {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            // What it says is not told here: only that it comes back, and where it should have.
            let _ = read(&damaged, &all());
            assert!(!crate::panics_are_caught());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However rows are dealt to groups, packed and written.
    #[test]
    fn groups_and_codecs_leave_no_trace(
        rows in prop::collection::vec((0_i64..9, 0_i32..9, 0_u8..10, any::<i32>()), 1..40),
        group in 1_usize..40,
        codec in 0_usize..4,
        second: bool,
        negative: bool,
    ) {
        let schema = "message t { optional int64 user; required int32 item; \
                      required double rating; optional int64 time; }";
        let sign = if negative { -1 } else { 1 };
        let groups = rows.chunks(group).map(|rows| vec![
            (Values::Int64(rows.iter().map(|row| sign * row.0).collect()), Some(vec![1; rows.len()])),
            (Values::Int32(rows.iter().map(|row| row.1).collect()), None),
            (Values::Double(rows.iter().map(|row| f64::from(row.2) / 4.0).collect()), None),
            (Values::Int64(rows.iter().map(|row| row.3.into()).collect()), Some(vec![1; rows.len()])),
        ]);
        let compression = [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(Default::default()),
            Compression::LZ4_RAW,
        ][codec];
        let version =
            if second { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
        let written = Written { schema, groups: groups.collect(), compression, version };
        let line = |&(user, item, quarters, time): &(i64, i32, u8, i32)| {
            format!("{},{item},{},{time}\n", sign * user, f64::from(quarters) / 4.0)
        };
        let csv = "user,item,rating,time\n".to_owned() + &rows.iter().map(line).collect::<String>();
        let found = read(&written.bytes(), &all()).unwrap();
        assert_same(&found, &read(csv.as_bytes(), &all()).unwrap());
    }
}
