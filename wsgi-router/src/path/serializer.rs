//! A type as the values of parameters: the reverse of the deserializer.

use serde::Serialize;
use serde::ser::{
    Impossible, SerializeMap, SerializeStruct, SerializeTuple, SerializeTupleStruct, Serializer,
};

use crate::map::{Integer, Value, Values};

/// Why a type has no values for parameters.
#[derive(Debug)]
pub(crate) enum Unwritable {
    /// More values than parameters.
    Surplus,
    /// What no parameter can be.
    Shape(&'static str),
    /// What the type itself has to say.
    Custom(String),
}

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Surplus => f.write_str("there are more values than parameters"),
            Self::Shape(shape) => write!(f, "{shape} is no value of a parameter"),
            Self::Custom(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Unwritable {}

impl serde::ser::Error for Unwritable {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}

/// The values of a type by the names of the parameters, which those without names take in their order.
pub(crate) fn values<'n>(
    value: &impl Serialize,
    names: impl Iterator<Item = &'n str>,
) -> Result<Values, Unwritable> {
    let mut record = Record {
        names,
        key: None,
        values: Values::new(),
    };
    value.serialize(&mut record)?;
    Ok(record.values)
}

/// All values.
struct Record<I> {
    names: I,
    key: Option<String>,
    values: Values,
}

impl<'n, I: Iterator<Item = &'n str>> Record<I> {
    fn next<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        let name = self.names.next().ok_or(Unwritable::Surplus)?;
        self.values.insert(name, value.serialize(One)?);
        Ok(())
    }
}

macro_rules! singles {
    ($($method:ident $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<(), Unwritable> {
            self.next(&value)
        }
    )*};
}

impl<'n, I: Iterator<Item = &'n str>> Serializer for &mut Record<I> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Impossible<(), Unwritable>;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Unwritable>;

    singles! {
        serialize_bool bool, serialize_char char, serialize_str &str, serialize_i8 i8, serialize_i16 i16,
        serialize_i32 i32, serialize_i64 i64, serialize_i128 i128, serialize_u8 u8, serialize_u16 u16,
        serialize_u32 u32, serialize_u64 u64, serialize_u128 u128, serialize_f32 f32, serialize_f64 f64,
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unwritable> {
        let name = self.names.next().ok_or(Unwritable::Surplus)?;
        self.values.insert(name, One.serialize_bytes(value)?);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Unwritable> {
        self.next(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Unwritable> {
        Err(Unwritable::Shape("a variant with data"))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Unwritable> {
        Err(Unwritable::Shape("a sequence"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unwritable> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Unwritable> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(Unwritable::Shape("a variant with data"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Unwritable> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Unwritable> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        Err(Unwritable::Shape("a variant with data"))
    }
}

impl<'n, I: Iterator<Item = &'n str>> SerializeTuple for &mut Record<I> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.next(value)
    }

    fn end(self) -> Result<(), Unwritable> {
        Ok(())
    }
}

impl<'n, I: Iterator<Item = &'n str>> SerializeTupleStruct for &mut Record<I> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.next(value)
    }

    fn end(self) -> Result<(), Unwritable> {
        Ok(())
    }
}

impl<'n, I: Iterator<Item = &'n str>> SerializeStruct for &mut Record<I> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.values.insert(name, value.serialize(One)?);
        Ok(())
    }

    fn end(self) -> Result<(), Unwritable> {
        Ok(())
    }
}

/// What a struct with flattened fields becomes.
impl<'n, I: Iterator<Item = &'n str>> SerializeMap for &mut Record<I> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        self.key = Some(key.serialize(One)?.to_string());
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        let key = self.key.take();
        let key = key.ok_or(Unwritable::Shape("a value without a key"))?;
        self.values.insert(key, value.serialize(One)?);
        Ok(())
    }

    fn end(self) -> Result<(), Unwritable> {
        Ok(())
    }
}

/// One value.
struct One;

macro_rules! whole {
    ($($method:ident $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<Value, Unwritable> {
            let integer = match i64::try_from(value) {
                Ok(small) => Some(Integer::from(small)),
                Err(_) => Integer::parse(&value.to_string()),
            };
            integer.map(Value::Int).ok_or(Unwritable::Shape("a number without digits"))
        }
    )*};
}

macro_rules! refused {
    ($($method:ident($($argument:ty),*) -> $ok:ty, $shape:expr;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$ok, Unwritable> {
            Err(Unwritable::Shape($shape))
        }
    )*};
}

type Never = Impossible<Value, Unwritable>;

impl Serializer for One {
    type Ok = Value;
    type Error = Unwritable;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    whole! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
    }

    refused! {
        serialize_unit() -> Value, "nothing";
        serialize_unit_struct(&'static str) -> Value, "nothing";
        serialize_seq(Option<usize>) -> Never, "a sequence";
        serialize_tuple(usize) -> Never, "a tuple";
        serialize_tuple_struct(&'static str, usize) -> Never, "a tuple";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never, "a variant with data";
        serialize_map(Option<usize>) -> Never, "a map";
        serialize_struct(&'static str, usize) -> Never, "a struct";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never, "a variant with data";
    }

    /// As the deserializer reads it.
    fn serialize_bool(self, value: bool) -> Result<Value, Unwritable> {
        Ok(Value::from(if value { "true" } else { "false" }))
    }

    /// By way of its digits: the 64 bits nearest to it have more of them.
    fn serialize_f32(self, value: f32) -> Result<Value, Unwritable> {
        let digits = value.to_string().parse();
        Ok(Value::Float(digits.unwrap_or(f64::from(value))))
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Unwritable> {
        Ok(Value::Float(value))
    }

    fn serialize_char(self, value: char) -> Result<Value, Unwritable> {
        Ok(Value::Str(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Value, Unwritable> {
        Ok(Value::from(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Unwritable> {
        let text = std::str::from_utf8(value);
        text.map(Value::from)
            .map_err(|_| Unwritable::Shape("bytes that are not UTF-8"))
    }

    fn serialize_none(self) -> Result<Value, Unwritable> {
        Ok(Value::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, Unwritable> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Unwritable> {
        Err(Unwritable::Shape("a variant with data"))
    }
}
