/* Two Luas in one process: Lua 5.4 and LuaJIT, each loaded with RTLD_LOCAL so that no Lua function is global, open one
   and the same llmspell.so and use it in turns. Arguments: llmspell.so, the two Lua libraries. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct host {
    void *library;
    void *L;
    int (*load_sized)(void *L, const char *text, size_t size, const char *name, const char *mode);
    int (*call)(void *L, int nargs, int nresults, int handler);
    int (*callk)(void *L, int nargs, int nresults, int handler, long context, void *k);
    const char *(*text)(void *L, int index, size_t *size);
} host;

static void *find(void *library, const char *name)
{
    return dlsym(library, name);
}

#define TAKE(target, library, name) \
    do { \
        void *address = find(library, name); \
        memcpy(&(target), &address, sizeof(address)); \
    } while (0)

static int run(host *h, const char *program)
{
    int status = h->load_sized(h->L, program, strlen(program), "=test", NULL);
    if (status == 0)
        status = h->call != NULL ? h->call(h->L, 0, 0, 0) : h->callk(h->L, 0, 0, 0, 0, NULL);
    if (status != 0)
        fprintf(stderr, "%s\n", h->text(h->L, -1, NULL));
    return status;
}

static int start(host *h, const char *path)
{
    void *(*new_state)(void);
    void (*open_libraries)(void *L);
    memset(h, 0, sizeof(*h));
    h->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (h->library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    TAKE(new_state, h->library, "luaL_newstate");
    TAKE(open_libraries, h->library, "luaL_openlibs");
    TAKE(h->load_sized, h->library, "luaL_loadbufferx");
    TAKE(h->call, h->library, "lua_pcall");
    TAKE(h->callk, h->library, "lua_pcallk");
    TAKE(h->text, h->library, "lua_tolstring");
    h->L = new_state();
    open_libraries(h->L);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const program =
        "who = { name = 'who', execute = function() return _VERSION end } "
        "agent = llmspell.agent{ provider = 'demo', tools = { who } } "
        "assert(agent:chat('who'):find(_VERSION, 1, true))";
    char open[4096];
    host first, second;
    int i;
    if (argc != 4 || start(&first, argv[2]) != 0 || start(&second, argv[3]) != 0)
        return 2;
    snprintf(open, sizeof(open), "llmspell = assert(package.loadlib(%c%s%c, 'luaopen_llmspell'))()", '"', argv[1], '"');
    if (run(&first, open) != 0 || run(&second, open) != 0)
        return 1;
    for (i = 0; i < 3; i++)
        if (run(&first, program) != 0 || run(&second, program) != 0)
            return 1;
    puts("both Luas were served");
    return 0;
}
