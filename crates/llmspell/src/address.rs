//! Addresses in options and in the environment.
//!
//! An error shows what was given without user, password and query, which may be secrets.

use llmspell_core::json::quote;
use url::Url;

/// Characters of a given address that an error shows.
const QUOTED: usize = 80;

/// Checks the address of a provider and takes the slash from its end. The error says what was expected, with the provider's
/// own address as the `example`, and what was given.
pub(crate) fn base_url(text: &str, example: &str) -> Result<String, String> {
    let parsed = parse(text, &format!("such as {example}"))?;
    if has_user(text, &parsed) {
        return Err(format!("must not hold a user or password, got {}; use api_key or headers", shown(text)));
    }
    if text.contains(['?', '#']) {
        return Err(format!(
            "must end with its path, got {} with a ? or # after it; paths are added to it",
            shown(text)
        ));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The address that Ollama's variable `OLLAMA_HOST` stands for: a host without a port has 11434, or the scheme's own where
/// it has a scheme; an address that a server listens on but nobody can call is this machine
/// (<https://github.com/ollama/ollama/blob/main/envconfig/config.go>). What is no such address stays as it is.
pub(crate) fn ollama(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None if text.starts_with("ollama.com") => ("https", text),
        None => ("http", text),
    };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    // An IPv6 address has colons of its own.
    let is_bare_v6 = host.matches(':').count() > 1 && !host.starts_with('[');
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !is_bare_v6 && !port.ends_with(']') => (host, Some(port)),
        _ => (host, None),
    };
    let host = match host.trim_start_matches('[').trim_end_matches(']') {
        "" | "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" => "[::1]".to_owned(),
        v6 if v6.contains(':') => format!("[{v6}]"),
        host => host.to_owned(),
    };
    let own_port = text.contains("://") || scheme == "https";
    match port.or(if own_port { None } else { Some("11434") }) {
        Some(port) => format!("{scheme}://{host}:{port}{path}"),
        None => format!("{scheme}://{host}{path}"),
    }
}

/// Whether an address that was checked has a path.
pub(crate) fn has_path(url: &str) -> bool {
    url.split_once("://").is_some_and(|(_, rest)| rest.contains('/'))
}

/// Checks the address of a proxy, which may hold a user and a password. The error is like that of [`base_url`].
pub(crate) fn proxy(text: &str) -> Result<(), String> {
    parse(text, "such as http://proxy.example:3128, or an empty text for no proxy").map(drop)
}

fn parse(text: &str, example: &str) -> Result<Url, String> {
    let wrong = |why: &str| format!("expected an http:// or https:// address {example}, got {}{why}", shown(text));
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).ok_or_else(|| wrong(""))?;
    // The parser mends what follows, but nobody can mean it.
    if rest.starts_with(['/', '\\']) {
        return Err(wrong(" (no host)"));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong(" (a space, a line break or another control character in it)"));
    }
    Url::parse(text).map_err(|error| wrong(&format!(" ({error})")))
}

/// An `@` with nothing before it counts as well.
fn has_user(text: &str, parsed: &Url) -> bool {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', '?', '#']).next();
    host.is_some_and(|host| host.contains('@')) || !parsed.username().is_empty() || parsed.password().is_some()
}

/// The text in quotes for an error. Whatever stands before an `@` or after a `?` or `#` is left out, also where the text is
/// no address; so is a long text that has nothing of an address, which may be a key in the wrong place.
fn shown(text: &str) -> String {
    /// Longest text without a dot, colon or slash that is taken for the name of a host.
    const HOST: usize = 20;
    let web = ["http", "https"]
        .into_iter()
        .find(|scheme| text.split_once("://").is_some_and(|(written, _)| written.eq_ignore_ascii_case(scheme)));
    let open = match (text.rsplit_once('@'), web) {
        (Some((_, rest)), Some(scheme)) => format!("{scheme}://{rest}"),
        (Some((_, rest)), None) => rest.to_owned(),
        (None, _) => text.to_owned(),
    };
    let open = open.split(['?', '#']).next().unwrap_or_default();
    if open.is_empty() {
        "an empty one".to_owned()
    } else if open.len() > HOST && !open.contains(['.', ':', '/']) {
        format!("a text of {} characters", open.chars().count())
    } else {
        format!("{:?}", quote(open, QUOTED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<String, String> {
        base_url(text, "https://api.openai.com/v1")
    }

    #[test]
    fn ollama_s_hosts() {
        for (given, wanted) in [
            ("127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            (":8080", "http://127.0.0.1:8080"),
            ("box", "http://box:11434"),
            ("box/llm", "http://box:11434/llm"),
            ("[::]:1", "http://[::1]:1"),
            ("::1", "http://[::1]:11434"),
            ("[fe80::1]", "http://[fe80::1]:11434"),
            ("http://box", "http://box"),
            ("https://box:443/x", "https://box:443/x"),
            ("http://0.0.0.0:11434", "http://127.0.0.1:11434"),
            ("ollama.com", "https://ollama.com"),
        ] {
            assert_eq!(ollama(given), wanted, "{given}");
        }
    }

    #[test]
    fn addresses_of_providers_are_checked() {
        assert_eq!(checked("http://127.0.0.1:8080/v1/").unwrap(), "http://127.0.0.1:8080/v1");
        assert_eq!(checked("HTTPS://[::1]:1/").unwrap(), "HTTPS://[::1]:1");
        for (text, got) in [
            ("", "got an empty one"),
            ("localhost:80", "got \"localhost:80\""),
            ("ftp://x", "got \"ftp://x\""),
            ("http://", "got \"http://\" (empty host)"),
            ("http:///v1", "got \"http:///v1\" (no host)"),
            ("http:\\\\host", "got \"http:\\\\\\\\host\""),
            ("http://:80", "got \"http://:80\" (empty host)"),
            ("http://[zz", "got \"http://[zz\" (invalid IPv6 address)"),
            ("http://h:99999", "got \"http://h:99999\" (invalid port number)"),
            ("http://h:80x/v1", "got \"http://h:80x/v1\" (invalid port number)"),
            ("http://a b", "got \"http://a b\" (a space, "),
            ("http://256.256.256.256", "got \"http://256.256.256.256\" (invalid IPv4 address)"),
            ("http://x?y", "must end with its path, got \"http://x\" with a ? or # after it"),
            ("http://x/v1#y", "must end with its path, got \"http://x/v1\""),
        ] {
            let why = checked(text).unwrap_err();
            assert!(why.contains(got), "{text}: {why}");
            assert!(got.starts_with("must") || why.contains("such as https://api.openai.com/v1"), "{why}");
        }
    }

    #[test]
    fn addresses_of_proxies_are_checked() {
        for fine in ["http://proxy.example:3128", "https://user:pass@[::1]:1/", "http://user@h"] {
            proxy(fine).unwrap();
        }
        for (text, got) in [
            ("proxy.example:3128", "got \"proxy.example:3128\""),
            ("socks5://h:1080", "got \"socks5://h:1080\""),
            ("http://u:p@h:99999", "got \"http://h:99999\" (invalid port number)"),
        ] {
            let why = proxy(text).unwrap_err();
            assert!(why.contains(got) && why.contains("such as http://proxy.example:3128"), "{text}: {why}");
        }
    }

    #[test]
    fn errors_show_no_secret() {
        for text in [
            "http://u:s3cret@x/",
            "http://s3cret@[zz",
            "http://u:s3c?s3cret@h:99999",
            "http://u:s3c/s3cret@h",
            "s3cret@host",
            "ftp://u:s3cret@host",
            "u:s3cret://x@host",
            "http://h:99999/?key=s3cret",
            "http://h:99999/#s3cret",
            "http://h/?key=s3cret@x",
            "http://@h",
            "sk-0123456789abcdef-s3cret",
        ] {
            let why = checked(text).unwrap_err();
            assert!(!why.contains("s3c"), "{text}: {why}");
        }
    }
}
