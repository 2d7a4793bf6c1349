//! Finds sums in a sentence: `What is 15 * 23?` holds the expression `15 * 23`.
//!
//! Numbers, `+ - * / % ^`, brackets, and the words people use for them (`times`, `plus`, `divided by` …). An
//! expression needs at least one operator; it is written back in one canonical form that Lua, JavaScript and C read.

use std::iter::Peekable;

/// Brackets inside brackets that are followed; deeper ones are not an expression to us.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(String),
    Op(char),
    Open,
    Close,
    /// Anything that cannot be inside an expression.
    Other,
}

/// Every arithmetic expression of `message`, from left to right, in canonical form (`15 * 23`, `(1 + 2) / 4`).
pub(super) fn expressions(message: &str) -> Vec<String> {
    let tokens = tokens(message);
    let mut found = Vec::new();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        match Parser::new(rest).expression() {
            Some((text, used)) => {
                found.push(text);
                rest = rest.get(used..).unwrap_or_default();
            }
            None => rest = rest.get(1..).unwrap_or_default(),
        }
    }
    found
}

/// The numbers of `message` in their order, as JSON would write them. A sign belongs to the number when no number
/// comes before it.
pub(super) fn numbers(message: &str) -> Vec<String> {
    let tokens = tokens(message);
    let mut found = Vec::new();
    let mut previous: Option<&Token> = None;
    let mut negative = false;
    for token in &tokens {
        match token {
            Token::Number(text) => found.push(if negative { format!("-{text}") } else { text.clone() }),
            Token::Op('-') => {
                negative = !matches!(previous, Some(Token::Number(_) | Token::Close));
                previous = Some(token);
                continue;
            }
            _ => {}
        }
        negative = false;
        previous = Some(token);
    }
    found
}

fn tokens(message: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut chars = message.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_ascii_digit() {
            out.push(Token::Number(number(&mut chars)));
            continue;
        }
        if c.is_alphabetic() {
            push_word(&mut out, &word(&mut chars));
            continue;
        }
        chars.next();
        match c {
            '+' | '/' | '%' | '^' | '*' => out.push(Token::Op(c)),
            '-' | '−' => out.push(Token::Op('-')),
            '×' | '·' => out.push(Token::Op('*')),
            '÷' => out.push(Token::Op('/')),
            '(' => out.push(Token::Open),
            ')' => out.push(Token::Close),
            c if c.is_whitespace() => {}
            _ => out.push(Token::Other),
        }
    }
    out
}

fn number(chars: &mut Peekable<std::str::Chars<'_>>) -> String {
    let mut text = String::new();
    let mut ahead = chars.clone();
    let mut point = false;
    while let Some(c) = ahead.next() {
        let next_is_digit = ahead.peek().is_some_and(char::is_ascii_digit);
        match c {
            '0'..='9' => text.push(c),
            '.' if !point && next_is_digit => {
                point = true;
                text.push(c);
            }
            // A comma between digits groups thousands: 1,250.
            ',' if !point && next_is_digit => {}
            _ => break,
        }
        chars.next();
    }
    let whole = text.trim_start_matches('0');
    if whole.is_empty() || whole.starts_with('.') { format!("0{whole}") } else { whole.to_owned() }
}

fn word(chars: &mut Peekable<std::str::Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next_if(|c| c.is_alphanumeric()) {
        text.extend(c.to_lowercase());
    }
    text
}

fn push_word(out: &mut Vec<Token>, word: &str) {
    match word {
        "x" | "times" | "multiplied" => out.push(Token::Op('*')),
        "plus" => out.push(Token::Op('+')),
        "minus" => out.push(Token::Op('-')),
        "divided" => out.push(Token::Op('/')),
        "by" if matches!(out.last(), Some(Token::Op('*' | '/'))) => {}
        _ => out.push(Token::Other),
    }
}

/// Reads one expression from the front of a list of tokens.
struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    operators: usize,
    text: String,
}

impl<'a> Parser<'a> {
    fn new(tokens: &'a [Token]) -> Self {
        Parser { tokens, at: 0, operators: 0, text: String::new() }
    }

    /// The expression and how many tokens it took; `None` when there is none, or no operator in it.
    fn expression(mut self) -> Option<(String, usize)> {
        self.sum(0)?;
        (self.operators > 0).then_some((self.text, self.at))
    }

    fn sum(&mut self, depth: usize) -> Option<()> {
        self.term(depth)?;
        // An operator without something after it ends the expression before it: "5 + 3 - what?".
        while let Some(Token::Op(op)) = self.tokens.get(self.at) {
            let (at, length, operators) = (self.at, self.text.len(), self.operators);
            self.at += 1;
            self.operators += 1;
            self.text.push_str(&format!(" {op} "));
            if self.term(depth).is_none() {
                (self.at, self.operators) = (at, operators);
                self.text.truncate(length);
                break;
            }
        }
        Some(())
    }

    fn term(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.tokens.get(self.at) == Some(&Token::Op('-')) {
            self.at += 1;
            self.text.push('-');
        }
        match self.tokens.get(self.at)? {
            Token::Number(text) => {
                self.at += 1;
                self.text.push_str(text);
                Some(())
            }
            Token::Open => {
                self.at += 1;
                self.text.push('(');
                self.sum(depth + 1)?;
                (self.tokens.get(self.at)? == &Token::Close).then_some(())?;
                self.at += 1;
                self.text.push(')');
                Some(())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_expressions_in_sentences() {
        for (message, expected) in [
            ("What is 15 * 23?", vec!["15 * 23"]),
            ("15*23", vec!["15 * 23"]),
            ("what are 15 times 23 and 144 divided by 12", vec!["15 * 23", "144 / 12"]),
            ("(1 + 2.50) × 4 please", vec!["(1 + 2.50) * 4"]),
            ("is -5 + 3 negative", vec!["-5 + 3"]),
            ("1,250 plus 3", vec!["1250 + 3"]),
            ("5 + 3 - what?", vec!["5 + 3"]),
            ("((7))", vec![]),
            ("I have 3 apples", vec![]),
            ("(2 + 3", vec!["2 + 3"]),
            ("2 ^ 10 % 7", vec!["2 ^ 10 % 7"]),
            ("", vec![]),
        ] {
            assert_eq!(expressions(message), expected, "{message}");
        }
    }

    #[test]
    fn deep_brackets_are_no_expression_and_do_not_overflow_the_stack() {
        let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(expressions(&deep), Vec::<String>::new());
    }

    #[test]
    fn numbers_come_in_order_with_their_sign() {
        assert_eq!(numbers("from -3 to 007.5, 12-4"), ["-3", "7.5", "12", "4"]);
        assert_eq!(numbers("none"), Vec::<String>::new());
        assert_eq!(numbers("0 and 0.5"), ["0", "0.5"]);
    }
}
