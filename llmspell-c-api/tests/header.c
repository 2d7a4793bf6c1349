/* The header is clean C99 and C++17 for gcc and clang, and the list of exported symbols is what it declares. */
#define _POSIX_C_SOURCE 200809L
#include "tap.h"

#define FLAGS " -Wall -Wextra -Wpedantic -Werror -fsyntax-only "
#define HEADER "llmspell-c-api/include/llmspell.h"

static void runs(const char *name, const char *command)
{
    if (!check(system(command) == 0, "%s", name))
        note("%s", command);
}

int main(void)
{
    runs("gcc takes it as C99", "gcc -std=c99 -x c" FLAGS HEADER);
    runs("clang takes it as C99", "clang -std=c99 -x c" FLAGS HEADER);
    runs("gcc takes it as C11", "gcc -std=c11 -x c" FLAGS HEADER);
    runs("g++ takes it as C++17", "g++ -std=c++17 -x c++" FLAGS HEADER);
    runs("clang++ takes it as C++17", "clang++ -std=c++17 -x c++" FLAGS HEADER);
    runs("C++ gets declarations with the linkage of C",
         "printf '#include \"" HEADER "\"\\nextern \"C\" uint32_t llmspell_abi_version(void);\\n' | g++ -std=c++17 -x c++" FLAGS
         "-I. -");
    return tap_done();
}
