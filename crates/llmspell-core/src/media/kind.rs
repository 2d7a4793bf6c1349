//! Types of pictures and files, by their first bytes and by their names.

use base64::Engine as _;

/// Enough of a file for each of the marks below.
const FIRST: usize = 32;

/// Marks at a file's begin; some have a second mark further on. Those of pictures and sound are in
/// <https://mimesniff.spec.whatwg.org/#matching-a-mime-type-pattern>.
const MARKS: [(&[u8], usize, &[u8], &str); 20] = [
    (b"\x89PNG", 0, b"", "image/png"),
    (b"\xff\xd8\xff", 0, b"", "image/jpeg"),
    (b"GIF87a", 0, b"", "image/gif"),
    (b"GIF89a", 0, b"", "image/gif"),
    (b"RIFF", 8, b"WEBP", "image/webp"),
    (b"RIFF", 8, b"WAVE", "audio/wav"),
    (b"", 4, b"ftypavif", "image/avif"),
    (b"", 4, b"ftyphei", "image/heic"),
    (b"", 4, b"ftypmif1", "image/heif"),
    (b"", 4, b"ftypM4A", "audio/mp4"),
    (b"", 4, b"ftypqt", "video/quicktime"),
    (b"", 4, b"ftyp", "video/mp4"),
    (b"II*\0", 0, b"", "image/tiff"),
    (b"MM\0*", 0, b"", "image/tiff"),
    (b"BM", 6, b"\0\0\0\0", "image/bmp"),
    (b"%PDF", 0, b"", "application/pdf"),
    (b"ID3", 0, b"", "audio/mpeg"),
    (b"OggS", 0, b"", "audio/ogg"),
    (b"fLaC", 0, b"", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", 0, b"", "video/webm"),
];

/// Ends of names and their types, as <https://www.iana.org/assignments/media-types> has them; of several ends of one type the
/// usual one first.
const ENDS: [(&str, &str); 33] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("tiff", "image/tiff"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("log", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("xml", "application/xml"),
    ("json", "application/json"),
    ("rtf", "application/rtf"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("ogg", "audio/ogg"),
    ("flac", "audio/flac"),
    ("m4a", "audio/mp4"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("epub", "application/epub+zip"),
    ("zip", "application/zip"),
];

/// The type that a file's first bytes tell.
pub(super) fn by_bytes(bytes: &[u8]) -> Option<&'static str> {
    let marked = MARKS.into_iter().find(|(begin, at, further, _)| {
        bytes.starts_with(begin) && bytes.get(*at..).is_some_and(|rest| rest.starts_with(further))
    });
    // A frame of MPEG audio, layer III, without a tag before it: 11 bits set, any version, then 01.
    let frame = || matches!(bytes, [0xff, second, ..] if second & 0xe6 == 0xe2).then_some("audio/mpeg");
    marked.map(|(.., kind)| kind).or_else(frame)
}

/// The first bytes of what base64 holds.
pub(super) fn first_bytes(data: &str) -> Vec<u8> {
    let begin = data.get(..FIRST / 3 * 4).unwrap_or(data);
    super::LENIENT.decode(begin).unwrap_or_default()
}

/// The type that the end of a name or an address tells.
pub(crate) fn by_name(name: &str) -> Option<&'static str> {
    let path = name.split(['?', '#']).next().unwrap_or_default();
    let (_, end) = path.rsplit_once('.')?;
    ENDS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(end)).map(|(_, kind)| kind)
}

/// A name for a file of this type that has none.
pub(crate) fn file_name(media_type: &str) -> String {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    match ENDS.into_iter().find(|(_, kind)| kind.eq_ignore_ascii_case(bare)) {
        Some((end, _)) => format!("file.{end}"),
        None => "file".to_owned(),
    }
}
