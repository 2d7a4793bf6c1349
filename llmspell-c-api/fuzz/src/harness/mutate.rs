//! Mutations that know the form of an input: JSON values are replaced, nested, repeated and renamed, and written with what
//! writers of JSON get wrong; events of a stream are dropped, doubled and cut.

use super::{SECRET, Target};
use fastrand::Rng;
use serde_json::{Map, Value};

/// How inputs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON text.
    Json,
    /// The body of an answer: a stream of events, or JSON.
    Answer,
    /// A checkpoint, or its JSON body alone.
    Checkpoint,
}

/// Bytes that repetitions of an element may add.
const MOST_REPEATED: usize = 1 << 15;
/// Head of a checkpoint before its body.
const HEAD: usize = 44;

/// Pieces of the seeds, which mutations put elsewhere.
pub struct Shapes {
    values: Vec<Value>,
    names: Vec<String>,
}

impl Shapes {
    /// The pieces of a target's seeds.
    pub fn of(target: &Target) -> Shapes {
        let mut shapes = Shapes { values: Vec::new(), names: Vec::new() };
        for (_, input) in target.inputs("seeds") {
            let text = String::from_utf8_lossy(&input);
            for line in std::iter::once(&*text).chain(text.lines()) {
                if let Ok(value) = serde_json::from_str(line.trim_start_matches("data:").trim()) {
                    shapes.collect(value);
                }
            }
        }
        shapes
    }

    fn collect(&mut self, value: Value) {
        match &value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    if !self.names.contains(name) {
                        self.names.push(name.clone());
                    }
                    self.collect(field.clone());
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item.clone())),
            _ => {}
        }
        if !self.values.contains(&value) {
            self.values.push(value);
        }
    }

    /// An input made from another.
    pub fn mutate(&self, form: Form, input: &[u8], random: &mut Rng) -> Vec<u8> {
        match form {
            Form::Json => self.json(input, random),
            Form::Checkpoint if input.starts_with(b"LLMSPELL") && input.len() > HEAD => {
                let (head, body) = input.split_at(HEAD);
                let mut head = head.to_vec();
                if random.u8(..8) == 0 {
                    head[random.usize(..HEAD)] ^= 1 << random.u8(..8);
                }
                [head, self.json(body, random)].concat()
            }
            Form::Checkpoint => self.json(input, random),
            Form::Answer if input.first() == Some(&b'{') => self.json(input, random),
            Form::Answer => self.stream(input, random),
        }
    }

    fn json(&self, input: &[u8], random: &mut Rng) -> Vec<u8> {
        let mut value = serde_json::from_slice(input).unwrap_or_else(|_| self.any(random));
        for _ in 0..random.usize(1..4) {
            let nodes = count(&value);
            let mut at = random.usize(..nodes);
            if let Some(node) = node(&mut value, &mut at) {
                self.change(node, random);
            }
        }
        let mut text = Vec::with_capacity(input.len() * 2);
        write(&value, if random.u8(..4) == 0 { Some(random) } else { None }, &mut text);
        text
    }

    fn any(&self, random: &mut Rng) -> Value {
        random.choice(&self.values).cloned().unwrap_or(Value::Null)
    }

    fn name(&self, random: &mut Rng) -> String {
        random.choice(&self.names).cloned().unwrap_or_default()
    }

    fn change(&self, node: &mut Value, random: &mut Rng) {
        match (random.u8(..10), &mut *node) {
            (0 | 1, Value::Object(fields)) => {
                fields.insert(self.name(random), self.any(random));
            }
            (2, Value::Object(fields)) if !fields.is_empty() => {
                let at = random.usize(..fields.len());
                let name = fields.keys().nth(at).cloned().unwrap_or_default();
                fields.shift_remove(&name);
            }
            (3, Value::Object(fields)) if !fields.is_empty() => {
                let at = random.usize(..fields.len());
                let name = fields.keys().nth(at).cloned().unwrap_or_default();
                if let Some(value) = fields.shift_remove(&name) {
                    let name = if random.bool() { self.name(random) } else { odd_text(random) };
                    fields.insert(name, value);
                }
            }
            (0 | 1, Value::Array(items)) => items.insert(random.usize(..=items.len()), self.any(random)),
            (2, Value::Array(items)) if !items.is_empty() => {
                items.remove(random.usize(..items.len()));
            }
            (3, Value::Array(items)) if !items.is_empty() => {
                let item = items[random.usize(..items.len())].clone();
                // Three times in a row, repetitions of repetitions would fill the memory.
                let most = (MOST_REPEATED / item.to_string().len()).clamp(1, 40);
                items.extend(std::iter::repeat_n(item, random.usize(1..=most)));
            }
            (4, _) => {
                let levels = *random.choice(&[1, 2, 8, 100, 112, 113, 128, 129, 160, 161, 400]).unwrap_or(&1);
                let name = self.name(random);
                *node = (0..levels).fold(node.take(), |inner, _| {
                    if levels % 2 == 0 {
                        Value::Array(vec![inner])
                    } else {
                        Map::from_iter([(name.clone(), inner)]).into()
                    }
                });
            }
            (5, _) => *node = odd_text(random).into(),
            (6, _) => *node = odd_number(random),
            (7, _) => {
                *node = random
                    .choice(&[Value::Null, true.into(), Value::Array(vec![]), Map::new().into(), "".into()])
                    .cloned()
                    .unwrap_or_default()
            }
            _ => *node = self.any(random),
        }
    }

    /// Drops, doubles, moves and changes events, and how their lines end.
    fn stream(&self, input: &[u8], random: &mut Rng) -> Vec<u8> {
        let text = String::from_utf8_lossy(input).into_owned();
        let mut events: Vec<String> = text.split("\n\n").map(str::to_owned).collect();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..events.len());
            match random.u8(..8) {
                0 if events.len() > 1 => {
                    events.remove(at);
                }
                1 => events.insert(at, events[at].clone()),
                2 => {
                    let other = random.usize(..events.len());
                    events.swap(at, other);
                }
                3 => {
                    let odd = [
                        "data: [DONE]",
                        ": comment",
                        "event: error",
                        "data",
                        "data:",
                        "\u{feff}data: {}",
                        "id: 1\nretry: 5",
                        "data: {\ndata: }",
                    ];
                    events.insert(at, (*random.choice(&odd).unwrap_or(&"")).to_owned());
                }
                _ => {
                    if let Some(data) = events[at].strip_prefix("data:") {
                        let changed = self.json(data.trim().as_bytes(), random);
                        events[at] = format!("data: {}", String::from_utf8_lossy(&changed));
                    }
                }
            }
        }
        let end = *random.choice(&["\n\n", "\n\n", "\n\n", "\r\n\r\n", "\r\r", "\n\r\n"]).unwrap_or(&"\n\n");
        let mut bytes = events.join(end).into_bytes();
        if random.u8(..6) == 0 {
            bytes.truncate(random.usize(..=bytes.len()));
        }
        bytes
    }
}

/// Number of values in a value, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a number, counted from the outside.
fn node<'a>(value: &'a mut Value, at: &mut usize) -> Option<&'a mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| node(item, at)),
        Value::Object(fields) => fields.values_mut().find_map(|field| node(field, at)),
        _ => None,
    }
}

fn odd_text(random: &mut Rng) -> String {
    match random.u8(..9) {
        0 => "x".repeat(1 << random.u8(..16)),
        1 => "\u{0}".into(),
        2 => "\u{feff}\u{202e}😀\u{10ffff}".into(),
        3 => SECRET.into(),
        4 => "req_1".into(),
        5 => "../../etc/passwd".into(),
        6 => format!("{{\"a\":{}", "[".repeat(random.usize(..300))),
        7 => format!("http://{}:{}/", "h".repeat(random.usize(..300)), random.u32(..)),
        _ => String::new(),
    }
}

fn odd_number(random: &mut Rng) -> Value {
    match random.u8(..8) {
        0 => i64::MIN.into(),
        1 => u64::MAX.into(),
        2 => (i64::from(i32::MAX) + 1).into(),
        3 => (-1).into(),
        4 => 1e308.into(),
        5 => 0.1.into(),
        6 => random.u64(..).into(),
        _ => 0.into(),
    }
}

/// Writes a value; with `quirks` here and there as no good writer would.
fn write(value: &Value, mut quirks: Option<&mut Rng>, out: &mut Vec<u8>) {
    let mut odd = |chance: u8| quirks.as_deref_mut().is_some_and(|random| random.u8(..) < chance);
    if odd(6) {
        out.extend_from_slice(b"\t\n \r");
    }
    if odd(3) {
        let odds: [&[u8]; 8] =
            [b"NaN", b"1e999", b"-0", b"\"\\ud800\"", b"\xff\xfe", b"0123", b"\"\x01\"", b"18446744073709551616"];
        out.extend_from_slice(odds[out.len() % odds.len()]);
        return;
    }
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, quirks.as_deref_mut(), out);
            }
            if quirks.as_deref_mut().is_some_and(|random| random.u8(..) < 3) {
                out.push(b',');
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (at, (name, field)) in fields.iter().enumerate() {
                // The same name twice now and then, with the same value or one that a quirk makes another.
                let twice = quirks.as_deref_mut().is_some_and(|random| random.u8(..) < 12);
                for time in 0..=usize::from(twice) {
                    if at + time > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(Value::String(name.clone()).to_string().as_bytes());
                    out.push(b':');
                    write(field, quirks.as_deref_mut(), out);
                }
            }
            out.push(b'}');
        }
        other => out.extend_from_slice(other.to_string().as_bytes()),
    }
}
