/* Versions, and the library as a whole. */
#include "full.h"

int main(void)
{
    check(llmspell_abi_version() == LLMSPELL_ABI_VERSION, "the library has the header's ABI version");
    check(llmspell_abi_min() == LLMSPELL_ABI_MIN, "the library serves what the header says");
    check(LLMSPELL_ABI_MIN <= LLMSPELL_ABI_VERSION, "the oldest served ABI is not newer than the current one");
    check(strcmp(llmspell_version(), LLMSPELL_VERSION) == 0, "the library has the header's version");
    check(llmspell_init() && llmspell_init(), "init may be called twice");
    llmspell_cleanup();
    llmspell_cleanup();
    check(strcmp(llmspell_version(), LLMSPELL_VERSION) == 0, "the library can be used after cleanup");
    return tap_done();
}
