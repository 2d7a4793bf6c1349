//! JSON as a row of tokens, for shims that build the values of their language.

mod shortest;
mod tokens;

use crate::error::{llmspell_error, llmspell_status};
use crate::ffi::{Owned, free, guard, handle, into_raw, value};
use crate::str::llmspell_str;
use std::ffi::c_char;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokens::{Token, Tokens};

/// JSON token: there is no further token.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_END: i32 = 0;

/// JSON token: the value null.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_NULL: i32 = 1;

/// JSON token: the value false.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_FALSE: i32 = 2;

/// JSON token: the value true.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_TRUE: i32 = 3;

/// JSON token: an integer that fits 64 bits with sign, in `integer`.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_INTEGER: i32 = 4;

/// JSON token: any other number, in `number`.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_NUMBER: i32 = 5;

/// JSON token: a text, in `text`.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_STRING: i32 = 6;

/// JSON token: the name of an object's member, in `text`; the token after it begins the member's
/// value.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_KEY: i32 = 7;

/// JSON token: an array begins; `count` is the number of its elements.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_ARRAY: i32 = 8;

/// JSON token: the innermost open array ends.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_ARRAY_END: i32 = 9;

/// JSON token: an object begins; `count` is the number of its members.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_OBJECT: i32 = 10;

/// JSON token: the innermost open object ends.
///
/// @layer shim
/// @since 0.1
pub const LLMSPELL_JSON_OBJECT_END: i32 = 11;

/// A parsed JSON text that is read token by token. Free it with llmspell_json_free.
///
/// Calls on one of them must not overlap.
///
/// @layer shim
/// @since 0.1
pub struct llmspell_json {
    _private: [u8; 0],
}

/// One token of a JSON text. Set `struct_size` to `sizeof(llmspell_json_token)` before it is passed
/// to llmspell_json_next, so that a newer library knows which fields there are.
///
/// @layer shim
/// @since 0.1
#[repr(C)]
pub struct llmspell_json_token {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// What the token is, one of the LLMSPELL_JSON_ constants.
    pub r#type: i32,
    /// Value of an INTEGER, else 0.
    pub integer: i64,
    /// Value of a NUMBER or an INTEGER, else 0.
    pub number: f64,
    /// Text of a STRING or a KEY, without escapes, borrowed from the llmspell_json; else empty.
    pub text: llmspell_str,
    /// Number of elements of an ARRAY or members of an OBJECT, else 0.
    pub count: usize,
}

/// The shortest decimal that reads back as a given double: `digits` times ten to the power of `exponent`.
/// Set `struct_size` to `sizeof(llmspell_json_decimal)` before it is passed to llmspell_json_shortest.
///
/// @layer shim
/// @since 0.1
#[repr(C)]
pub struct llmspell_json_decimal {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// The power of ten.
    pub exponent: i32,
    /// At most 17 digits, the last of them not 0 unless it is the only one.
    pub digits: u64,
}

/// What a `llmspell_json` points to: the tokens and how far they have been read.
pub(crate) struct JsonObject {
    tokens: Tokens,
    next: AtomicUsize,
}

handle!(llmspell_json => JsonObject, Owned);

/// Parses a JSON text.
///
/// Errors: `argument` for what is not JSON or not UTF-8 (the message names the line and column) and
/// for nesting deeper than 160 (128 for a user's value and room for what wraps it).
///
/// @borrowed text until the call returns
/// @len text text_len
/// @out json
/// @owned json llmspell_json_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @layer shim
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_json_parse(
    text: *const c_char,
    text_len: usize,
    json: *mut *mut llmspell_json,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: the pointers follow the rules of the header, which `guard` and `Call` rely on.
    unsafe {
        guard("llmspell_json_parse", err, |call| {
            let out = call.out(json, "json")?;
            let text = call.text(text, text_len, "text")?;
            let tokens = Tokens::parse(text).map_err(|problem| call.argument("text", problem))?;
            out.set(into_raw(JsonObject { tokens, next: AtomicUsize::new(0) }));
            Ok(())
        })
    }
}

/// Reads the next token into `token` and tells whether there was one. At the end, and when an
/// argument is NULL or `struct_size` is smaller than this version's struct, the answer is false and
/// the token, if there is one, is LLMSPELL_JSON_END.
///
/// @borrowed json until the call returns
/// @out token
/// @borrowed token until the call returns
/// @layer shim
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_json_next(json: *mut llmspell_json, token: *mut llmspell_json_token) -> bool {
    if token.is_null() {
        return false;
    }
    // SAFETY: `token` points to a struct whose first fields exist in every version; `struct_size`
    // says whether the rest does.
    unsafe {
        let size = (*token).struct_size;
        (*token).r#type = LLMSPELL_JSON_END;
        if (size as usize) < size_of::<llmspell_json_token>() {
            return false;
        }
        *token = llmspell_json_token::new(size, LLMSPELL_JSON_END);
        value(json, false, |object| match object.advance() {
            Some(found) => {
                *token = object.show(size, found);
                true
            }
            None => false,
        })
    }
}

/// Frees a parsed JSON text. NULL is allowed.
///
/// @consumes json
/// @nullable json
/// @layer shim
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_json_free(json: *mut llmspell_json) {
    // SAFETY: the caller passes NULL or a parsed text that it owns and gives up.
    unsafe { free(json) }
}

/// Finds the fewest digits that read back as exactly `number`, without its sign, and of those the nearest
/// ones. Tells whether there are any: for NaN and the infinities, and when an argument is NULL or
/// `struct_size` is smaller than this version's struct, the answer is false.
///
/// @out decimal
/// @borrowed decimal until the call returns
/// @layer shim
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_json_shortest(number: f64, decimal: *mut llmspell_json_decimal) -> bool {
    if decimal.is_null() || !number.is_finite() {
        return false;
    }
    // SAFETY: `decimal` points to a struct whose first field exists in every version; it says whether the rest does.
    unsafe {
        let struct_size = (*decimal).struct_size;
        if (struct_size as usize) < size_of::<llmspell_json_decimal>() {
            return false;
        }
        let (digits, exponent) = shortest::decimal(number);
        *decimal = llmspell_json_decimal { struct_size, exponent, digits };
    }
    true
}

impl llmspell_json_token {
    fn new(struct_size: u32, r#type: i32) -> llmspell_json_token {
        llmspell_json_token { struct_size, r#type, integer: 0, number: 0.0, text: llmspell_str::EMPTY, count: 0 }
    }
}

impl JsonObject {
    fn advance(&self) -> Option<&Token> {
        let token = self.tokens.get(self.next.load(Ordering::Relaxed))?;
        self.next.fetch_add(1, Ordering::Relaxed);
        Some(token)
    }

    fn show(&self, size: u32, token: &Token) -> llmspell_json_token {
        let plain = |r#type| llmspell_json_token::new(size, r#type);
        match *token {
            Token::Null => plain(LLMSPELL_JSON_NULL),
            Token::False => plain(LLMSPELL_JSON_FALSE),
            Token::True => plain(LLMSPELL_JSON_TRUE),
            Token::Integer(integer) => {
                llmspell_json_token { integer, number: integer as f64, ..plain(LLMSPELL_JSON_INTEGER) }
            }
            Token::Number(number) => llmspell_json_token { number, ..plain(LLMSPELL_JSON_NUMBER) },
            Token::String(span) => llmspell_json_token { text: self.lend(span), ..plain(LLMSPELL_JSON_STRING) },
            Token::Key(span) => llmspell_json_token { text: self.lend(span), ..plain(LLMSPELL_JSON_KEY) },
            Token::Array(count) => llmspell_json_token { count, ..plain(LLMSPELL_JSON_ARRAY) },
            Token::ArrayEnd => plain(LLMSPELL_JSON_ARRAY_END),
            Token::Object(count) => llmspell_json_token { count, ..plain(LLMSPELL_JSON_OBJECT) },
            Token::ObjectEnd => plain(LLMSPELL_JSON_OBJECT_END),
        }
    }

    fn lend(&self, span: tokens::Span) -> llmspell_str {
        llmspell_str::lend(self.tokens.text(span))
    }
}
