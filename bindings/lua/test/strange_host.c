/* A host with a Lua that llmspell cannot serve: exports a few functions of Lua's names, those by which the macro HOST
   (51 to 56; 1 is no known Lua; 0 has no way to raise an error) is told, and opens llmspell.so (the argument). It prints
   what luaopen_llmspell raised, or "returned N" when it raised nothing. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static jmp_buf raised;

/* the address of a function of this program is all that matters of these */
#define FAKE(name) EXPORT void name(void); EXPORT void name(void) {}

FAKE(lua_gettop)

#if HOST == 51
FAKE(lua_setfenv)
#elif HOST == 52
FAKE(lua_callk)
#elif HOST == 53
FAKE(lua_callk)
FAKE(lua_isinteger)
#elif HOST >= 54
FAKE(lua_newuserdatauv)

EXPORT double lua_version(void *L);
EXPORT double lua_version(void *L)
{
    (void)L;
    return 450 + HOST;
}
#endif

#if HOST != 0
EXPORT int luaL_error(void *L, const char *format, ...);
EXPORT int luaL_error(void *L, const char *format, ...)
{
    va_list values;
    (void)L;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    puts("");
    longjmp(raised, 1);
}
#endif

int main(int argc, char **argv)
{
    int (*open)(void *L);
    void *module = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    void *address = module != NULL ? dlsym(module, "luaopen_llmspell") : NULL;
    if (address == NULL) {
        puts(dlerror());
        return 1;
    }
    memcpy(&open, &address, sizeof(address));
    if (setjmp(raised) == 0)
        printf("returned %d\n", open(NULL));
    return 0;
}
