//! Names of tools that are nearly right.

/// Namespaces that models put before a tool's name, as their training had them.
const NAMESPACES: [&str; 6] = ["functions", "function", "default_api", "tools", "tool", "multi_tool_use"];
/// Letters of a name for each that may be wrong in it.
const LETTERS_PER_SLIP: usize = 5;
/// Most letters that may be wrong.
const SLIPS: usize = 2;

/// The tool that a name stands for which is no tool's: one that differs in case, separators or a namespace, or by a slip of the
/// pen. `None` where there is no such tool, or more than one.
pub(crate) fn nearest<'a>(name: &str, tools: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let bare = without_namespace(name);
    let exact = |wanted: &str| tools.clone().find(|tool| *tool == wanted);
    if let Some(tool) = exact(bare) {
        return Some(tool);
    }
    let wanted = folded(bare);
    if wanted.is_empty() {
        return None;
    }
    let alike: Vec<&str> = tools.clone().filter(|tool| folded(tool) == wanted).take(2).collect();
    match alike.as_slice() {
        [one] => Some(one),
        [] => by_distance(&wanted, tools),
        _ => None,
    }
}

/// The name without a namespace before it and a running number behind it: `functions.add:0` is `add`.
fn without_namespace(name: &str) -> &str {
    let name = name.trim();
    let name = NAMESPACES
        .iter()
        .find_map(|space| name.strip_prefix(space)?.strip_prefix(['.', ':', '/']))
        .map_or(name, |rest| rest.trim_start_matches(':'));
    match name.rsplit_once(':') {
        Some((bare, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => name,
    }
}

/// The name's letters and digits in lower case.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The tool that is few slips away, when no other is nearly as near. Another first letter or another number makes another
/// word: `get_user` is not `set_user`, `read_v1` not `read_v2`.
fn by_distance<'a>(wanted: &str, tools: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (wanted.chars().count() / LETTERS_PER_SLIP).min(SLIPS);
    if most == 0 {
        return None;
    }
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut near: Option<(usize, &str)> = None;
    let mut clear = true;
    for tool in tools {
        let name = folded(tool);
        // One that is a slip further away would be a choice between two as well.
        if name.chars().count().abs_diff(wanted.chars().count()) > most + 1 {
            continue;
        }
        let distance = strsim::osa_distance(wanted, &name);
        if distance > most + 1 {
            continue;
        }
        clear = near.is_none();
        if !clear {
            break;
        }
        near = Some((distance, tool));
    }
    let (distance, tool) = near.filter(|_| clear)?;
    let same = folded(tool).chars().next() == wanted.chars().next() && digits(tool) == digits(wanted);
    (distance <= most && same).then_some(tool)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_name_leads_to_the_one_tool_that_it_can_mean() {
        let tools = ["get_weather", "files.read", "add", "readV1", "deploy-service"];
        for (name, wanted) in [
            ("getWeather", Some("get_weather")),
            ("GET-WEATHER", Some("get_weather")),
            ("functions.add", Some("add")),
            ("functions.add:0", Some("add")),
            ("default_api:add", Some("add")),
            ("files_read", Some("files.read")),
            ("get_wether", Some("get_weather")),
            ("deploy_services", Some("deploy-service")),
            ("set_weather", None),
            ("read_v2", None),
            ("ad", None),
            ("fly", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, tools.iter().copied()), wanted, "{name}");
        }
    }

    #[test]
    fn between_two_there_is_no_guess() {
        for tools in [["send_mail", "send-mail"], ["send_mails", "send_mailz"], ["sendmail_a", "sendmail_b"]] {
            assert_eq!(nearest("sendMail", tools.iter().copied()), None, "{tools:?}");
        }
    }
}
