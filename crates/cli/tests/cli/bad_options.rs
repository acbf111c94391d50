//! Command lines that ask for what can't be.

use crate::support::Folder;

#[test]
fn training_options_are_checked_before_anything_is_read() {
    let folder = Folder::trained();
    for (options, said) in [
        ("--model bpx", ["no method `bpx` (did you mean `bpr`?)", ""]),
        ("--lr 0.5 --set lr=0.05", ["--set lr=0.05: lr is given twice, as 0.5, too", "leave out"]),
        ("--set lr=0.5 --set reg=0,lr=0.05", ["lr is given twice, as 0.5, too", "leave out"]),
        ("--early-stop auc:2 --set patience=3", ["patience is given twice, as 2, too", ""]),
        ("--model relmf --clip 2", ["clip must be from 0 to 1", "--clip sets it"]),
        ("--model relmf --clip low", ["invalid value 'low'", "--clip <M>': not a number"]),
        ("--model relmf --estimator ips", ["estimator must be `naive`", "not ips"]),
        ("--model relmf --set clip=low", ["relmf: clip = \"low\"", "invalid type"]),
        ("--model relmf --solver exact", ["solver must be `sgd` or `als`", "--solver"]),
        ("--model relmf --solver als", ["loss must be squared for the solver als", ""]),
        (
            "--model relmf --estimator naive --clip 0.1",
            ["`clip` has an effect with the estimator clipped only", ""],
        ),
        (
            "--model relmf --estimator wmf --propensity pop^1",
            ["`propensity` has an effect with", ""],
        ),
        (
            "--model relmf --confidence 3",
            ["`confidence` has an effect with the estimator wmf only", ""],
        ),
        ("--model relmf --shrinkage 3", ["`shrinkage` has an effect with the solver als only", ""]),
        (
            "--model relmf --solver als --loss squared --lr 0.2",
            ["`lr` has an effect with the solver sgd only", ""],
        ),
        (
            "--model relmf --solver als --loss squared --set sampler=uniform",
            ["`sampler` has an", ""],
        ),
        ("--model relmf --propensity pop", ["\"pop\" is no propensity", "pop^0.5"]),
        ("--model relmf --propensity const:0", ["the propensity must be above 0", "at most 1"]),
        (
            "--model relmf --propensity pop^-1",
            ["the power of popularity must be from 0 to 10", "from 0 to 10"],
        ),
        ("--model relmf --flip-dim 3", ["relmf has no parameter `flip_dim`", ""]),
        (
            "--model expomf --lr 0.1",
            ["expomf has no parameter `lr`", "`foretaste methods expomf` lists"],
        ),
        ("--model expomf --factors 300", ["factors must be from 1 to 256, not 300", ""]),
        ("--model expomf --ridge 0", ["ridge must be from 0.000001 to 10000, not 0", "--ridge"]),
        ("--model ials --lr 0.1", ["ials has no parameter `lr`", ""]),
        ("--model ials --negatives 3", ["ials has no parameter `negatives`", ""]),
        ("--model ials --item-bias", ["ials has no parameter `bias.item`", ""]),
        ("--model ials --factors 5000", ["factors must be from 1 to 4096", "--factors"]),
        ("--model ials --reg 20000", ["reg must be from 0 to 10000, not 20000", "--reg"]),
        ("--model ials --set alpha=-1", ["alpha must be from 0 to 1000", "--set alpha=VALUE"]),
        ("--model ials --set nu=3", ["nu must be from 0 to 2, not 3", "--set nu=VALUE"]),
        ("--model bpr --clip 0.1", ["bpr has no parameter `clip`", ""]),
        ("--model nbpo --flip-dim 0", ["flip_dim must be from 1 to 4096, not 0", "--flip-dim"]),
        ("--model nbpo --flip-prior 1", ["flip_prior must be above 0 and below 0.5", ""]),
        ("--model nbpo --negatives 0", ["negatives must be from 1 to 1000", "--negatives"]),
        ("--model nbpo --set flipdim=3", ["no parameter `flipdim` (did you mean `flip_dim`?)", ""]),
        ("--model nbpo --set flip_dim", ["`flip_dim` is not of the form name=value", ""]),
        ("--model nbpo-calibrated --set weighting=population", ["weighting must be sampled", ""]),
        ("--factors 0", ["factors must be from 1 to 4096, not 0", "--factors"]),
        ("--factors 5000", ["factors must be from 1 to 4096, not 5000", "--factors"]),
        ("--epochs -1", ["invalid value '-1'", "--epochs"]),
        ("--epochs 0", ["epochs must be at least 1, not 0", "--epochs"]),
        ("--lr nan", ["invalid value 'nan'", "--lr <RATE>': not a finite number"]),
        ("--lr -1", ["lr must be above 0 and at most 10, not -1", "--lr"]),
        ("--reg 2", ["reg must be from 0 to 1, not 2", "--reg"]),
        ("--negatives 0", ["negatives must be from 1 to 1000", "--negatives"]),
        ("--init-sd inf", ["invalid value 'inf'", "--init-sd <SD>': not a finite number"]),
        ("--schedule 2", ["schedule must be a factor", "--schedule"]),
        ("--schedule slow", ["`constant`, `linear`", "0.98"]),
        ("--sampler pop", ["`uniform`", "pop^0.5"]),
        ("--valid 0", ["--valid 0: must be above 0 and below 1", "--valid 0.1"]),
        ("--valid 1", ["--valid 1: must be above 0 and below 1", "--valid 0.1"]),
        ("--valid -0.1", ["--valid -0.1: must be above 0 and below 1", "--valid 0.1"]),
        ("--valid nan", ["--valid NaN: must be above 0 and below 1", "--valid 0.1"]),
        ("--early-stop ndgc@10:3", ["unknown metric \"ndgc\"", "\"ndcg@10\"?"]),
        ("--early-stop ndcg@0:3", ["cut-off \"0\"", "a whole number from 1"]),
        ("--early-stop ndcg@10", ["METRIC:PATIENCE", "ndcg@10:5"]),
        ("--early-stop ndcg@10:0", ["PATIENCE is a whole number from 1", "ndcg@10:0"]),
        ("--early-stop arp@10:3", ["arp@10", "no model can be chosen by it"]),
        ("--early-stop ndcg@10:ips:3", ["ndcg@10:ips", "no model can be chosen by it"]),
        ("--model ubpr --sampler uniform", ["sampler must be any", "any"]),
        ("--model popularity --epochs 3", ["popularity has no parameter `epochs`", ""]),
        ("--model popularity --seed 3", ["popularity has no parameter `seed`", ""]),
        ("--model popularity --valid 0.1", ["popularity has no epochs to validate", "--valid"]),
        ("--model popularity --early-stop ndcg@10:3", ["no epochs", "--early-stop"]),
    ] {
        folder.fails_saying(2, &format!("train none.csv -o new.model {options}"), &said);
    }
}

#[test]
fn early_stopping_needs_a_validation() {
    let folder = Folder::trained();
    folder.fails_saying(
        2,
        "train good.csv -o new.model --early-stop ndcg@10:3",
        &["--early-stop needs something to validate on", "--valid 0.1"],
    );
    folder.fails_saying(
        3,
        "train good.csv -o new.model --early-stop ndcg@10:3 --valid 0.001",
        &["good.csv: --valid 0.001 holds out no interaction", "larger"],
    );
    std::fs::create_dir(folder.path("parts")).unwrap();
    folder.write("parts/train.csv", "user,item\n1,2\n1,3\n2,4\n");
    folder.write("parts/valid.csv", "user,item\n7,2\n8,3\n");
    folder.fails_saying(
        3,
        "train parts -o new.model",
        &["parts: no user of the validation part is in the training part", "one split"],
    );
    folder.fails_saying(
        2,
        "train parts -o new.model --valid 0.1",
        &["although there is", "leave out --valid"],
    );
}

#[test]
fn a_diverging_training_names_epoch_and_remedy_and_writes_no_model() {
    let folder = Folder::trained();
    folder.fails_saying(
        1,
        &format!("train good.csv -o new.model {}", folder.diverging()),
        &["training diverged in epoch 1 at learning rate 10", "try a tenth of it"],
    );
}

#[test]
fn a_training_that_learns_nothing_says_so() {
    let folder = Folder::trained();
    for model in [
        "expomf --ridge 10000",
        "ials --reg 10000",
        "relmf --solver als --loss squared --shrinkage 100",
    ] {
        let ran = folder.ok(&format!("train good.csv -o flat.model --force --model {model}"));
        assert!(ran.stderr.contains("nothing was learned, all scores are equal"), "{ran:?}");
    }
    assert!(!folder.ok("train good.csv -o new.model").stderr.contains("nothing was learned"));
}

#[test]
fn ids_that_the_model_lacks_are_named_with_examples() {
    let folder = Folder::trained();
    folder.write("users.txt", "1\n\n2\nzz\nyy\n");
    let such_as = "such as \"0\", \"1\", \"2\"";
    folder.fails_saying(
        2,
        "recommend good.model --user zz",
        &["error: the model has no user \"zz\"", such_as],
    );
    folder.fails_saying(
        3,
        "recommend good.model --users users.txt --strict",
        &["error: users.txt:4: the model has no user \"zz\" (nor 1 other)", such_as, "--strict"],
    );
    folder.fails_saying(
        2,
        "similar good.model --item zz",
        &["error: the model has no item \"zz\"", such_as],
    );
    let ran = folder.run_with(&["recommend", "good.model", "--user", "a\nb\u{1b}[31m"]);
    assert_eq!(ran.lines("error: "), [r#"error: the model has no user "a\nb\u{1b}[31m""#]);
}

#[test]
fn lists_metrics_and_thresholds_are_checked() {
    let folder = Folder::trained();
    folder.ok("train good.csv -o popular.model --model popularity");
    for (command, said) in [
        ("recommend good.model --user 1 -k 0", ["'0' for '-k <K>'", "a whole number from 1"]),
        ("recommend good.model --user 1 -k -3", ["'-3' for '-k <K>'", "a whole number from 1"]),
        ("similar good.model --item 1 -k 0", ["'0' for '-k <K>'", "a whole number from 1"]),
        ("recommend good.model", ["required arguments", "--user"]),
        ("recommend good.model --all --user 1", ["cannot be used with", "--user"]),
        ("recommend good.model --all --items 1", ["cannot be used with", "--items"]),
        ("recommend good.model --items 1 --deny-pairs a", ["cannot be used with", "--deny-pairs"]),
        ("recommend good.model --items ,", ["--items: there is no id", "such as \"0\""]),
        ("recommend good.model --user 1 --positive a=b", ["--positive is about --histories", ""]),
        ("recommend good.model --user 1 --force", ["required arguments", "--output"]),
        ("recommend good.model --user 1 --fallback bpr", ["'bpr'", "popularity"]),
        ("recommend good.model --user 1 --fallback popularity --strict", ["cannot be used", ""]),
        ("recommend good.model --user 1 -o l.xml", ["l.xml: the ending names no", ".csv, .jsonl"]),
        ("score good.model", ["required arguments", "PAIRS"]),
        ("score good.model good.csv -o s.txt", ["s.txt: the ending names no format", ".jsonl"]),
        ("score good.model good.csv -o good.csv --force", ["good.csv: is an input", "another"]),
        ("similar good.model", ["required arguments", "--item"]),
        ("similar good.model --item 1 --user 1", ["cannot be used with", "--user"]),
        ("similar popular.model --user 1", ["no user vectors to compare", "--model bpr"]),
        ("similar good.model --user zz", ["the model has no user \"zz\"", "such as \"0\""]),
        ("explain good.model --user 1", ["required arguments", "--item"]),
        ("explain good.model --user zz --item 1", ["the model has no user \"zz\"", "such as"]),
        ("explain good.model --user 1 --item zz", ["the model has no item \"zz\"", "such as"]),
        ("similar popular.model --item 1", ["no item vectors to compare", "--model bpr"]),
        ("evaluate good.model", ["required arguments", "DATA"]),
        ("evaluate good.model good.csv --metrics ndgc@10", ["\"ndgc\"", "\"ndcg@10\"?"]),
        ("evaluate good.model good.csv --metrics ndcg", ["needs a cut-off", "ndcg@10"]),
        ("evaluate good.model good.csv --metrics auc,auc", ["auc is listed twice", ""]),
        ("evaluate good.model good.csv --train good.csv", ["cannot be used with", "--train"]),
        ("inspect good.csv --positive rating~4", ["not of the form rating>=4 or event=buy", ""]),
        ("inspect good.csv --positive rating>=x", ["not of the form rating>=4", ""]),
        ("inspect good.csv --columns who=1", ["is not user, item, rating, time or event", ""]),
        ("inspect good.csv --delimiter x", ["is not one of , tab ; | :: space", ""]),
        ("inspect good.csv --factors 0", ["a whole number from 1 to 4096", "--factors"]),
        ("inspect good.csv --threads 100000", ["100000", "1024"]),
        ("inspect good.csv --threads -1", ["-1", "threads"]),
        ("inspect good.csv --json --format csv", ["cannot be used with", "--format"]),
        ("paint good.csv", ["unrecognized subcommand", "paint"]),
        ("simulate -o new --noise 2", ["noise is 2", "at least 0 and below 1"]),
        ("simulate -o new --relevance -1", ["relevance is -1", "above 0 and below 1"]),
        ("simulate -o new --from good.csv --power 0", ["power is 0", "above 0 and at most 10"]),
        ("simulate -o new --from good.csv --users 9", ["--from", "--users"]),
        ("simulate -o new --power 1", ["--from", "required"]),
        ("simulate -o new --users 1000000 --items 1000000", ["cells", "memory"]),
    ] {
        folder.fails_saying(2, command, &said);
    }
}

#[test]
fn splits_that_leave_nothing_are_refused() {
    let folder = Folder::trained();
    folder.write("bare.csv", "user,item\n1,2\n1,3\n2,3\n2,4\n");
    for by in ["time", "user-time", "last-one"] {
        folder.fails_saying(
            3,
            &format!("split bare.csv -o parts --by {by}"),
            &["bare.csv: a split by time needs times", "--columns time=N"],
        );
    }
    for (options, said) in [
        ("--test 1", "test fraction 1: must be"),
        ("--test -0.5", "test fraction -0.5: must be"),
        ("--valid nan", "valid fraction NaN: must be"),
        ("--test 0.5 --valid 0.5", "must sum to less than 1"),
    ] {
        folder.fails_saying(2, &format!("split good.csv -o parts {options}"), &[said, "0.1"]);
    }
    let empty = "bare.csv: the valid part would be empty";
    folder.fails_saying(3, "split bare.csv -o parts --test 0.5", &[empty, "--valid 0"]);
    let core = "good.csv: the 500-core is empty";
    folder.fails_saying(3, "split good.csv -o parts --k-core 500", &[core, "--k-core takes"]);
}
