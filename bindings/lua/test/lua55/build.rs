//! Compiles Lua 5.5 from the sources in `lua-src`, with the checks of its C API on: a call that breaks a rule aborts.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    lua_src::Build::new().debug(true).build(lua_src::Lua55);
}
