//! What a model can do, from its name.

use crate::codec::OutputMode;

/// The major version in a model's name: 3 for `gemini-3-flash-preview`, and for names that follow the newest model.
fn version(model: &str) -> Option<u32> {
    let name = model.rsplit('/').next().unwrap_or(model);
    let rest = name.strip_prefix("gemini-")?;
    let digits: &str = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    match digits.parse() {
        Ok(version) => Some(version),
        // `gemini-flash-latest`
        Err(_) => rest.ends_with("-latest").then_some(3),
    }
}

/// Whether the model is of the third generation or later: it checks signatures of function calls, takes pictures inside
/// function responses, and combines tools with a form for the answer.
pub(super) fn is_third_generation(model: &str) -> bool {
    version(model).is_some_and(|version| version >= 3)
}

/// How the model is held to a schema. Gemma, which the same API serves, has neither function calls nor JSON answers.
pub(super) fn output_mode(model: &str) -> OutputMode {
    if model.rsplit('/').next().is_some_and(|name| name.starts_with("gemma")) {
        OutputMode::Prompt
    } else {
        OutputMode::Native
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations() {
        for (model, third) in [
            ("gemini-3-flash-preview", true),
            ("models/gemini-3.1-pro", true),
            ("gemini-flash-latest", true),
            ("gemini-2.5-flash", false),
            ("gemini-1.5-pro-latest", false),
            ("gemini-pro", false),
            ("gemma-3-27b-it", false),
        ] {
            assert_eq!(is_third_generation(model), third, "{model}");
        }
        assert_eq!(output_mode("gemma-3-27b-it"), OutputMode::Prompt);
        assert_eq!(output_mode("gemini-2.5-flash"), OutputMode::Native);
    }
}
