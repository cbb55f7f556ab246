//! Generation against the official JSON Schema Test Suite and real schemas.
//!
//! The schemas are fetched by `scripts/fetch-schemas.sh`. Without them this says so and passes, except
//! where `CI` is set. With `GENERATION_TABLE=write` the full measurement is written to `docs/measured.md`;
//! `scripts/measure.sh` does both in release.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod corpus;

use corpus::{measure, table};
use proptest_jsonschema::Options;

fn fetched() -> bool {
    let there = corpus::is_there();
    assert!(there || std::env::var_os("CI").is_none(), "run scripts/fetch-schemas.sh first");
    if !there {
        println!("skipped: run scripts/fetch-schemas.sh first");
    }
    there
}

fn check(totals: &measure::Totals) {
    assert!(totals.wrong.is_empty(), "{:#?}", totals.wrong);
    assert_eq!(totals.contradictions, 0);
    let satisfiable = totals.supported + totals.unsupported.len();
    assert!(totals.supported * 100 >= satisfiable * 98, "{:#?}", totals.unsupported);
    assert_eq!(totals.values, totals.supported * measure::VALUES);
}

#[test]
fn the_official_suite() {
    if fetched() {
        let options = Options { registry: corpus::remotes(), ..Options::default() };
        check(&measure::measure(&corpus::suite(), &options));
    }
}

#[test]
fn a_sample_of_real_schemas() {
    if fetched() {
        let all = corpus::services().into_iter().chain(corpus::webhooks());
        // The large ones wait for the full measurement.
        let some: Vec<corpus::Sample> =
            all.filter(|sample| sample.schema.to_string().len() < 20_000).step_by(12).collect();
        check(&measure::measure(&some, &Options::default()));
    }
}

#[test]
fn the_table_in_the_documentation() {
    if std::env::var("GENERATION_TABLE").as_deref() == Ok("write") && fetched() {
        let suite = Options { registry: corpus::remotes(), ..Options::default() };
        // Every fourth event: more than a hundred real schemas together with the services.
        let webhooks: Vec<corpus::Sample> = corpus::webhooks().into_iter().step_by(4).collect();
        let rows = [
            ("JSON Schema Test Suite, draft 2020-12", measure::measure(&corpus::suite(), &suite)),
            ("CI services (`check-jsonschema`)", measure::measure(&corpus::services(), &Options::default())),
            (
                "GitHub webhooks (`@octokit/webhooks-schemas`)",
                measure::measure(&webhooks, &Options::default()),
            ),
        ];
        table::write(&rows);
        rows.iter().for_each(|(_, totals)| check(totals));
    }
}
