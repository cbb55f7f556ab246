//! The files that hold and show the proof: data, ratchet, page, picture, and the order that plans are made by.

use anyhow::Context as _;

use super::data::Matrix;
use super::ratchet::{Ratchet, lacks};
use super::{Survivors, curve, order, page, weak};
use crate::path;

const MATRIX: &str = "docs/measurements/proof/matrix.json";
const RATCHET: &str = "docs/measurements/proof/ratchet.toml";
const PAGE: &str = "docs/measurements/proof.md";
const WEAK: &str = "docs/measurements/weaknesses.md";
const PICTURE: &str = "docs/measurements/proof/curve.svg";
const ORDER: &str = "src/app/plan/order.txt";

/// Data and ratchet as they are committed; what follows from them is written, never read.
pub(crate) struct Documents {
    pub(crate) matrix: Matrix,
    /// `None` before the first measurement.
    pub(crate) ratchet: Option<Ratchet>,
}

impl Documents {
    /// # Errors
    /// A file is there and not well formed. Files that are not there yet hold nothing.
    pub(crate) fn read() -> anyhow::Result<Documents> {
        let text = |file: &str| std::fs::read_to_string(path(file)).ok();
        let matrix = text(MATRIX).map(|text| Matrix::parse(&text)).transpose();
        let ratchet = text(RATCHET).map(|text| toml::from_str::<Ratchet>(&text)).transpose();
        Ok(Documents {
            matrix: matrix.context(MATRIX)?.unwrap_or_default(),
            ratchet: ratchet.context(RATCHET)?,
        })
    }

    /// The planning order that the data ask for.
    pub(crate) fn order(&self) -> Vec<&str> {
        order::order(&self.matrix)
    }

    /// What the data lack, and what fell behind the best figures there ever were.
    pub(crate) fn worse(&self, survivors: &Survivors) -> Vec<String> {
        let now = Ratchet::of(&self.matrix, &self.order(), survivors);
        let fallen = self.ratchet.as_ref().map(|best| now.behind(best)).unwrap_or_default();
        fallen.into_iter().chain(lacks(&self.matrix, survivors)).collect()
    }

    /// Takes today's figures for the best there ever were.
    pub(crate) fn tighten(&mut self, survivors: &Survivors) {
        self.ratchet = Some(Ratchet::of(&self.matrix, &self.order(), survivors));
    }

    /// # Errors
    /// A file cannot be written.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        for (file, text) in self.texts()? {
            let path = path(file);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).context(file)?;
            }
            std::fs::write(&path, text).context(file)?;
        }
        Ok(())
    }

    /// Committed files that are not what the committed data say.
    pub(crate) fn stale(&self) -> Vec<String> {
        let texts = match self.texts() {
            Ok(texts) => texts,
            Err(why) => return vec![format!("{why:#}")],
        };
        let differs =
            |file: &str, text: &str| !std::fs::read_to_string(path(file)).is_ok_and(|old| old == text);
        let stale = texts.into_iter().filter(|(file, text)| differs(file, text));
        stale.map(|(file, _)| format!("{file} is stale: cargo tools matrix --render")).collect()
    }

    fn texts(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let (order, survivors) = (self.order(), Survivors::read()?);
        let mut texts = vec![
            (MATRIX, self.matrix.text()),
            (PAGE, page::page(&self.matrix, &order, &survivors)),
            (WEAK, weak::page(&self.matrix, &order, &survivors)),
            (PICTURE, curve::svg(&self.matrix, &order)),
            (ORDER, format!("{}\n", order.join("\n"))),
        ];
        if let Some(ratchet) = &self.ratchet {
            let figures = toml::to_string(ratchet)?;
            let head = "# Figures that may only get better; written by `cargo tools matrix --full`.\n";
            texts.push((RATCHET, format!("{head}{figures}")));
        }
        Ok(texts)
    }
}
