//! One HTML page that needs nothing else: no font, no picture, no network. Its one script filters and opens; without it
//! everything is there all the same.

mod against;
mod evidence;
mod filters;
mod findings;
mod lists;
mod map;
mod page;
mod since;
mod timeline;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::against::Against;
use self::page::{Page, text};
use super::findings::{violated, warned};
use super::text::{count, time};
use super::{RunReport, Sentences};

const CSS: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page of a run. Everything that a target could have said is escaped, and so stays text.
pub fn html(run: &RunReport, sentences: &Sentences) -> String {
    html_against(run, sentences, None)
}

/// The page of a run, which also says what has changed since an earlier one.
pub fn html_against(run: &RunReport, sentences: &Sentences, before: Option<&RunReport>) -> String {
    let page = &Page {
        run,
        sentences,
        violated: violated(run),
        warned: warned(run),
        against: before.map(|before| Against::new(before, run)),
    };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy());
                title { "otp-conformance: " (run.verdict().word()) }
                link rel="icon" href="data:,";
                style { (PreEscaped(CSS)) }
            }
            body {
                a class="skip" href="#findings" { "To the findings" }
                header { (head(page)) }
                main {
                    (since::section(page))
                    (filters::form(page))
                    (map::map(page))
                    (findings::findings(page))
                    (lists::lists(page))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

/// Nothing is fetched, and no script or style is taken but these, whatever a target has said.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()));
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(CSS),
        hash(SCRIPT)
    )
}

fn head(page: &Page<'_>) -> Markup {
    let run = page.run;
    let class = if run.exit_status() == 0 { "word pass" } else { "word fail" };
    html! {
        h1 { "otp-conformance: " span class=(class) { (run.verdict().word()) } }
        p {
            code { (text(&run.target)) } ", profile " (text(&run.profile)) ", requirements " (text(&run.requirements))
            ", seed " (run.seed) ", version " (text(&run.version)) br;
            span class="faint" {
                (format!("{:.0}", run.started)) ", " (time(run.duration)) ", " (run.requests) " requests, " (run.sends)
                " sends, exit status " (run.exit_status())
                @if let Some((pairs, of)) = run.coverage { ", " (pairs) " of " (of) " keyword × class pairs" }
            }
        }
        @if let Some(why) = &run.unreachable {
            p {
                span class="word fail" { (if run.interrupted { "Interrupted" } else { "The target cannot be reached" }) }
                " " (text(why))
            }
        }
        @if run.stay > 0 { p { (count(run.stay, "user")) " made by the run may still be at the target" } }
        @for note in run.incomplete.iter().chain(&run.notes) { p { (text(note)) } }
        ul class="tally" aria-label="Trials by outcome" {
            @for (outcome, number) in run.counts() {
                @if number > 0 { li { strong { (number) } " " (outcome.word()) } }
            }
        }
    }
}
