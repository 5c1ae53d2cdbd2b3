//! Parameters as serde's data model: the same for requests and for the check of a route.
//!
//! ```text
//!   (u32, String)   struct { year, slug }   u32   HashMap<String, _>   Vec<(String, _)>      what is asked for
//!        └────────────────┴──────────┬───────┴─────────────┴───────────────┘
//!                               Parameters ── one by one ──▶ One ── text ──▶ number, text, variant, …
//!                                    ▲
//!            RoutingArgs::own (a request), or samples of each converter (the check)
//! ```

use std::str::FromStr;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::failure::Failure;
use super::wanted::Wanted;
use crate::map::{Integer, read_float};

/// A parameter to be read.
pub(crate) trait Parameter: Copy {
    fn name(&self) -> &str;

    fn bytes(&self) -> &[u8];

    /// The text by which to choose a variant.
    fn variant(&self) -> &[u8] {
        self.bytes()
    }

    /// Whether the parameter can be this at all.
    fn admit(&self, _wanted: Wanted) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether a type that need not have a value is right for it.
    fn admit_option(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether a type of these fields is right for the parameters; `None` if it does not say which it has.
    fn admit_fields(
        _parameters: impl Iterator<Item = Self> + Clone,
        _fields: Option<&'static [&'static str]>,
    ) -> Result<(), Failure> {
        Ok(())
    }
}

/// Of a request: nothing is left to check.
impl Parameter for (&str, &[u8]) {
    fn name(&self) -> &str {
        self.0
    }

    fn bytes(&self) -> &[u8] {
        self.1
    }
}

/// The parameters of a route, in their order.
pub(crate) struct Parameters<I>(pub(crate) I);

impl<I: ExactSizeIterator<Item = P> + Clone, P: Parameter> Parameters<I> {
    /// The one that there is.
    fn single(mut self) -> Result<P, Failure> {
        let given = self.0.len();
        match self.0.next() {
            Some(parameter) if given == 1 => Ok(parameter),
            _ => Err(Failure::Count { wanted: 1, given }),
        }
    }

    fn counted(self, wanted: usize) -> Result<Self, Failure> {
        let given = self.0.len();
        if given == wanted {
            return Ok(self);
        }
        Err(Failure::Count { wanted, given })
    }

    fn list(self, pairs: bool) -> List<I, P> {
        List {
            rest: self.0,
            pairs,
            current: None,
        }
    }
}

macro_rules! single {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            let parameter = self.single()?;
            let value = One { parameter, pair: false }.$method(visitor);
            value.map_err(|failure| failure.at(&parameter))
        }
    )*};
}

impl<'de, I: ExactSizeIterator<Item = P> + Clone, P: Parameter> Deserializer<'de>
    for Parameters<I>
{
    type Error = Failure;

    single! {
        deserialize_bool deserialize_char deserialize_str deserialize_string deserialize_identifier deserialize_bytes
        deserialize_byte_buf deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32
        deserialize_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        P::admit_fields(self.0.clone(), None)?;
        visitor.visit_map(self.list(false))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        P::admit_fields(self.0.clone(), Some(fields))?;
        visitor.visit_map(self.list(false))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        P::admit_fields(self.0.clone(), None)?;
        visitor.visit_seq(self.list(true))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_seq(self.counted(length)?.list(false))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        P::admit_fields(self.0.clone(), None)?;
        if self.0.len() == 0 {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.counted(0)?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let parameter = self.single()?;
        let value = One {
            parameter,
            pair: false,
        };
        let value = value.deserialize_enum(name, variants, visitor);
        value.map_err(|failure| failure.at(&parameter))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

/// What is left of the parameters.
struct List<I, P> {
    rest: I,
    /// A two-tuple stands for name and value.
    pairs: bool,
    current: Option<P>,
}

impl<I, P: Parameter> List<I, P> {
    fn read<'de, S: DeserializeSeed<'de>>(
        &self,
        parameter: P,
        seed: S,
    ) -> Result<S::Value, Failure> {
        let one = One {
            parameter,
            pair: self.pairs,
        };
        seed.deserialize(one)
            .map_err(|failure| failure.at(&parameter))
    }
}

impl<'de, I: ExactSizeIterator<Item = P>, P: Parameter> SeqAccess<'de> for List<I, P> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let next = self.rest.next();
        next.map(|parameter| self.read(parameter, seed)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

impl<'de, I: ExactSizeIterator<Item = P>, P: Parameter> MapAccess<'de> for List<I, P> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        self.current = self.rest.next();
        let name = |parameter: &P| seed.deserialize(StrDeserializer::new(parameter.name()));
        self.current.as_ref().map(name).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let current = self.current.take();
        let current = current.ok_or_else(|| Failure::Shape("a value without a key".to_owned()))?;
        self.read(current, seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// One parameter.
struct One<P> {
    parameter: P,
    pair: bool,
}

impl<P: Parameter> One<P> {
    fn text(&self) -> Result<&str, Failure> {
        text(self.parameter.bytes())
    }

    fn parsed<N>(
        &self,
        wanted: Wanted,
        parse: impl FnOnce(&str) -> Option<N>,
    ) -> Result<N, Failure> {
        self.parameter.admit(wanted)?;
        let text = self.text()?;
        parse(text).ok_or_else(|| Failure::Unread {
            wanted,
            text: text.to_owned(),
        })
    }
}

fn text(bytes: &[u8]) -> Result<&str, Failure> {
    let text = std::str::from_utf8(bytes);
    text.map_err(|_| Failure::Refused(format!("{} is not UTF-8", bytes.escape_ascii())))
}

/// A whole number in digits of any script, as `int` matches them; a plus sign is none.
fn whole<N: FromStr>(text: &str) -> Option<N> {
    if let Ok(number) = text.parse() {
        return (!text.starts_with('+')).then_some(number);
    }
    Integer::parse(text)?.to_string().parse().ok()
}

/// A number with or without a point; neither infinite nor with an exponent, as `float` and `int` match them.
fn real(text: &str) -> Option<f64> {
    let number = |c: char| !matches!(c, '+' | 'e' | 'E');
    let number = text.chars().all(number).then(|| read_float(text))?;
    number.filter(|number| number.is_finite())
}

fn real32(text: &str) -> Option<f32> {
    // Read at once where that is possible: by way of 64 bits it would be rounded twice.
    let nearest = |number: f64| text.parse().unwrap_or(number as f32);
    real(text)
        .map(nearest)
        .filter(|number: &f32| number.is_finite())
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        _ => None,
    }
}

fn character(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

macro_rules! parsed {
    ($($method:ident $visit:ident $wanted:expr, $parse:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.$visit(self.parsed($wanted, $parse)?)
        }
    )*};
}

macro_rules! refused {
    ($($method:ident($($argument:ty),*) $shape:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, Failure> {
            Err(Failure::Shape($shape.to_owned()))
        }
    )*};
}

impl<'de, P: Parameter> Deserializer<'de> for One<P> {
    type Error = Failure;

    parsed! {
        deserialize_bool visit_bool Wanted::Bool, truth;
        deserialize_char visit_char Wanted::Char, character;
        deserialize_i8 visit_i8 Wanted::Whole("i8"), whole;
        deserialize_i16 visit_i16 Wanted::Whole("i16"), whole;
        deserialize_i32 visit_i32 Wanted::Whole("i32"), whole;
        deserialize_i64 visit_i64 Wanted::Whole("i64"), whole;
        deserialize_i128 visit_i128 Wanted::Whole("i128"), whole;
        deserialize_u8 visit_u8 Wanted::Whole("u8"), whole;
        deserialize_u16 visit_u16 Wanted::Whole("u16"), whole;
        deserialize_u32 visit_u32 Wanted::Whole("u32"), whole;
        deserialize_u64 visit_u64 Wanted::Whole("u64"), whole;
        deserialize_u128 visit_u128 Wanted::Whole("u128"), whole;
        deserialize_f32 visit_f32 Wanted::Real("f32"), real32;
        deserialize_f64 visit_f64 Wanted::Real("f64"), real;
    }

    refused! {
        deserialize_unit() "nothing";
        deserialize_unit_struct(&'static str) "nothing";
        deserialize_tuple_struct(&'static str, usize) "a tuple";
        deserialize_map() "a map";
        deserialize_struct(&'static str, &'static [&'static str]) "a struct";
        deserialize_seq() "a sequence";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bytes(self.parameter.bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bytes(self.parameter.bytes())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.parameter.admit_option()?;
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if !self.pair || length != 2 {
            return Err(Failure::Shape(format!("a tuple of {length}")));
        }
        visitor.visit_seq(Pair {
            parameter: self.parameter,
            next: 0,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(StrDeserializer::new(text(self.parameter.variant())?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

/// A parameter as name and value.
struct Pair<P> {
    parameter: P,
    next: u8,
}

impl<'de, P: Parameter> SeqAccess<'de> for Pair<P> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        self.next += 1;
        match self.next {
            1 => seed
                .deserialize(StrDeserializer::new(self.parameter.name()))
                .map(Some),
            2 => {
                let value = One {
                    parameter: self.parameter,
                    pair: false,
                };
                seed.deserialize(value).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The type, made of the parameters.
pub(crate) fn read<'de, T: Deserialize<'de>, P: Parameter>(
    parameters: impl ExactSizeIterator<Item = P> + Clone,
) -> Result<T, Failure> {
    let mut rest = parameters.clone();
    T::deserialize(Parameters(parameters)).map_err(|failure| match (rest.next(), &failure) {
        // A validation around the whole type is one of the only parameter.
        (Some(only), Failure::Refused(_)) if rest.len() == 0 => failure.at(&only),
        _ => failure,
    })
}
