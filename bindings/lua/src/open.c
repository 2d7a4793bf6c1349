/* luaopen_llmspell, the only symbol that llmspell.so exports. It finds the Lua that called it, decides by the symbols
   there which ABI that Lua has, and hands over to the shim of that ABI.

   Nothing of Lua is linked. The caller's object is asked first, so that a host which loaded its Lua with RTLD_LOCAL, or
   a second Lua in the process, is served by its own functions and not by the first ones that happen to be global. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "host.h"

#define SUPPORTED "this build of llmspell serves Lua 5.1 to 5.4 and LuaJIT"

typedef int (*error_function)(struct lua_State *L, const char *format, ...);

static pthread_mutex_t filling = PTHREAD_MUTEX_INITIALIZER;

static void *find(void *library, const char *name)
{
    return dlsym(library, name);
}

/* ISO C has no conversion from an object pointer to a function pointer */
static error_function as_error_function(void *address)
{
    error_function function;
    memcpy(&function, &address, sizeof(function));
    return function;
}

/* The object that `address` lies in when that offers Lua's API, else everything that is global. The handle is never
   closed: it keeps the Lua whose addresses we hold from being unloaded under us. */
static void *library_of(void *address)
{
    Dl_info info;
    if (dladdr(address, &info) != 0 && info.dli_fname != NULL) {
        /* fails for the main program, whose symbols are the first of the global ones anyway */
        void *library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
        if (library != NULL) {
            if (dlsym(library, "lua_gettop") != NULL)
                return library;
            dlclose(library);
        }
    }
    return dlopen(NULL, RTLD_LAZY);
}

/* What serves one ABI, and a function that tells a Lua of it from the newer ones. LuaJIT has some functions of newer
   Luas, so the oldest is asked for first. */
typedef struct shim {
    const char *others; /* Luas of this ABI */
    const char *mark;
    const char *(*fill)(ls_resolver find, void *library);
    int (*open)(struct lua_State *L);
} shim;

static const shim shims[] = {
    {"another Lua 5.1 or LuaJIT", "lua_setfenv", ls_fill_51, ls_open_51},
    {"another Lua 5.4", "lua_newuserdatauv", ls_fill_54, ls_open_54},
    {"another Lua 5.3", "lua_isinteger", ls_fill_53, ls_open_53},
    {"another Lua 5.2", "lua_callk", ls_fill_52, ls_open_52},
};

/* The shim for a Lua; or NULL, and `name` is what that Lua is called. */
static const shim *shim_for(void *library, const char **name)
{
    size_t i;
    *name = "Lua 5.5";
    if (dlsym(library, "luaL_openselectedlibs") != NULL)
        return NULL;
    for (i = 0; i < sizeof(shims) / sizeof(shims[0]); i++)
        if (dlsym(library, shims[i].mark) != NULL)
            return &shims[i];
    *name = "an unknown Lua";
    return NULL;
}

static int refuse(struct lua_State *L, void *library, const char *what, const char *detail, const char *advice)
{
    error_function raise = as_error_function(dlsym(library, "luaL_error"));
    return raise == NULL ? 0 : raise(L, "cannot open llmspell: %s%s; %s", what, detail, advice);
}

static int open_for(struct lua_State *L, void *caller)
{
    void *library = library_of(caller);
    const char *name, *missing;
    const shim *chosen;
    char problem[160];
    if (library == NULL)
        return 0;
    chosen = shim_for(library, &name);
    if (chosen == NULL)
        return refuse(L, library, "it was opened by ", name, SUPPORTED);
    if (ls_library_problem(problem, sizeof(problem)) != NULL)
        return refuse(L, library, problem, "", "install module and library of one release");
    pthread_mutex_lock(&filling);
    missing = chosen->fill(find, library);
    pthread_mutex_unlock(&filling);
    if (missing != NULL && *missing == '\0')
        return refuse(L, library, chosen->others, " in this process has opened it already",
                      "a second one needs a copy of llmspell.so");
    if (missing != NULL)
        return refuse(L, library, "the Lua that opened it lacks the function ", missing, SUPPORTED);
    return chosen->open(L);
}

/* Opens the module: called by `require "llmspell"`. */
__attribute__((visibility("default"), noinline)) int luaopen_llmspell(struct lua_State *L)
{
    return open_for(L, __builtin_return_address(0));
}
