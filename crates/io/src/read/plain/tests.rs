//! The fast path agrees with the general reader, wherever chunks end.

use super::*;
use crate::read::source::RawInput;
use crate::{BadRow, Error, ReadApart};
use foretaste_data::Keep;
use proptest::prelude::*;

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = self.get(offset as usize..).unwrap_or_default();
        // Short reads, as a file system may have them.
        let count = rest.len().min(buffer.len()).min(13);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// `&[u8]`, because the reader wants a sized source.
struct Bytes<'a>(&'a [u8]);

impl ReadAt for Bytes<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

fn plain(text: &str, options: &ReadOptions, sizes: Sizes) -> Option<ReadApart> {
    let size = text.len() as u64;
    let read = read_by(&Bytes(text.as_bytes()), size, options, &mut None, sizes).ok()?;
    Some(read.conclude("file", size, options))
}

fn general(text: &str, options: &ReadOptions) -> Result<ReadApart, Error> {
    let raw = RawInput::new(text.as_bytes(), 0, None, options.checksum);
    crate::read::read(raw, "file", options)
}

/// Everything to the bit: as JSON, `-0.0` differs from `0.0`.
fn shown(ReadApart { data, not_positive, report }: &ReadApart) -> String {
    format!("{data:?} {not_positive:?} {}", serde_json::to_string(report).unwrap())
}

/// Whether the fast path took the text; if it did, it agrees.
fn agrees(text: &str, options: &ReadOptions, sizes: Sizes) -> Result<bool, TestCaseError> {
    let Some(found) = plain(text, options, sizes) else { return Ok(false) };
    let expected = general(text, options);
    prop_assert!(expected.is_ok(), "{text:?} was taken, but is an error: {expected:?}");
    prop_assert_eq!(shown(&found), shown(&expected.unwrap()), "{:?}", text);
    Ok(true)
}

fn options() -> impl Strategy<Value = ReadOptions> {
    let rules = ["rating>=3", "rating=3,4", "rating=x,4", "5=a,b", "event=b", "2=5"];
    let rules: Vec<crate::Threshold> = rules.map(|rule| rule.parse().unwrap()).into();
    let positive = prop::option::of(prop::sample::select(rules));
    let header = prop::option::of(any::<bool>());
    (any::<[bool; 7]>(), positive, header).prop_map(
        |(
            [weights, times, skip, checksum, lenient_times, weighted, not_positive],
            positive,
            header,
        )| {
            let on_bad_row = if skip { BadRow::Skip } else { BadRow::Fail };
            let (keep, columns, delimiter, format) =
                (Keep { weights, times }, Default::default(), None, None);
            ReadOptions {
                columns,
                format,
                delimiter,
                header,
                keep,
                weighted,
                on_bad_row,
                lenient_times,
                positive,
                not_positive,
                checksum,
            }
        },
    )
}

fn sizes() -> impl Strategy<Value = Sizes> {
    (1..40usize, 1..5usize).prop_map(|(chunk, batch)| Sizes { chunk, batch })
}

/// Rows that the fast path must not refuse, though it may find some of them unusual.
fn plain_text() -> impl Strategy<Value = (String, bool)> {
    let field = |usual, unusual| prop_oneof![9 => usual, 1 => unusual];
    let row = (
        field("[1-9][0-9]{0,2}", " (0|[1-9][0-9]{0,8}) "),
        field("0|[1-9][0-9]{0,8}", "429496729[0-5]"),
        field("[0-5]\\.[05]", "-?[0-9]{1,9}\\.[0-9]{1,9}|-0|\\.5|[0-9]e-?[0-9]"),
        prop_oneof![
            8 => "[0-9]{1,10}",
            1 => "-[0-9]{1,10}|[0-9]{17}|[0-9]\\.[0-9]",
            2 => "(19|20)[0-9]{2}-0[1-9]-1[0-9](( |T)1[0-9]:[0-5][0-9](:[0-5][0-9](\\.5)?)?(Z|\\+0[0-9]:?[0-5]0)?)?",
        ],
        "[abc]",
        prop_oneof![8 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\n \r\n\n")],
    );
    let rows = prop::collection::vec(row, 1..30);
    let heads = prop::sample::select(vec![
        "",
        "userId,movieId,rating,timestamp,event\n",
        "\u{feff}",
        "\r\n",
    ]);
    let delimiters = prop::sample::select(vec![",", "\t", ";", "|", "::"]);
    (rows, heads, delimiters, any::<bool>()).prop_map(|(rows, head, delimiter, cut)| {
        let mut text = head.replace(',', delimiter);
        for (user, item, rating, time, event, end) in &rows {
            text += &[user, item, rating, time, event].map(String::as_str).join(delimiter);
            text += end;
        }
        let text = if cut { text.trim_end().to_owned() } else { text };
        (text, head.contains("user"))
    })
}

proptest! {
    #[test]
    fn plain_text_is_taken_and_read_alike(
        (text, header) in plain_text(),
        mut options in options(),
        sizes in sizes(),
    ) {
        options.header = Some(header);
        if general(&text, &options).is_ok_and(|read| read.report.bad_rows == 0) {
            prop_assert!(agrees(&text, &options, sizes)?, "refused: {text:?}");
        }
    }

    #[test]
    fn any_text_is_read_alike_or_refused(
        text in "([0-9]{1,3}[,;\t|:\"]{1,2}){0,3}[0-9a,;:| \t\"\r\n.\u{e9}-]{0,60}",
        options in options(),
        sizes in sizes(),
    ) {
        agrees(&text, &options, sizes)?;
    }

    #[test]
    fn spoilt_rows_are_read_alike_or_refused(
        (mut text, _) in plain_text(),
        spoiler in "[0-9,;:|\t\"\r\n. \u{e9}-]{0,2}",
        at in any::<prop::sample::Index>(),
        options in options(),
        sizes in sizes(),
    ) {
        let mut at = at.index(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.insert_str(at, &spoiler);
        agrees(&text, &options, sizes)?;
    }
}

const TINY: Sizes = Sizes { chunk: 7, batch: 2 };

#[test]
fn what_is_not_plain_is_refused() {
    let long = format!("1,2\n3,4,{}\n5,6\n", "x".repeat(2 * chunk::OVERLAP));
    for text in [
        "",
        "user,item\n",
        "1,2\n3,x\n",
        "1,2\n3,\"4\"\n",
        "1,2\n3,\n",
        "1,2\n3\n",
        "1,2\n3,04\n",
        "1,2\n3,-4\n",
        "1,2\n3,4294967296\n",
        "1,2\r3,4\n5,6\n",
        "1,2,3\n4,5,x\n",
        "1,2,3\n4,5,1e39\n",
        "1 2 3\n4 5 6\n",
        "1,2\r3,4\r",
        "1,2\n\0,3\n",
        "\u{1f}\u{8b}",
        &long,
    ] {
        assert!(plain(text, &ReadOptions::default(), TINY).is_none(), "{text:?}");
    }
}

#[test]
fn what_looks_odd_but_is_plain_is_taken() {
    for text in [
        "\"user\",\"item\"\n1,2\n3,4\n",
        "\"us\ner\",item\n1,2\n3,4\n",
        "title,user,item\né,1,2\n,3,4\n",
        "1,2,3,x\r\ry,4\n1,3,5\n",
        "user::movie::rating\n1::2::3\n4::5::6::7:8\n",
        "1|2|\"\n3|4|\"\"\n",
        "user,item,rating\n1,2,1e3\n3,4,.5\n",
        "4294967295,1\n2,4294967294\n",
        "user,item,time\n1,2,2024-05-01\n3,4,yesterday\n",
        "user,item,event\n1,2,view\n3,4,buy\n",
        "12,12:30:05,5\n13,12:31:05,7\n",
        "1,1700000000,5\n2,1700000001,7\n",
        "user,item,rating\n1,2,0\n3,4,-1\n",
    ] {
        assert!(agrees(text, &ReadOptions::default(), TINY).unwrap(), "{text:?}");
    }
}

#[test]
fn a_file_that_changes_its_size_is_refused() {
    let text = b"1,2\n3,4\n5,6\n";
    let read = |size| read_by(&Bytes(text), size, &ReadOptions::default(), &mut None, TINY);
    assert!(read(12).is_ok());
    assert!(read(8).is_err() && read(13).is_err());
}

#[test]
fn the_number_of_threads_leaves_no_trace() {
    let text: String =
        (0..5000).map(|n| format!("{},{},0.{}\n", n * 7 % 97, n * n % 89, n % 10)).collect();
    let options =
        ReadOptions { keep: Keep { weights: true, times: true }, ..ReadOptions::default() };
    let sizes = Sizes { chunk: 100, batch: 16 };
    let expected = shown(&general(&text, &options).unwrap());
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| plain(&text, &options, sizes)).unwrap();
        assert_eq!(shown(&found), expected);
    }
}
