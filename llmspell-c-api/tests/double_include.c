/* The header can be included twice, first of all, and alone. */
#include "llmspell.h"
#include "llmspell.h"

#include "tap.h"

int main(void)
{
    check(llmspell_abi_version() == LLMSPELL_ABI_VERSION, "the header can be included twice");
    return tap_done();
}
