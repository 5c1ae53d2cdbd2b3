//! `int` and `float`.

use super::Arguments;
use crate::map::number::{Integer, read_float};
use crate::map::schema::Schema;
use crate::map::value::Value;

/// `int(fixed_digits=0, min=None, max=None, signed=False)`
#[derive(Clone, Debug)]
pub(crate) struct Int {
    fixed_digits: usize,
    min: Option<Integer>,
    max: Option<Integer>,
    pub(crate) signed: bool,
}

impl Int {
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, String> {
        let [digits, min, max, signed] =
            arguments.bind(["fixed_digits", "min", "max", "signed"])?;
        let fixed_digits = match digits {
            Value::None => 0,
            digits => {
                let digits = super::whole(&digits)?
                    .to_i64()
                    .and_then(|digits| usize::try_from(digits).ok());
                digits.ok_or("\"fixed_digits\" is no number of digits")?
            }
        };
        let int = Self {
            fixed_digits,
            min: bound(&min, f64::NEG_INFINITY, f64::ceil)?,
            max: bound(&max, f64::INFINITY, f64::floor)?,
            signed: truth(&signed),
        };
        match (&int.min, &int.max) {
            (Some(min), Some(max)) if min > max => {
                Err(format!("no number is at least {min} and at most {max}"))
            }
            _ => Ok(int),
        }
    }

    /// Whether it takes all numbers but those of very many digits.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.fixed_digits == 0 && self.min.is_none() && self.max.is_none()
    }

    pub(crate) fn to_value(&self, text: &str) -> Option<Integer> {
        // Characters, not bytes: digits may be of any script.
        let length = if text.is_ascii() {
            text.len()
        } else {
            text.chars().count()
        };
        if self.fixed_digits != 0 && length != self.fixed_digits {
            return None;
        }
        if length - usize::from(text.starts_with('-')) > Integer::MOST_DIGITS {
            return None;
        }
        let value = Integer::parse(text)?;
        let small = self.min.as_ref().is_some_and(|min| value < *min);
        let large = self.max.as_ref().is_some_and(|max| value > *max);
        (!small && !large).then_some(value)
    }

    pub(crate) fn to_url(&self, value: &Value) -> Result<String, String> {
        let text = super::whole(value)?.to_string();
        let (sign, digits) = text
            .strip_prefix('-')
            .map_or(("", text.as_str()), |digits| ("-", digits));
        let width = self.fixed_digits.saturating_sub(sign.len());
        Ok(format!("{sign}{digits:0>width$}"))
    }

    /// JSON Schema knows no number of digits, but so many digits have a smallest and a largest number.
    pub(crate) fn schema(&self) -> Schema {
        let power = |digits: usize| 10_i64.checked_pow(u32::try_from(digits).ok()?);
        let largest = |digits: usize| power(digits).map(|power| power - 1);
        let (lowest, highest) = match (self.fixed_digits, self.signed) {
            (0, true) => (None, None),
            (0, false) => (Some(0), None),
            (digits, false) => (Some(0), largest(digits)),
            // The sign is one of the digits.
            (digits, true) => (largest(digits - 1).map(|number| -number), largest(digits)),
        };
        let bound = |bound: &Option<Integer>| bound.as_ref().and_then(Integer::to_i64);
        Schema::Integer {
            minimum: lowest.max(bound(&self.min)),
            maximum: match (highest, bound(&self.max)) {
                (Some(highest), Some(max)) => Some(highest.min(max)),
                (highest, max) => highest.or(max),
            },
        }
    }

    pub(crate) fn example(&self) -> Option<String> {
        let one = Integer::from(1);
        let value = match (&self.min, &self.max) {
            (Some(min), _) if *min > one => min,
            (_, Some(max)) if *max < one => max,
            _ => &one,
        };
        let text = self.to_url(&Value::Int(value.clone())).ok()?;
        self.to_value(&text)
            .filter(|_| self.signed || !text.starts_with('-'))
            .map(|_| text)
    }
}

/// A limit, rounded to the next whole number that is within; none if it is `endless`.
fn bound(
    value: &Value,
    endless: f64,
    round: impl Fn(f64) -> f64,
) -> Result<Option<Integer>, String> {
    match value {
        Value::None => Ok(None),
        // No number is beyond either.
        Value::Float(float) if float.is_nan() || *float == endless => Ok(None),
        Value::Float(float) => match Integer::truncate(round(*float)) {
            Some(integer) => Ok(Some(integer)),
            None => Err(format!("{value} is no limit of a number")),
        },
        Value::Int(_) | Value::Bool(_) => super::whole(value).map(Some),
        _ => Err(format!("{:?} is no number", value.to_string())),
    }
}

/// What Python takes for true.
fn truth(value: &Value) -> bool {
    match value {
        Value::None => false,
        Value::Str(text) => !text.is_empty(),
        number => *number != Value::from(0),
    }
}

/// `float(min=None, max=None, signed=False)`: digits on both sides of a point.
#[derive(Clone, Debug)]
pub(crate) struct Float {
    min: Option<f64>,
    max: Option<f64>,
    pub(crate) signed: bool,
}

impl Float {
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, String> {
        let [min, max, signed] = arguments.bind(["min", "max", "signed"])?;
        let bound = |value: &Value| match value {
            Value::None => Ok(None),
            Value::Str(text) => Err(format!("{text:?} is no number")),
            value => super::real(value).map(Some),
        };
        let float = Self {
            min: bound(&min)?,
            max: bound(&max)?,
            signed: truth(&signed),
        };
        match (float.min, float.max) {
            (Some(min), Some(max)) if min > max => {
                Err(format!("no number is at least {min} and at most {max}"))
            }
            _ => Ok(float),
        }
    }

    pub(crate) fn to_value(&self, text: &str) -> Option<f64> {
        let value = read_float(text)?;
        let small = self.min.is_some_and(|min| value < min);
        let large = self.max.is_some_and(|max| value > max);
        (!small && !large).then_some(value)
    }

    pub(crate) fn to_url(&self, value: &Value) -> Result<String, String> {
        let value = super::real(value)?;
        if !value.is_finite() {
            return Err(format!("{value} has no digits"));
        }
        // Without an exponent, which the rule would not match.
        let text = value.to_string();
        Ok(if text.contains('.') {
            text
        } else {
            format!("{text}.0")
        })
    }

    pub(crate) fn schema(&self) -> Schema {
        let lowest = if self.signed { None } else { Some(0.0) };
        Schema::Number {
            minimum: match (lowest, self.min) {
                (Some(lowest), Some(min)) => Some(min.max(lowest)),
                (lowest, min) => lowest.or(min),
            },
            maximum: self.max,
        }
    }

    pub(crate) fn example(&self) -> Option<String> {
        let value = match (self.min, self.max) {
            (Some(min), _) if min > 1.0 => min,
            (_, Some(max)) if max < 1.0 => max,
            _ => 1.0,
        };
        self.to_url(&Value::Float(value))
            .ok()
            .filter(|text| self.signed || !text.starts_with('-'))
    }
}
