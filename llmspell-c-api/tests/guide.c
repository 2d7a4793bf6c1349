/* The programs in docs/c.md compile as they stand and do what the page says. */
#define _POSIX_C_SOURCE 200809L
#include "tap.h"

/* Takes program number `n` out of the page, compiles it, and looks for words in what it prints. */
static void program(int n, const char *words)
{
    static const char script[] =
        "dir=$(mktemp -d) && trap 'rm -rf \"$dir\"' EXIT && "
        "awk -v n=%d '/^```c$/ { at++; next } /^```/ { if (at == n) exit } at == n' docs/c.md > \"$dir/program.c\" && "
        "\"${CC:-cc}\" -std=c99 -Wall -Wextra -Wpedantic -Werror -I\"${BUILD:-build}/include\" -o \"$dir/program\" \"$dir/program.c\" "
        "\"${BUILD:-build}/lib/libllmspell.a\" -lpthread -ldl -lm && \"$dir/program\" | grep -qF '%s'";
    char command[2048];
    snprintf(command, sizeof command, script, n, words);
    check(system(command) == 0, "program %d of docs/c.md says: %s", n, words);
}

int main(void)
{
    program(1, "sunny, 21 degrees");
    program(2, "sunny, 21 degrees");
    return tap_done();
}
