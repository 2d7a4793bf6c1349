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

#define SUPPORTED "this build of llmspell serves Lua 5.4, Lua 5.1 and LuaJIT"

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

/* Name of a Lua that no shim here serves; NULL when the symbols are those of one that we serve. */
static const char *unsupported(void *library)
{
    if (dlsym(library, "lua_setfenv") != NULL)
        return NULL; /* 5.1 or LuaJIT, which has some newer functions as well */
    if (dlsym(library, "lua_newuserdatauv") != NULL)
        return dlsym(library, "luaL_openselectedlibs") != NULL ? "Lua 5.5" : NULL;
    if (dlsym(library, "lua_isinteger") != NULL)
        return "Lua 5.3";
    if (dlsym(library, "lua_callk") != NULL)
        return "Lua 5.2";
    return "an unknown Lua";
}

static int refuse(struct lua_State *L, void *library, const char *what, const char *detail)
{
    error_function raise = as_error_function(dlsym(library, "luaL_error"));
    return raise == NULL ? 0 : raise(L, "cannot open llmspell: %s%s; " SUPPORTED, what, detail);
}

static int open_for(struct lua_State *L, void *caller)
{
    void *library = library_of(caller);
    const char *other, *missing;
    int old;
    if (library == NULL)
        return 0;
    other = unsupported(library);
    if (other != NULL)
        return refuse(L, library, "it was opened by ", other);
    old = dlsym(library, "lua_setfenv") != NULL;
    pthread_mutex_lock(&filling);
    missing = old ? ls_fill_51(find, library) : ls_fill_54(find, library);
    pthread_mutex_unlock(&filling);
    if (missing != NULL && *missing == '\0')
        return refuse(L, library, "another copy of the same Lua in this process has opened it already", "");
    if (missing != NULL)
        return refuse(L, library, "the Lua that opened it lacks the function ", missing);
    return old ? ls_open_51(L) : ls_open_54(L);
}

/* Opens the module: called by `require "llmspell"`. */
__attribute__((visibility("default"), noinline)) int luaopen_llmspell(struct lua_State *L)
{
    return open_for(L, __builtin_return_address(0));
}
