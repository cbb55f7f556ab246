//! Numbers: bounds and divisors joined exactly, then drawn.

use std::cmp::Ordering;

use proptest::test_runner::TestRunner;
use serde_json::{Number, Value};

use crate::random::Random;

/// A number as JSON writes it: `mantissa * 10^exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

impl Decimal {
    pub(crate) fn of(number: &Number) -> Option<Decimal> {
        Decimal::parse(&number.to_string())
    }

    fn parse(text: &str) -> Option<Decimal> {
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mantissa = format!("{whole}{fraction}").parse().ok()?;
        Some(Decimal::plain(mantissa, exponent.parse::<i32>().ok()? - fraction.len() as i32))
    }

    /// Without zeros at the end, so that a whole number has no negative exponent.
    fn plain(mut mantissa: i128, mut exponent: i32) -> Decimal {
        while mantissa != 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        Decimal { mantissa, exponent: if mantissa == 0 { 0 } else { exponent } }
    }

    /// Whether this is a whole multiple of `divisor`; `None` where 128 bits cannot tell.
    fn is_multiple_of(self, divisor: Decimal) -> Option<bool> {
        let shift = self.exponent.min(divisor.exponent);
        let left = self.scaled(shift)?;
        let right = divisor.scaled(shift)?;
        Some(right != 0 && left % right == 0)
    }

    fn scaled(self, exponent: i32) -> Option<i128> {
        let power = u32::try_from(self.exponent - exponent).ok()?;
        self.mantissa.checked_mul(10i128.checked_pow(power)?)
    }

    /// The smallest number that both divide.
    fn joined(self, other: Decimal) -> Option<Decimal> {
        let shift = self.exponent.min(other.exponent);
        let (left, right) = (self.scaled(shift)?.abs(), other.scaled(shift)?.abs());
        let divisor = common_divisor(left, right);
        (divisor != 0).then_some(())?;
        Some(Decimal::plain(left.checked_mul(right / divisor)?, shift))
    }

    fn number(self) -> Option<Number> {
        let text = format!("{}e{}", self.mantissa, self.exponent);
        Number::from_f64(text.parse().ok()?)
    }
}

fn common_divisor(left: i128, right: i128) -> i128 {
    if right == 0 { left } else { common_divisor(right, left % right) }
}

/// The order of two JSON numbers, exact where both are integers.
pub(crate) fn compare(left: &Number, right: &Number) -> Ordering {
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => real(left).total_cmp(&real(right)),
    }
}

fn real(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::MAX)
}

/// The value of a number without a fractional part.
pub(crate) fn whole(number: &Number) -> Option<i128> {
    if let Some(value) = number.as_i64() {
        return Some(i128::from(value));
    }
    if let Some(value) = number.as_u64() {
        return Some(i128::from(value));
    }
    let value = number.as_f64()?;
    (value.fract() == 0.0 && value.abs() < 1e37).then_some(value as i128)
}

pub(crate) fn is_integer(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|value| value.fract() == 0.0)
}

/// Equality as JSON Schema has it: 1 and 1.0 are one number.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare(left, right) == Ordering::Equal,
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bound {
    pub(crate) value: Number,
    pub(crate) exclusive: bool,
}

/// All that is demanded of a number.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NumberFacts {
    pub(crate) low: Option<Bound>,
    pub(crate) high: Option<Bound>,
    pub(crate) multiples: Vec<Decimal>,
    pub(crate) not_multiples: Vec<Decimal>,
}

impl NumberFacts {
    pub(crate) fn raise(&mut self, bound: Bound) {
        let tighter = self.low.as_ref().is_none_or(|low| match compare(&bound.value, &low.value) {
            Ordering::Greater => true,
            Ordering::Equal => bound.exclusive,
            Ordering::Less => false,
        });
        if tighter {
            self.low = Some(bound);
        }
    }

    pub(crate) fn lower(&mut self, bound: Bound) {
        let tighter = self.high.as_ref().is_none_or(|high| match compare(&bound.value, &high.value) {
            Ordering::Less => true,
            Ordering::Equal => bound.exclusive,
            Ordering::Greater => false,
        });
        if tighter {
            self.high = Some(bound);
        }
    }

    /// False when the bounds have crossed.
    pub(crate) fn is_open(&self) -> bool {
        let (Some(low), Some(high)) = (&self.low, &self.high) else { return true };
        match compare(&low.value, &high.value) {
            Ordering::Less => true,
            Ordering::Equal => !low.exclusive && !high.exclusive,
            Ordering::Greater => false,
        }
    }

    pub(crate) fn admits(&self, number: &Number) -> bool {
        let above = self.low.as_ref().is_none_or(|low| {
            let order = compare(number, &low.value);
            order == Ordering::Greater || (order == Ordering::Equal && !low.exclusive)
        });
        let below = self.high.as_ref().is_none_or(|high| {
            let order = compare(number, &high.value);
            order == Ordering::Less || (order == Ordering::Equal && !high.exclusive)
        });
        above && below && self.divides(number)
    }

    fn divides(&self, number: &Number) -> bool {
        if self.multiples.is_empty() && self.not_multiples.is_empty() {
            return true;
        }
        let Some(value) = Decimal::of(number) else { return false };
        self.multiples.iter().all(|divisor| value.is_multiple_of(*divisor) == Some(true))
            && self.not_multiples.iter().all(|divisor| value.is_multiple_of(*divisor) == Some(false))
    }

    fn joined_multiple(&self) -> Option<Option<Decimal>> {
        let mut divisors = self.multiples.iter().copied();
        let Some(first) = divisors.next() else { return Some(None) };
        divisors.try_fold(first, Decimal::joined).map(Some)
    }
}

/// How whole numbers are drawn.
#[derive(Debug, Clone)]
pub(crate) struct IntegerPlan {
    facts: NumberFacts,
    /// The range of the factor of `step`.
    low: i128,
    high: i128,
    step: i128,
    bounded: (bool, bool),
}

/// The integers a JSON reader keeps exactly.
const SAFE: i128 = (1 << 53) - 1;

impl IntegerPlan {
    pub(crate) fn new(facts: &NumberFacts) -> Option<IntegerPlan> {
        let step = match facts.joined_multiple()? {
            None => 1,
            Some(divisor) => divisor.joined(Decimal { mantissa: 1, exponent: 0 })?.scaled(0)?,
        };
        let (smallest, largest) = (i128::from(i64::MIN), i128::from(u64::MAX));
        let low = facts.low.as_ref().map(|bound| edge(bound, 1).max(smallest));
        let high = facts.high.as_ref().map(|bound| edge(bound, -1).min(largest));
        let bounded = (low.is_some(), high.is_some());
        let reach = SAFE.max(step.checked_mul(1000)?);
        let low_end = low.unwrap_or_else(|| (-reach).min(high.unwrap_or(0) - reach).max(smallest));
        let high_end = high.unwrap_or_else(|| reach.max(low.unwrap_or(0) + reach).min(largest));
        let plan = IntegerPlan {
            facts: facts.clone(),
            low: low_end.div_euclid(step) + i128::from(low_end.rem_euclid(step) != 0),
            high: high_end.div_euclid(step),
            step,
            bounded,
        };
        (plan.low <= plan.high).then_some(plan)
    }

    pub(crate) fn draw(&self, runner: &mut TestRunner) -> Option<Value> {
        (0..64).find_map(|_| {
            let number = integer(self.factor(runner) * self.step)?;
            (self.facts.not_multiples.is_empty() || self.facts.admits(&number))
                .then_some(Value::Number(number))
        })
    }

    /// Mostly small, now and then anywhere or at an end.
    fn factor(&self, runner: &mut TestRunner) -> i128 {
        let centre = 0.clamp(self.low, self.high);
        match runner.below(16) {
            0 if self.bounded.0 => self.low,
            1 if self.bounded.1 => self.high,
            2 => runner.between_wide(self.low, self.high),
            _ => {
                let reach = 1i128 << runner.below(17);
                runner.between_wide((centre - reach).max(self.low), (centre + reach).min(self.high))
            }
        }
    }
}

/// The first integer inside a bound, going `inwards`.
fn edge(bound: &Bound, inwards: i128) -> i128 {
    match whole(&bound.value) {
        Some(value) if bound.exclusive => value + inwards,
        Some(value) => value,
        None => {
            let value = real(&bound.value);
            (if inwards > 0 { value.ceil() } else { value.floor() }) as i128
        }
    }
}

/// An integer as the smallest JSON type that holds it.
pub(crate) fn integer(value: i128) -> Option<Number> {
    if let Ok(small) = i64::try_from(value) {
        return Some(small.into());
    }
    u64::try_from(value).ok().map(Number::from)
}

/// How numbers with a fractional part are drawn.
#[derive(Debug, Clone)]
pub(crate) struct FractionPlan {
    facts: NumberFacts,
    low: f64,
    high: f64,
    step: Option<Decimal>,
}

impl FractionPlan {
    pub(crate) fn new(facts: &NumberFacts) -> Option<FractionPlan> {
        let step = facts.joined_multiple()?;
        if step.is_some_and(|step| step.exponent >= 0) {
            return None;
        }
        let low = facts.low.as_ref().map(|bound| real(&bound.value));
        let high = facts.high.as_ref().map(|bound| real(&bound.value));
        let (low, high) = match (low, high) {
            (Some(low), Some(high)) => (low, high),
            (Some(low), None) => (low, low + low.abs().max(1000.0)),
            (None, Some(high)) => (high - high.abs().max(1000.0), high),
            (None, None) => (-1000.0, 1000.0),
        };
        let plan = FractionPlan { facts: facts.clone(), low, high, step };
        let mut runner = TestRunner::deterministic();
        plan.draw(&mut runner).is_some().then_some(plan)
    }

    pub(crate) fn draw(&self, runner: &mut TestRunner) -> Option<Value> {
        (0..64).find_map(|attempt| {
            let number = match self.step {
                Some(step) => self.multiple(step, runner)?,
                None => Number::from_f64(self.real(runner, attempt))?,
            };
            (!is_integer(&number) && self.facts.admits(&number)).then_some(Value::Number(number))
        })
    }

    /// Few decimals first: short numbers read better in a report.
    fn real(&self, runner: &mut TestRunner, attempt: usize) -> f64 {
        let value = self.low + (self.high - self.low) * runner.unit();
        match attempt {
            0..8 => (value * 10.0).round() / 10.0,
            8..16 => (value * 1000.0).round() / 1000.0,
            16..20 => self.low,
            20..24 => self.high,
            _ => value,
        }
    }

    fn multiple(&self, step: Decimal, runner: &mut TestRunner) -> Option<Number> {
        let size = real(&step.number()?);
        let low = (self.low / size).ceil().max(-1e15) as i128;
        let high = (self.high / size).floor().min(1e15) as i128;
        (low <= high).then_some(())?;
        let factor = runner.between_wide(low, high);
        Decimal { mantissa: step.mantissa.checked_mul(factor)?, exponent: step.exponent }.number()
    }
}
