//! How the addon is linked.

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    for argument in [
        // A thread of ours may still run when a worker's end closes the library: its code must stay.
        "-z,nodelete",
        "--gc-sections",
    ] {
        println!("cargo:rustc-cdylib-link-arg=-Wl,{argument}");
    }
}
