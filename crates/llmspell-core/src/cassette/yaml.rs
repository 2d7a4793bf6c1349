//! YAML as plain values, each with the line it stands in. Aliases are refused: nothing in a cassette needs them, and they can
//! make a small file huge.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

/// Levels that are read; a cassette has five.
const DEPTH: usize = 32;

/// A value and its line, from 1.
#[derive(Debug)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    /// An empty value, `null` or `~`.
    Null,
    /// A text, or what was written like a number.
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// What is wrong, and its line.
pub(super) type Fault = (usize, String);

/// The documents of a text, without empty ones.
///
/// # Errors
/// The first place that is no YAML, or that has an alias or a name twice.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { parser: Parser::new_from_str(text) };
    let mut documents = Vec::new();
    loop {
        let (event, line) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(documents),
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            event => {
                let node = reader.node(event, line, 0)?;
                if !matches!(node.value, Value::Null) {
                    documents.push(node);
                }
            }
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, usize), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, Span { start, .. }))) => Ok((event, start.line())),
            Some(Err(error)) => Err((error.marker().line(), format!("this is no YAML: {}", error.info()))),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    fn node(&mut self, event: Event<'a>, line: usize, depth: usize) -> Result<Node, Fault> {
        if depth > DEPTH {
            return Err((line, format!("nested deeper than {DEPTH} levels")));
        }
        let value = match event {
            Event::Scalar(text, style, _, tag) => {
                let untagged = style == ScalarStyle::Plain && tag.is_none();
                if untagged && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
                    Value::Null
                } else {
                    Value::Text(text.into_owned())
                }
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break Value::List(items),
                        (Event::StreamEnd, at) => return Err((at, "a list does not end".to_owned())),
                        (event, line) => items.push(self.node(event, line, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => self.map(depth)?,
            Event::Alias(_) => return Err((line, "aliases (*name) are not read; write the value out".to_owned())),
            other => return Err((line, format!("expected a value, got {other:?}"))),
        };
        Ok(Node { line, value })
    }

    fn map(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut members: Vec<(String, Node)> = Vec::new();
        loop {
            match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(members)),
                (Event::StreamEnd, at) => return Err((at, "a mapping does not end".to_owned())),
                (Event::Scalar(name, ..), line) => {
                    if members.iter().any(|(other, _)| *other == *name) {
                        return Err((line, format!("{:?} is there twice", crate::json::quote(&name, 40))));
                    }
                    let (event, at) = self.next()?;
                    members.push((name.into_owned(), self.node(event, at, depth + 1)?));
                }
                (_, line) => return Err((line, "a name must be a text".to_owned())),
            }
        }
    }
}

impl Node {
    /// A member of a map; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Value::Map(members) = &self.value else { return None };
        members.iter().find(|(other, _)| other == name).map(|(_, node)| node).filter(|node| !node.is_null())
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }
}
