use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

fn part(value: Value) -> Part {
    serde_json::from_value(value).unwrap()
}

fn completed(value: Value) -> Result<Value, String> {
    let mut part = part(value);
    complete(&mut part).map(|()| serde_json::to_value(part).unwrap())
}

#[test]
fn the_type_of_data_is_found_in_its_first_bytes() {
    let found = |bytes: &[u8]| {
        let file = completed(json!({"type": "file", "data": STANDARD.encode(bytes)})).unwrap();
        file["media_type"].as_str().unwrap().to_owned()
    };
    for (bytes, kind) in [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\0", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypheic\0\0", "image/heic"),
        (b"\0\0\0\x18ftypisom\0\0", "video/mp4"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"ID3\x04\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"OggS\0\x02", "audio/ogg"),
        ("Grüße".as_bytes(), "text/plain"),
    ] {
        assert_eq!(found(bytes), kind);
    }
}

#[test]
fn a_name_tells_the_type_where_the_bytes_do_not() {
    let named = |name: &str| completed(json!({"type": "file", "data": "YSxi", "filename": name})).unwrap();
    assert_eq!(named("A.CSV")["media_type"], "text/csv");
    assert_eq!(named("a")["media_type"], "text/plain");
    assert_eq!(by_name("https://x.example/a.pdf?b=c.png"), Some("application/pdf"));
    assert_eq!(by_name("https://x.example/a"), None);
    assert_eq!((file_name("text/plain; charset=utf-8"), file_name("x/y")), ("file.txt".to_owned(), "file".to_owned()));
}

#[test]
fn a_data_url_is_split_and_other_urls_are_kept() {
    let image = |url: &str| completed(json!({"type": "image", "url": url})).unwrap();
    let data = json!({"type": "image", "data": "R0lGODlhAQ==", "media_type": "image/gif"});
    assert_eq!(image("data:image/gif;base64,R0lGODlhAQ=="), data);
    assert_eq!(image("DATA:;BASE64,R0lGODlhAQ=="), data);
    assert_eq!(image("data:application/octet-stream;base64,R0lGODlhAQ=="), data);
    assert_eq!(image("data:image/gif;name=a;base64,R0lGODlhAQ=="), data);
    for kept in ["https://x.example/a.png", "data:text/plain,hello", "dätä:"] {
        assert_eq!(image(kept), json!({"type": "image", "url": kept}));
    }
}

#[test]
fn what_providers_would_refuse_is_written_anew() {
    let data =
        |data: &str| completed(json!({"type": "file", "data": data, "media_type": "a/b"})).unwrap()["data"].clone();
    assert_eq!(data("aGVsbG8"), "aGVsbG8=");
    assert_eq!(data("aGVs\nbG8=\n"), "aGVsbG8=");
    assert_eq!(data("aGk="), "aGk=");
}

#[test]
fn what_cannot_be_sent_is_refused_by_its_place_and_without_its_content() {
    for (value, words) in [
        (json!({"type": "image", "data": "secret!"}), "the image's `data` is no base64"),
        (json!({"type": "image", "url": "data:image/png;base64,secret!"}), "the image's `url` is no base64"),
        (json!({"type": "file", "data": ""}), "the file's `data` is empty"),
        (json!({"type": "image", "data": "aGk="}), "the image's bytes do not tell its type; say its `media_type`"),
        (json!({"type": "file", "data": "AAECAw=="}), "the file's bytes do not tell its type; say its `media_type`"),
        (
            json!({"type": "image", "data": "JVBERi0xLjc="}),
            "this image is application/pdf; give it as a part of type `file`",
        ),
        (
            json!({"type": "image", "url": "https://secret", "data": "aGk="}),
            "exactly one of `url`, `data` and `file_id`, got `url` and `data`",
        ),
        (json!({"type": "file"}), "a file needs exactly one of `url`, `data` and `file_id`, got none"),
    ] {
        let why = completed(value).unwrap_err();
        assert!(why.contains(words) && !why.contains("secret"), "{why}");
    }
    let bad = json!({"role": "user", "content": ["x", {"type": "image", "data": "!"}]});
    let error = Message::read_input(json!([{"role": "user", "content": "x"}, bad])).unwrap_err();
    assert_eq!(error.kind, crate::error::Kind::Argument);
    assert!(error.message.starts_with("input: message 2, part 2: the image's `data`"), "{}", error.message);
    let error = Message::read_input(bad).unwrap_err();
    assert!(error.message.starts_with("input: part 2: the image's `data`"), "{}", error.message);
    let state = json!({"version": 1, "messages": [{"role": "user", "content": [{"type": "image", "data": "!"}]}]});
    let error = crate::conversation::Conversation::from_json(&state.to_string()).unwrap_err();
    assert!(error.message.starts_with("state: part 1: the image's `data`"), "{}", error.message);
}

#[test]
fn a_state_with_any_turn_of_a_model_is_read() {
    let turn = json!({"role": "assistant", "content": [{"type": "image", "data": "!"}]});
    let state = json!({"version": 1, "messages": [turn]}).to_string();
    assert_eq!(crate::conversation::Conversation::from_json(&state).unwrap().messages.len(), 1);
}

#[test]
fn codecs_get_one_source_with_its_type() {
    let of = |url, id, data, kind| Source::of("image", (url, id, data), kind, None);
    let png = STANDARD.encode(PNG);
    assert_eq!(of(None, None, Some(&png), None), Ok(Source::Data { media_type: "image/png", data: &png }));
    assert_eq!(of(None, None, Some("aGk="), Some("a/b")), Ok(Source::Data { media_type: "a/b", data: "aGk=" }));
    assert_eq!(of(None, None, Some("aGk="), None), Ok(Source::Data { media_type: UNKNOWN, data: "aGk=" }));
    let url = data_url("image/webp", "aGk=");
    assert_eq!(of(Some(&url), None, None, None), Ok(Source::Data { media_type: "image/webp", data: "aGk=" }));
    assert_eq!(of(Some("https://x"), None, None, None), Ok(Source::Url("https://x")));
    assert_eq!(of(None, Some("f"), None, None), Ok(Source::FileId("f")));
    assert!(of(Some("https://x"), Some("f"), None, None).is_err() && of(None, None, None, None).is_err());
}

proptest! {
    #[test]
    fn any_bytes_come_through_whole_and_twice_is_as_once(bytes in prop::collection::vec(any::<u8>(), 1..200), strip in any::<bool>()) {
        let mut data = STANDARD.encode(&bytes);
        if strip {
            data = data.trim_end_matches('=').to_owned();
        }
        let once = completed(json!({"type": "file", "data": data, "media_type": "a/b"})).unwrap();
        prop_assert_eq!(STANDARD.decode(once["data"].as_str().unwrap()).unwrap(), bytes);
        prop_assert_eq!(completed(once.clone()).unwrap(), once);
    }

    #[test]
    fn any_text_is_read_or_refused(url in ".*", data in ".*") {
        let _ = completed(json!({"type": "image", "url": url}));
        let _ = completed(json!({"type": "file", "data": data}));
        let _ = Source::of("file", (Some(&url), None, None), None, Some(&data));
    }
}
