//! Reading JSON leniently: a field of an unexpected type counts as absent, an item of an unexpected type is passed over, and
//! of a field that comes twice the last one counts. Texts are borrowed where they have no escapes, and no tree is made.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// A value that should be a text. (`Cow` alone is never borrowed inside an `Option`, and a `Value` never borrows.)
#[derive(Debug)]
pub(crate) enum Loose<'a> {
    Text(Cow<'a, str>),
    Other(Value),
}

impl<'a> Loose<'a> {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(Value::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Loose<'de>, E> {
                Ok(Loose::Other(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Loose<'de>, A::Error> {
                Value::deserialize(SeqAccessDeserializer::new(items)).map(Loose::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Loose<'de>, A::Error> {
                Value::deserialize(MapAccessDeserializer::new(fields)).map(Loose::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// A value that should be an object; `None` for anything else.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(pub Option<T>);

/// A value that should be a list of objects; empty for anything else.
#[derive(Debug, Default)]
pub(crate) struct Objects<T>(pub Vec<T>);

impl<'de, T: Lenient<'de>> Lenient<'de> for Object<T> {
    fn fields<A: MapAccess<'de>>(&mut self, fields: A) -> Result<(), A::Error> {
        self.0.insert(T::default()).fields(fields)
    }
}

impl<'de, T: Lenient<'de>> Lenient<'de> for Objects<T> {
    fn items<A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(Object(item)) = items.next_element()? {
            self.0.extend(item);
        }
        Ok(())
    }
}

/// Reads the value of a field as an object.
pub(crate) fn object<'de, T: Lenient<'de>, A: MapAccess<'de>>(fields: &mut A) -> Result<Option<T>, A::Error> {
    fields.next_value().map(|Object(value)| value)
}

/// Reads the value of a field as an object.
pub(crate) fn objects<'de, T: Lenient<'de>, A: MapAccess<'de>>(fields: &mut A) -> Result<Vec<T>, A::Error> {
    fields.next_value().map(|Objects(list)| list)
}

/// Passes over the value of a field.
pub(crate) fn ignore<'de, A: MapAccess<'de>>(fields: &mut A) -> Result<(), A::Error> {
    fields.next_value::<IgnoredAny>().map(|_| ())
}

/// Keeps the value of a field that is not known. (serde's `flatten` would put every field aside first.)
pub(crate) fn keep<'de, A: MapAccess<'de>>(
    name: Loose<'de>,
    fields: &mut A,
    kept: &mut Map<String, Value>,
) -> Result<(), A::Error> {
    let Loose::Text(name) = name else { return ignore(fields) };
    let value = fields.next_value()?;
    kept.insert(name.into_owned(), value);
    Ok(())
}

/// What becomes of a value of any type: what a type has no use for is passed over.
pub(crate) trait Lenient<'de>: Default {
    fn given(&mut self) {}
    fn integer(&mut self, _: u64) {}
    fn number(&mut self, _: f64) {}
    fn items<A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Visits a value of any type with what a [`Lenient`] type makes of it.
pub(crate) struct Told<T>(pub T);

impl<'de, T: Lenient<'de>> Visitor<'de> for Told<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(self.0)
    }

    fn visit_bool<E>(mut self, _: bool) -> Result<T, E> {
        self.0.given();
        Ok(self.0)
    }

    fn visit_str<E>(mut self, _: &str) -> Result<T, E> {
        self.0.given();
        Ok(self.0)
    }

    fn visit_i64<E>(mut self, value: i64) -> Result<T, E> {
        self.0.given();
        match u64::try_from(value) {
            Ok(value) => self.0.integer(value),
            Err(_) => self.0.number(value as f64),
        }
        Ok(self.0)
    }

    fn visit_u64<E>(mut self, value: u64) -> Result<T, E> {
        self.0.given();
        self.0.integer(value);
        Ok(self.0)
    }

    fn visit_f64<E>(mut self, value: f64) -> Result<T, E> {
        self.0.given();
        self.0.number(value);
        Ok(self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, items: A) -> Result<T, A::Error> {
        self.0.given();
        self.0.items(items)?;
        Ok(self.0)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, fields: A) -> Result<T, A::Error> {
        self.0.given();
        self.0.fields(fields)?;
        Ok(self.0)
    }
}

/// Implements `Deserialize` by [`Lenient`] for types that borrow nothing.
macro_rules! deserialize_leniently {
    ($($name:ident),*) => {$(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($crate::codec::lenient::Told(Self::default()))
            }
        }
    )*};
}
pub(crate) use deserialize_leniently;

impl<'de, T: Lenient<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Told(Self::default()))
    }
}

impl<'de, T: Lenient<'de>> Deserialize<'de> for Objects<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Told(Self::default()))
    }
}

/// A count, of tokens say; `None` for anything else.
#[derive(Debug, Default)]
pub(crate) struct Count(pub Option<u64>);

impl Lenient<'_> for Count {
    fn integer(&mut self, value: u64) {
        self.0 = Some(value);
    }

    /// Some servers write a count as 12.0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
    fn number(&mut self, value: f64) {
        self.0 = Some(value).filter(|count| (0.0..1e15).contains(count)).map(|count| count as u64);
    }
}

deserialize_leniently!(Count);
