//! One case: read, played, matched, written down.

use crate::matching;
use crate::ops;
use crate::world::World;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Where bytes go that other hosts go on from, and those that came from one.
pub struct Carry {
    /// File that they are written to.
    pub file: Option<PathBuf>,
    /// Bytes that this case goes on from.
    pub bytes: Option<Vec<u8>>,
}

/// The test of a case.
pub fn run(id: &str) {
    if list("SKIP").iter().any(|skipped| skipped == id) {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join(format!("spec/conformance/generated/cases/{id}.json"))).unwrap();
    let case = expanded(serde_json::from_str(&text).unwrap());
    let froms: Vec<Option<String>> = match case["given"].get("carried") {
        None => vec![None],
        Some(_) => list("FROM").into_iter().map(Some).collect(),
    };
    assert!(!froms.is_empty(), "no host has left bytes for this case; run `make conformance`");
    let complaints: Vec<String> = froms.iter().filter_map(|from| complaint(&case, from.as_deref())).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn setting(name: &str) -> Option<String> {
    std::env::var(format!("LLMSPELL_CONFORMANCE_{name}")).ok().filter(|value| !value.is_empty())
}

fn list(name: &str) -> Vec<String> {
    setting(name).unwrap_or_default().split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn file_name(id: &str) -> String {
    id.replace('/', "-")
}

/// What is wrong with a case that goes on from these bytes, or from none.
fn complaint(case: &Value, from: Option<&str>) -> Option<String> {
    let id = case["id"].as_str().unwrap();
    let host = setting("HOST").unwrap_or_else(|| "rust".to_owned());
    let folder = setting("CARRY").map(PathBuf::from);
    let bytes = from.map(|from| {
        let name = format!("{}@{from}", file_name(case["given"]["carried"].as_str().unwrap()));
        fs::read(folder.as_ref().unwrap().join(name)).unwrap()
    });
    let file = folder.as_ref().map(|folder| folder.join(format!("{}@{host}", file_name(id))));
    let world = World::new(Carry { file, bytes });
    let trouble = ops::play(&world, case);
    let record = world.into_record();
    let problems = match trouble {
        Err(trouble) => vec![format!("playing the case: {trouble}")],
        Ok(()) => judge(case, &record),
    };
    if let Some(logs) = setting("LOGS") {
        let mut log = json!({"id": id, "host": host, "problems": problems, "record": record});
        if let Some(from) = from {
            log["from"] = from.into();
        }
        let suffix = from.map(|from| format!("@{from}")).unwrap_or_default();
        fs::write(format!("{logs}/{}{suffix}.json", file_name(id)), log.to_string()).unwrap();
    }
    let from = from.map(|from| format!("from {from}: ")).unwrap_or_default();
    (!problems.is_empty()).then(|| format!("{from}{}\n{record}", problems.join("\n")))
}

/// What is wrong with a record: nothing when it fits `expect` or a variant of it.
fn judge(case: &Value, record: &Value) -> Vec<String> {
    let problems = matching::problems(&case["expect"], record);
    let variants = case["also_allowed"].as_array().unwrap();
    let fits = variants.iter().any(|variant| matching::problems(&variant["expect"], record).is_empty());
    if fits { Vec::new() } else { problems }
}

/// A case with `{$repeat: [text, n]}` and `{$scratch: name}` in `given` and `steps` as the texts that they stand for.
fn expanded(mut case: Value) -> Value {
    for part in ["given", "steps"] {
        case[part] = expand(case[part].take());
    }
    case
}

fn expand(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(expand).collect(),
        Value::Object(members) => match (members.get("$repeat"), members.get("$scratch")) {
            (Some(repeat), _) => matching::repeated(repeat).into(),
            (None, Some(name)) => scratch(name.as_str().unwrap()).into(),
            (None, None) => members.into_iter().map(|(key, inner)| (key, expand(inner))).collect(),
        },
        other => other,
    }
}

/// A file of this host's own that was not there before.
fn scratch(name: &str) -> String {
    let folder = setting("LOGS").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let path = folder.join(format!("scratch-{name}"));
    let _ = fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}
