use super::*;
use bytes::Bytes;
use llmspell_core::http::Secret;

const KEY: &str = "sk-0123456789abcdef";

fn request(text: &str) -> HttpRequest {
    HttpRequest {
        exchange: 1,
        way: 0,
        url: "https://r.example/openai/deployments/d/chat/completions?api-version=2024-10-21".into(),
        headers: vec![("authorization".into(), Secret::new(format!("Bearer {KEY}")))],
        body: format!("{{\"messages\":[{text:?}]}}").into_bytes(),
        pace: None,
    }
}

struct Studio {
    folder: PathBuf,
    path: String,
}

impl Studio {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("llmspell-tape-{name}-{}", process_id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("c.yaml").to_string_lossy().into_owned();
        Self { folder, path }
    }

    fn recorder(&self, mode: RecordMode) -> Recorder {
        Recorder::new(&self.path, mode, Scrubber::new(&[]).unwrap(), Recorded::default()).unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap_or_default()
    }

    /// What each request of the cassette asked.
    fn asked(&self) -> Vec<String> {
        let asked = |exchange: &Exchange| {
            let body: serde_json::Value = serde_json::from_slice(&exchange.request.body).unwrap();
            body["messages"][0].as_str().unwrap().to_owned()
        };
        cassette::read("c", &self.text()).unwrap().iter().map(asked).collect()
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn begin(recorder: &Recorder, text: &str) -> Recording {
    recorder.begin(&request(text), &[]).unwrap()
}

fn end(mut recording: Recording, body: &'static [u8]) {
    recording.note(Piece::Head { status: 200, headers: Vec::new() });
    for byte in body.chunks(1) {
        recording.note(Piece::Bytes(Bytes::from_static(byte)));
    }
    assert!(matches!(recording.note(Piece::End), Piece::End));
}

#[test]
fn exchanges_stand_in_the_order_of_their_requests() {
    let studio = Studio::new("order");
    let recorder = studio.recorder(RecordMode::New);
    let (one, two, three) = (begin(&recorder, "one"), begin(&recorder, "two"), begin(&recorder, "three"));
    end(three, b"{}");
    assert_eq!(studio.text(), "", "it waits for those before it");
    end(one, b"{}");
    assert_eq!(studio.asked(), ["one"]);
    // Nobody answered: it leaves its place.
    drop(two);
    assert_eq!(studio.asked(), ["one", "three"]);
}

#[test]
fn what_was_written_is_not_written_again() {
    let studio = Studio::new("growth");
    let recorder = studio.recorder(RecordMode::New);
    end(begin(&recorder, "one"), b"{}");
    // Whoever else writes to the file is left alone: only the end is added to.
    let mine = studio.text().replace("one", "changed") + "# not the end of a line";
    fs::write(&studio.path, &mine).unwrap();
    for at in 0..3 {
        end(begin(&recorder, &format!("more {at}")), b"{}");
    }
    assert!(studio.text().starts_with(&mine));
    assert_eq!(studio.asked(), ["changed", "more 0", "more 1", "more 2"]);
    end(begin(&studio.recorder(RecordMode::New), "anew"), b"{}");
    assert_eq!(studio.asked(), ["anew"]);
    end(begin(&studio.recorder(RecordMode::Append), "added"), b"{}");
    assert_eq!(studio.asked(), ["anew", "added"]);
}

#[test]
fn a_process_that_was_killed_leaves_a_cassette() {
    let studio = Studio::new("killed");
    let recorder = studio.recorder(RecordMode::New);
    end(begin(&recorder, "one"), b"{}");
    let whole = studio.text();
    end(begin(&recorder, "two"), b"{}");
    let torn = studio.text();
    for cut in [whole.len() + 20, torn.len() - 10] {
        fs::write(&studio.path, torn.get(..cut).unwrap()).unwrap();
        assert_eq!(studio.asked(), ["one"]);
        end(begin(&studio.recorder(RecordMode::Append), "three"), b"{}");
        assert_eq!(studio.asked(), ["one", "three"]);
    }
}

#[test]
fn what_a_failed_write_left_is_not_cut_off() {
    const NAME: &str = "transport::tape::tests::what_a_failed_write_left_is_not_cut_off";
    const VARIABLE: &str = "LLMSPELL_TEST_TAPE";
    if let Ok(path) = std::env::var(VARIABLE) {
        let error = add_to(Path::new(&path), &"x".repeat(4096)).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
        return;
    }
    let studio = Studio::new("limit");
    end(begin(&studio.recorder(RecordMode::New), "one"), b"{}");
    let whole = studio.text();
    // A process that may write files of 1024 bytes at most.
    let mut child = std::process::Command::new("sh");
    child.args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
    let output = child.args(["--exact", NAME, "--nocapture"]).env(VARIABLE, &studio.path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let left = studio.text();
    assert!(left.starts_with(&whole) && left.len() > whole.len(), "what others wrote may stand behind it: {left}");
}

#[test]
fn a_key_in_pieces_of_an_answer_is_struck_out() {
    let studio = Studio::new("key");
    end(begin(&studio.recorder(RecordMode::New), KEY), b"data: you sent sk-0123456789abcdef\n\n");
    assert!(!studio.text().contains("0123456789"), "{}", studio.text());
    assert!(studio.text().contains("you sent [scrubbed]"), "{}", studio.text());
}

#[test]
fn an_address_with_a_query_is_recorded() {
    for (url, base, below) in [
        ("https://r.example/openai/d/chat?api-version=1", "https://r.example?api-version=1", true),
        ("https://r.example/openai/d/chat?api-version=1", "https://r.example", true),
        ("https://r.example/openai/d/chat?api-version=2", "https://r.example?api-version=1", false),
        ("https://r.example/openai/d/chat", "https://r.example?api-version=1", false),
        ("https://other.example/chat?api-version=1", "https://r.example?api-version=1", false),
    ] {
        assert_eq!(is_below(url, base), below, "{url} {base}");
    }
    let studio = Studio::new("azure");
    let base = "https://r.example?api-version=2024-10-21".to_owned();
    let recorder = studio.recorder(RecordMode::New);
    end(recorder.begin(&request("hi"), std::slice::from_ref(&base)).unwrap(), b"{}");
    let exchanges = cassette::read("c", &studio.text()).unwrap();
    assert_eq!(exchanges[0].recorded.base_url.as_ref(), Some(&base));
}
