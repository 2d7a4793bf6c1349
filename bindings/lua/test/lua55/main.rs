//! Prints the folder that holds Lua 5.5: `include/lua.h`, `lib/liblua5.5.a` and the like.

fn main() {
    println!("{}", env!("OUT_DIR"));
}
