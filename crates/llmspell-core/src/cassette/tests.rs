use super::*;
use crate::error::Kind;
use crate::http::{HttpRequest, Secret};
use proptest::prelude::*;
use serde_json::{Value, json};

const KEY: &str = "sk-0123456789abcdef/+ \"x";

fn request(body: &Value) -> HttpRequest {
    HttpRequest {
        exchange: 1,
        way: 0,
        url: "http://127.0.0.1:1/v1/chat/completions".into(),
        headers: vec![("authorization".into(), Secret::new(format!("Bearer {KEY}")))],
        body: body.to_string().into_bytes(),
        pace: None,
    }
}

fn said(text: &str) -> Value {
    json!({"model": "m", "messages": [{"role": "user", "content": text}]})
}

fn exchange(body: &Value, answer: &[u8]) -> Exchange {
    let request = Request::to("http://h/v1/chat/completions", Vec::new(), body.to_string().into_bytes());
    let base_url = Some("http://h/v1".to_owned());
    let recorded = Recorded { provider: Some("openai".into()), model: Some("m".into()), base_url };
    Exchange { recorded, request, response: Response { body: answer.to_vec(), ..Response::default() } }
}

fn tape(exchanges: &[Exchange]) -> String {
    exchanges.iter().map(write).collect()
}

fn deck(exchanges: &[Exchange], matching: Match) -> Deck {
    Deck::new("tape.yaml", &tape(exchanges), matching, Scrubber::new(&[]).unwrap()).unwrap()
}

#[test]
fn a_cassette_reads_well() {
    let mut one = exchange(&said("Hello"), b"data: {\"a\":1}\n\ndata: [DONE]\n\n");
    one.response.headers.push(("content-type".into(), "text/event-stream".into()));
    let expected = r#"--- # exchange
recorded:
  base_url: "http://h/v1"
  model: "m"
  provider: "openai"
when:
  path: "/v1/chat/completions"
  method: "POST"
  query_param: []
  header: []
  body: |
    {
      "messages": [
        {
          "content": "Hello",
          "role": "user"
        }
      ],
      "model": "m"
    }
then:
  status: 200
  header:
    - { name: "content-type", value: "text/event-stream" }
  body: |+
    data: {"a":1}

    data: [DONE]

...
"#;
    assert_eq!(write(&one), expected);
    let back = read("t", expected).unwrap();
    assert_eq!(back[0].response, one.response);
    assert_eq!(back[0].recorded, one.recorded);
    assert_eq!(json_of(&back[0].request.body), json_of(&one.request.body));
}

#[test]
fn what_is_no_cassette_is_told_with_its_line() {
    for (text, words) in [
        ("", "t: the cassette holds no exchange"),
        ("when: 5", "t:1: `when` is missing"),
        ("when:\n  path: /x\n  method: POST\n", "t:1: `then` is missing"),
        ("when: {path: /x}\nthen: {status: 99}", "t:2: `status`: expected"),
        ("when: {path: /x}\nthen:\n  header: 5\n", "t:3: `header`: expected a list"),
        ("when: {path: /x}\nthen:\n  body_json: 5\n", "t:3: `body_json` is not read"),
        ("when: {path: /x}\nthen: {body: '%', body_encoding: base64}", "t:2: `body`: this is no base64"),
        ("when: {path: x}\nthen: {}", "t:1: `path` is missing"),
        ("a: &x 1\nb: *x", "t:2: aliases"),
        ("a: [1", "t:"),
        ("a: 1\na: 2", "t:2: \"a\" is there twice"),
        (&"[".repeat(100_000), "t:1: this is no YAML: recursion limit"),
    ] {
        let error = read("t", text).unwrap_err();
        assert_eq!(error.kind, Kind::Config);
        assert!(error.message.starts_with(words), "{words}: {}", error.message);
    }
}

#[test]
fn strict_takes_the_next_and_tells_what_differs() {
    let deck = deck(&[exchange(&said("one"), b"1"), exchange(&said("two"), b"2")], Match::Strict);
    let wrong = deck.take(&request(&said("two"))).unwrap_err();
    assert_eq!(wrong.kind, Kind::NotFound);
    assert!(!wrong.retryable);
    for words in ["tape.yaml", "exchange 1 of 2", "body.messages[0].content: recorded \"one\", got \"two\"", "loose"] {
        assert!(wrong.message.contains(words), "{}", wrong.message);
    }
    assert_eq!(deck.take(&request(&said("one"))).unwrap().body, b"1");
    assert_eq!(deck.exchanges().filter(|(_, played)| *played).count(), 1);
    assert_eq!(deck.take(&request(&said("two"))).unwrap().body, b"2");
    let over = deck.take(&request(&said("two"))).unwrap_err();
    assert!(over.message.contains("all its 2 exchanges were played"), "{}", over.message);
}

#[test]
fn loose_takes_whichever_ends_with_the_same_message() {
    let with = |first: &str, last: &str| json!({"contents": [first, last], "temperature": 1});
    let deck = deck(
        &[exchange(&with("x", "a"), b"1"), exchange(&with("y", "a"), b"2"), exchange(&with("z", "b"), b"3")],
        Match::Loose,
    );
    assert_eq!(deck.take(&request(&with("?", "b"))).unwrap().body, b"3");
    assert_eq!(deck.take(&request(&with("y", "a"))).unwrap().body, b"2", "the one that is the same throughout");
    assert_eq!(deck.take(&request(&with("y", "a"))).unwrap().body, b"1");
    assert!(deck.take(&request(&with("y", "a"))).is_err());
}

#[test]
fn a_miss_shows_no_secret_and_stays_short() {
    let deck = deck(&[exchange(&said("one"), b"1")], Match::Strict);
    let error = deck.take(&request(&said(&format!("the key is {KEY}")))).unwrap_err();
    assert!(!error.message.contains("0123456789"), "{}", error.message);
    let many: Value = (0..10_000)
        .map(|at| (format!("m{at}"), Value::from("x".repeat(1000))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let error = deck.take(&request(&many)).unwrap_err();
    assert!(error.message.len() < 2000, "{}", error.message.len());
}

#[test]
fn cassettes_of_others_are_played() {
    let text = "when:\n  path: /v1/chat/completions\n  method: POST\n  query_param: []\n  body: '{\"b\":1,\"a\":2.0}'\nthen:\n  status: 200\n  header:\n  - name: Content-Type\n    value: application/json\n  body: '{}'\n---\n";
    let deck = Deck::new("t", text, Match::Strict, Scrubber::new(&[]).unwrap()).unwrap();
    let answer = deck.take(&request(&json!({"a": 2, "b": 1}))).unwrap();
    assert_eq!(answer.headers, [("content-type".to_owned(), "application/json".to_owned())]);
}

#[test]
fn what_differs_from_day_to_day_is_struck_out() {
    let mut one = exchange(&said("\"created\":1234567890"), br#"{"created":1763750000,"created_at": "2026-11-21T10:00:00Z","request_id":"req_9","args":"{\"created\":1763750000}"}"#);
    one.response.headers =
        ["Date", "X-Request-Id", "Set-Cookie", "Retry-After"].map(|name| (name.to_owned(), "5".to_owned())).to_vec();
    Scrubber::new(&["[0-9]{4}-x".into()]).unwrap().exchange(&mut one);
    assert_eq!(one.response.headers, [("retry-after".to_owned(), "5".to_owned())]);
    assert_eq!(
        String::from_utf8(one.response.body).unwrap(),
        r#"{"created":0,"created_at": "1970-01-01T00:00:00Z","request_id":"scrubbed","args":"{\"created\":1763750000}"}"#
    );
    assert!(
        String::from_utf8(one.request.body).unwrap().contains("1234567890"),
        "inside a text it is somebody's words"
    );
    assert!(Scrubber::new(&["(".into()]).unwrap_err().contains("no regular expression"));
}

#[test]
fn a_document_that_broke_off_is_passed_over() {
    let (one, two) = (exchange(&said("one"), b"first\n"), exchange(&said("two"), b"second"));
    let (first, second) = (write(&one), write(&two));
    for cut in BROKEN_FROM..second.len() - "\n".len() {
        let Some(torn) = second.get(..cut) else { continue };
        for text in [format!("{first}{torn}"), format!("{first}{torn}\n{first}"), format!("{torn}\n{first}")] {
            let count = text.matches(&first).count();
            match read("t", &text) {
                Ok(exchanges) if cut < second.len() - "...\n".len() => {
                    assert_eq!(exchanges.len(), count, "{text}");
                    assert!(exchanges.iter().all(|back| back.response == one.response), "{text}");
                }
                Ok(_) => {}
                Err(error) => panic!("{text}: {error}"),
            }
        }
    }
    let error = read("t", &format!("{}\nwhen: 5\n", second.get(..second.len() - 4).unwrap())).unwrap_err();
    assert!(error.message.starts_with("t: the cassette holds no exchange"), "{error}");
    let lines = second.lines().count();
    let error = read("t", &format!("{}---\nwhen: 5\n--- # exchange\n", first)).unwrap_err();
    assert!(error.message.starts_with(&format!("t:{}: ", lines + 2)), "{error}");
}

#[test]
fn documents_without_their_last_line_are_read_where_none_has_it() {
    let (one, two) = (exchange(&said("one"), b"first\n"), exchange(&said("two"), b"second"));
    let formatted = |exchange: &Exchange| write(exchange).replace("\n...\n", "\n");
    let bodies = |text: &str| -> Vec<Vec<u8>> {
        read("t", text).unwrap().into_iter().map(|exchange| exchange.response.body).collect()
    };
    assert_eq!(bodies(&formatted(&one)), [b"first\n"]);
    assert_eq!(bodies(&format!("{}{}", formatted(&one), formatted(&two))), [&b"first\n"[..], b"second"]);
    assert_eq!(bodies(&format!("{}{}", formatted(&one), write(&two))), [b"second"], "the first broke off");
    let wrong = formatted(&two).replace("status: 200", "status: 2");
    assert!(read("t", &format!("{}{wrong}", formatted(&one))).unwrap_err().message.contains("`status`"));
    let torn = write(&one).get(..40).unwrap().to_owned();
    let error = read("t", &torn).unwrap_err();
    assert!(error.message.ends_with("(1 broke off while written)"), "{error}");
}

#[test]
fn the_first_line_of_a_document_is_a_line() {
    let text = write(&exchange(&said("one"), b"first\n"));
    let noted = text.replacen("when:", "# before it stood --- # exchange\nwhen:", 1);
    assert_ne!(noted, text);
    assert_eq!(read("t", &noted).unwrap().len(), 1);
}

/// A document is known by its first line.
const BROKEN_FROM: usize = "--- # exchange\n".len();

#[test]
fn a_word_of_a_header_is_a_word() {
    let mut scrubber = Scrubber::new(&[]).unwrap();
    let headers = [
        ("x-title", "Support assistant"),
        ("X-Team", "payments assistant"),
        ("User-Agent", "assistant"),
        ("Authorization", "Bearer sk-0123456789abcdef"),
        ("cookie", "session=0123456789-cookie; theme=dark"),
        ("x-auth", "Token 0123456789-token"),
        ("api-key", "0123456789-azure"),
    ];
    let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
    scrubber.add_of_request("http://h/?key=0123456789-query", &headers);
    let said = json!({"messages": [{"role": "assistant", "content": "Support, payments: sk-0123456789abcdef \
        0123456789-cookie 0123456789-token 0123456789-azure 0123456789-query of payments assistant"}]});
    let mut one = exchange(&said, said.to_string().as_bytes());
    scrubber.exchange(&mut one);
    for body in [&one.request.body, &one.response.body] {
        let body: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body["messages"][0]["role"], "assistant");
        assert_eq!(
            body["messages"][0]["content"],
            format!("Support, payments: {} of [scrubbed]", ["[scrubbed]"; 5].join(" "))
        );
    }
}

#[test]
fn arguments_are_played_as_they_were() {
    let body = br#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"},"args":{"created":1763750000,"request_id":"r"}}]}}],"created":1763750000}"#;
    let asked = json!({"messages": [{"role": "user", "content": "x"}], "tools": [{"parameters": {"created_at": "2026-11-21T10:00:00Z"}}],
        "input": {"created": 1_763_750_000}});
    let mut one = exchange(&asked, body);
    Scrubber::new(&[]).unwrap().exchange(&mut one);
    let answer: Value = serde_json::from_slice(&one.response.body).unwrap();
    assert_eq!(
        answer["choices"][0]["message"]["tool_calls"][0]["args"],
        json!({"created": 1_763_750_000, "request_id": "r"})
    );
    assert_eq!(answer["created"], 0);
    assert_eq!(json_of(&one.request.body).unwrap(), asked);
}

#[test]
fn an_escape_in_a_request_hides_no_secret() {
    let mut one = exchange(&Value::Null, b"");
    one.request.body = br#"{"messages":["\u0073k-0123456789abcdef"]}"#.to_vec();
    let mut scrubber = Scrubber::new(&[]).unwrap();
    scrubber.add(["sk-0123456789abcdef"]);
    scrubber.exchange(&mut one);
    assert!(!write(&one).contains("0123456789"), "{}", write(&one));
}

/// A secret as it may come up in a body.
fn spelled(secret: &str, how: usize, before: &str) -> Vec<u8> {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    let joined = format!("{before}{secret}");
    match how {
        0 => joined.into_bytes(),
        1 => STANDARD.encode(joined).into_bytes(),
        2 => URL_SAFE.encode(joined).into_bytes(),
        3 => joined
            .bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect::<String>()
            .into_bytes(),
        4 => Value::from(joined).to_string().into_bytes(),
        _ => [b"\xff\xfe".as_slice(), secret.as_bytes()].concat(),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(body in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,80}", lines in "[ \\ta-c:#|\\-\"'\\n\\r]{0,60}", status in 200_u16..600) {
        for body in [body.clone(), text.clone().into_bytes(), lines.clone().into_bytes()] {
            let mut one = exchange(&json!({"x": text}), &body);
            one.response.status = status;
            one.response.headers.push(("content-type".into(), text.clone()));
            one.request.query.push((text.clone(), lines.clone()));
            let back = read("t", &tape(&[one.clone(), one.clone()])).unwrap();
            prop_assert_eq!(back.len(), 2);
            for back in back {
                prop_assert_eq!(&back.response, &one.response);
                prop_assert_eq!(&back.request.query, &one.request.query);
                prop_assert_eq!(json_of(&back.request.body), json_of(&one.request.body));
            }
        }
    }

    #[test]
    fn a_request_that_is_no_json_is_read_back(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assume!(json_of(&body).is_none());
        let mut one = exchange(&Value::Null, b"");
        one.request.body.clone_from(&body);
        prop_assert_eq!(&read("t", &write(&one)).unwrap()[0].request.body, &body);
    }

    #[test]
    fn no_secret_is_left(secret in "[!-~]{8,40}", before in "[a-z ]{0,20}", how in 0_usize..6, place in 0_usize..5, given in 0_usize..5) {
        // What the rest of the exchange says by itself is no secret.
        prop_assume!(!"http://h/v1/chat/completions openai content-type application/json messages content".contains(&secret));
        let spelled = spelled(&secret, how, &before);
        let mut one = exchange(&said("x"), b"y");
        let text = String::from_utf8_lossy(&spelled).into_owned();
        match place {
            0 => one.response.body = spelled.clone(),
            1 => one.request.body = spelled.clone(),
            2 => one.request.body = said(&text).to_string().into_bytes(),
            3 => one.response.headers.push(("content-type".into(), text)),
            _ => one.request.query.push(("q".into(), text)),
        }
        let mut scrubber = Scrubber::new(&[]).unwrap();
        let (url, name, value) = match given {
            0 => ("http://h/".to_owned(), "x-api-key", secret.clone()),
            1 => ("http://h/".to_owned(), "Authorization", format!("Bearer {secret}")),
            2 => ("http://h/".to_owned(), "x-custom", format!("token {secret}")),
            3 if !secret.contains(';') => ("http://h/".to_owned(), "cookie", format!("a=b; sid={secret}")),
            _ => (format!("http://h/?key={secret}"), "content-type", "text/plain".to_owned()),
        };
        prop_assume!(!url.contains("?key=") || !secret.contains(['&', '#']));
        scrubber.add_of_request(&url, &[(name.to_owned(), Secret::new(value))]);
        scrubber.exchange(&mut one);
        let left = [one.response.body, one.request.body, format!("{:?} {:?}", one.response.headers, one.request.query).into_bytes()].concat();
        let core = match how {
            // The characters that depend on the secret alone.
            1 | 2 => spelled[(before.len() * 8).div_ceil(6)..(before.len() + secret.len()) * 8 / 6].to_vec(),
            _ => secret.into_bytes(),
        };
        prop_assert!(memchr::memmem::find(&left, &core).is_none(), "{}", String::from_utf8_lossy(&left));
    }

    #[test]
    fn any_text_is_a_cassette_or_an_error(text in "[ \\n\\-:|>\\[\\]{}\"'#&*!%@a-z0-9]{0,120}") {
        let _ = read("t", &text);
    }
}

#[test]
fn recordings_of_others_are_read_where_they_lie() {
    let Some(folder) = std::env::var_os("LLMSPELL_CORPUS") else {
        eprintln!("LLMSPELL_CORPUS names no recordings: not read");
        return;
    };
    let mut folders = vec![std::path::PathBuf::from(folder)];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                let exchanges = read(&path.to_string_lossy(), &std::fs::read_to_string(&path).unwrap()).unwrap();
                let again = read("again", &tape(&exchanges)).unwrap();
                assert_eq!(exchanges.len(), again.len());
                for (one, other) in exchanges.iter().zip(&again) {
                    assert!(one.response == other.response, "{}", path.display());
                    count += 1;
                }
            }
        }
    }
    assert!(count > 0, "the folder holds no recording");
}
