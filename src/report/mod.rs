//! Turns verdicts into text for people and programs.
