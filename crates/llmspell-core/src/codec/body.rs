//! Writes the body of a request: our fields, and the provider options, which win.

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::{Map, Value};

/// The fields of the body. What the provider options set stands in the place of our own.
pub(crate) struct Fields<'a, M> {
    map: M,
    options: &'a Map<String, Value>,
    set: Vec<&'static str>,
}

impl<'a, M: SerializeMap> Fields<'a, M> {
    /// Fields that are written into `map`, with the provider `options` over them.
    pub(crate) const fn new(map: M, options: &'a Map<String, Value>) -> Self {
        Self { map, options, set: Vec::new() }
    }

    /// Writes a field.
    pub(crate) fn set<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), M::Error> {
        match self.options.get(name) {
            Some(own) => {
                self.set.push(name);
                self.map.serialize_entry(name, own)
            }
            None => self.map.serialize_entry(name, value),
        }
    }

    /// Writes a field that has a value.
    pub(crate) fn set_some<T: Serialize>(&mut self, name: &'static str, value: Option<&T>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.set(name, value))
    }

    /// Adds the options that stand in no field of ours, without the one named `but`, and closes the object.
    pub(crate) fn end(mut self, but: Option<&str>) -> Result<M::Ok, M::Error> {
        for (name, value) in self.options {
            if !self.set.contains(&name.as_str()) && Some(name.as_str()) != but {
                self.map.serialize_entry(name, value)?;
            }
        }
        self.map.end()
    }
}
