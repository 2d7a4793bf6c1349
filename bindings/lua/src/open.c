/* luaopen_llmspell, the only symbol that llmspell.so exports. It finds the Lua that called it, decides by the symbols
   there which ABI that Lua has, and hands over to the shim of that ABI.

   Nothing of Lua is linked. Functions are taken from the very object that called, so that a host which loaded its Lua
   with RTLD_LOCAL, or a second Lua in the process, is served by its own functions and not by the first ones that happen
   to be global. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

typedef int (*error_function)(struct lua_State *L, const char *format, ...);
typedef double (*version_function)(struct lua_State *L);

static pthread_mutex_t filling = PTHREAD_MUTEX_INITIALIZER;

static void *find(void *library, const char *name)
{
    return dlsym(library, name);
}

/* ISO C has no conversion from an object pointer to a function pointer */
#define TAKE(function, library, name) \
    do { \
        void *address = dlsym(library, name); \
        memcpy(&(function), &address, sizeof(address)); \
    } while (0)

/* Whether Lua's API, as this handle gives it, is in the object that begins at `base`. */
static int offers_api_of(void *library, const void *base)
{
    Dl_info info;
    void *address = library != NULL ? dlsym(library, "lua_gettop") : NULL;
    return address != NULL && dladdr(address, &info) != 0 && info.dli_fbase == base;
}

/* The object that `caller` lies in, which is a Lua; NULL when it keeps Lua's API to itself. The handle is never closed: it
   keeps the Lua whose addresses we hold from being unloaded under us. */
static void *library_of(void *caller)
{
    Dl_info info;
    void *library;
    if (dladdr(caller, &info) == 0 || info.dli_fname == NULL)
        return NULL;
    /* fails for the main program, whose symbols are the first of the global ones */
    library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (offers_api_of(library, info.dli_fbase))
        return library;
    if (library != NULL)
        dlclose(library);
    library = dlopen(NULL, RTLD_LAZY);
    return offers_api_of(library, info.dli_fbase) ? library : NULL;
}

/* What serves one ABI. */
typedef struct shim {
    int abi;
    const char *(*fill)(ls_resolver find, void *library);
    int (*open)(struct lua_State *L);
} shim;

#define LS_SHIM(abi) {abi, ls_fill_##abi, ls_open_##abi},
static const shim shims[] = {LS_ABIS(LS_SHIM)};
#define SHIMS (sizeof(shims) / sizeof(shims[0]))

/* The ABI of a Lua, like 54; 0 when it is none that we know of. LuaJIT has some functions of newer Luas, so the oldest is
   asked for first. From 5.4 on a Lua tells its version by value; older ones gave a pointer. */
static int abi_of(void *library, struct lua_State *L)
{
    if (dlsym(library, "lua_setfenv") != NULL)
        return 51;
    if (dlsym(library, "lua_newuserdatauv") != NULL) {
        version_function version;
        int number;
        TAKE(version, library, "lua_version");
        number = version != NULL ? (int)version(L) : 0;
        return number / 100 * 10 + number % 100;
    }
    if (dlsym(library, "lua_isinteger") != NULL)
        return 53;
    return dlsym(library, "lua_callk") != NULL ? 52 : 0;
}

/* What Luas of an ABI are called. */
static const char *name_of(int abi, char *text, size_t size)
{
    if (abi == 0)
        return "an unknown Lua";
    if (abi == 51)
        return "Lua 5.1 or LuaJIT";
    snprintf(text, size, "Lua %d.%d", abi / 10, abi % 10);
    return text;
}

/* "this build of llmspell serves" and the Luas. */
static const char *supported(char *text, size_t size)
{
    char name[32];
    size_t i, length = (size_t)snprintf(text, size, "this build of llmspell serves ");
    for (i = 0; i < SHIMS && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%s", i == 0 ? "" : ", ",
                                   name_of(shims[i].abi, name, sizeof(name)));
    return text;
}

static int refuse(struct lua_State *L, void *library, const char *what, const char *detail, const char *advice)
{
    error_function raise;
    TAKE(raise, library, "luaL_error");
    return raise == NULL ? 0 : raise(L, "cannot open llmspell: %s%s; %s", what, detail, advice);
}

static int open_for(struct lua_State *L, void *caller)
{
    void *library = library_of(caller);
    const shim *chosen = NULL;
    const char *missing;
    char name[32], problem[160], advice[160];
    size_t i;
    int abi;
    if (library == NULL) {
        /* No error can be raised without the Lua's own function for it. */
        fputs("cannot open llmspell: the program that opened it keeps Lua's functions to itself; link the program with "
              "-rdynamic (-Wl,-E), or with a shared library of Lua\n", stderr);
        return 0;
    }
    abi = abi_of(library, L);
    for (i = 0; i < SHIMS; i++)
        if (shims[i].abi == abi)
            chosen = &shims[i];
    if (chosen == NULL)
        return refuse(L, library, "it was opened by ", name_of(abi, name, sizeof(name)), supported(advice, sizeof(advice)));
    if (ls_library_problem(problem, sizeof(problem)) != NULL)
        return refuse(L, library, problem, "", "install module and library of one release");
    pthread_mutex_lock(&filling);
    missing = chosen->fill(find, library);
    pthread_mutex_unlock(&filling);
    if (missing != NULL && *missing == '\0') {
        snprintf(problem, sizeof(problem), "another %s", name_of(abi, name, sizeof(name)));
        return refuse(L, library, problem, " in this process has opened it already",
                      "a second one needs a copy of llmspell.so");
    }
    if (missing != NULL)
        return refuse(L, library, "the Lua that opened it lacks the function ", missing, supported(advice, sizeof(advice)));
    return chosen->open(L);
}

/* Opens the module: called by `require "llmspell"`. */
__attribute__((visibility("default"), noinline)) int luaopen_llmspell(struct lua_State *L)
{
    return open_for(L, __builtin_return_address(0));
}
