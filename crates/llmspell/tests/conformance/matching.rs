//! Matching as spec/README.md defines it.

use serde_json::Value;

/// Where a record is not what is expected.
pub fn problems(expected: &Value, record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("record", expected, Some(record), &mut found);
    found
}

/// The text that `[text, n]` stands for.
pub fn repeated(repeat: &Value) -> String {
    let times = usize::try_from(repeat[1].as_u64().unwrap()).unwrap();
    repeat[0].as_str().unwrap().repeat(times)
}

fn compare(at: &str, expected: &Value, got: Option<&Value>, found: &mut Vec<String>) {
    let got = got.filter(|value| !value.is_null());
    let fine = match (expected, got) {
        (Value::Object(members), _) if members.len() == 1 && members.keys().all(|key| key.starts_with('$')) => {
            members.iter().all(|(name, wanted)| matches(name, wanted, got))
        }
        (Value::Object(members), Some(Value::Object(others))) => {
            for (key, value) in members {
                compare(&format!("{at}.{key}"), value, others.get(key), found);
            }
            true
        }
        (Value::Array(list), Some(Value::Array(others))) => {
            if list.len() == others.len() {
                for (index, (value, other)) in list.iter().zip(others).enumerate() {
                    compare(&format!("{at}[{index}]"), value, Some(other), found);
                }
            }
            list.len() == others.len()
        }
        (Value::Number(number), Some(Value::Number(other))) => number == other || number.as_f64() == other.as_f64(),
        (Value::Null, None) => true,
        (_, Some(other)) => expected == other,
        (_, None) => false,
    };
    if !fine {
        let shown: String = got.map_or("nothing".to_owned(), Value::to_string).chars().take(300).collect();
        found.push(format!("{at}: expected {expected}, got {shown}"));
    }
}

fn fits(expected: &Value, got: Option<&Value>) -> bool {
    let mut found = Vec::new();
    compare("", expected, got, &mut found);
    found.is_empty()
}

fn matches(name: &str, wanted: &Value, got: Option<&Value>) -> bool {
    let list = got.and_then(Value::as_array);
    let text = got.and_then(Value::as_str);
    let count = wanted.as_u64().and_then(|count| usize::try_from(count).ok());
    match name {
        "$any" => got.is_some(),
        "$absent" => got.is_none(),
        "$length" => list.is_some_and(|list| Some(list.len()) == count),
        "$bytes" => text.is_some_and(|text| Some(text.len()) == count),
        "$has" => text.is_some_and(|text| text.contains(wanted.as_str().unwrap())),
        "$min" => got.and_then(Value::as_f64).is_some_and(|number| number >= wanted.as_f64().unwrap()),
        "$in" => wanted.as_array().unwrap().iter().any(|one| fits(one, got)),
        "$all" => wanted.as_array().unwrap().iter().all(|one| fits(one, got)),
        "$last" => list.and_then(|list| list.last()).is_some_and(|last| fits(wanted, Some(last))),
        "$contains" => list.is_some_and(|list| list.iter().any(|element| fits(wanted, Some(element)))),
        "$types" => list.is_some_and(|list| {
            let mut types: Vec<Value> = list.iter().map(|event| event["type"].clone()).collect();
            types.dedup();
            Value::from(types) == *wanted
        }),
        "$text" => list.is_some_and(|list| {
            let deltas = list.iter().filter(|event| event["type"] == "text_delta");
            deltas.filter_map(|event| event["text"].as_str()).collect::<String>() == *wanted
        }),
        "$repeat" => text.is_some_and(|text| text == repeated(wanted)),
        _ => panic!("this adapter does not know the matcher {name}"),
    }
}
