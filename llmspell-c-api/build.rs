//! How the shared library is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    for argument in [
        // Programs look for this name: the number changes only with an ABI that breaks them.
        "-soname,libllmspell.so.0",
        // A thread of ours may still run when the host closes the library: its code must stay.
        "-z,nodelete",
        // Nothing of the libraries inside (ring, compression) may be seen by the host, which may have its own.
        "--exclude-libs,ALL",
        "--gc-sections",
    ] {
        println!("cargo:rustc-cdylib-link-arg=-Wl,{argument}");
    }
}
