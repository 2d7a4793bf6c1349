/* Whether the library that the module is linked to can serve it. LuaRocks may have compiled the module against a
   libllmspell of the system, which somebody may have replaced since. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <llmspell.h>

#include "host.h"
#include "library.gen.h"

#ifdef LS_SHARED_LIBRARY
typedef void (*any_function)(void);

/* The address of a function that the library lacks is NULL. */
static const char *missing_function(void)
{
#define LS_ENTRY(function) {#function, (any_function)function},
    static const struct {
        const char *name;
        any_function address;
    } functions[] = {LS_LIBRARY_FUNCTIONS(LS_ENTRY)};
#undef LS_ENTRY
    size_t i;
    for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (functions[i].address == NULL)
            return functions[i].name;
    return NULL;
}
#else
static const char *missing_function(void)
{
    return NULL;
}
#endif

const char *ls_library_problem(char *text, size_t size)
{
    const char *missing = missing_function();
    if (missing != NULL)
        snprintf(text, size, "its library has no function %s", missing);
    else if (llmspell_abi_version() < LS_ABI_NEEDED)
        snprintf(text, size, "it needs version %d of its library's interface, and this one has %u", LS_ABI_NEEDED,
                 (unsigned)llmspell_abi_version());
    else if (llmspell_abi_min() > LS_ABI_NEEDED)
        snprintf(text, size, "it needs version %d of its library's interface, and this one serves %u and newer",
                 LS_ABI_NEEDED, (unsigned)llmspell_abi_min());
    else
        return NULL;
    return text;
}
