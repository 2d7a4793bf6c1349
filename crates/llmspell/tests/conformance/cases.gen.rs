// Written by `make gen` from spec/cases; edit those.

mod r#chat {
    #[test]
    fn r#plain() {
        crate::case::run("chat/plain");
    }
}

mod r#tools {
    #[test]
    fn r#two_in_one_turn() {
        crate::case::run("tools/two_in_one_turn");
    }
}
