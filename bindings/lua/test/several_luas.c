/* One or several Luas in one process, each loaded with RTLD_LOCAL so that no Lua function is global, open one and the same
   llmspell.so and use it in turns. Arguments: llmspell.so, Lua libraries; "library,file" opens that file in the place of
   llmspell.so. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 8

typedef struct host {
    void *library;
    void *L;
    int (*load_sized)(void *L, const char *text, size_t size, const char *name, const char *mode);
    int (*load)(void *L, const char *text, size_t size, const char *name);
    int (*call)(void *L, int nargs, int nresults, int handler);
    int (*callk)(void *L, int nargs, int nresults, int handler, long context, void *k);
    const char *(*text)(void *L, int index, size_t *size);
    void (*close)(void *L);
} host;

#define TAKE(target, library, name) \
    do { \
        void *address = dlsym(library, name); \
        memcpy(&(target), &address, sizeof(address)); \
    } while (0)

static int run(host *h, const char *program)
{
    size_t size = strlen(program);
    int status = h->load_sized != NULL ? h->load_sized(h->L, program, size, "=test", NULL)
                                       : h->load(h->L, program, size, "=test");
    if (status == 0)
        status = h->call != NULL ? h->call(h->L, 0, 0, 0) : h->callk(h->L, 0, 0, 0, 0, NULL);
    if (status != 0)
        puts(h->text(h->L, -1, NULL));
    return status;
}

static int start(host *h, const char *path)
{
    void *(*new_state)(void);
    void (*open_libraries)(void *L);
    void (*open_selected)(void *L, int load, int preload); /* Lua 5.5 has the other as a macro */
    memset(h, 0, sizeof(*h));
    h->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (h->library == NULL) {
        puts(dlerror());
        return 1;
    }
    TAKE(new_state, h->library, "luaL_newstate");
    TAKE(open_libraries, h->library, "luaL_openlibs");
    TAKE(open_selected, h->library, "luaL_openselectedlibs");
    TAKE(h->load_sized, h->library, "luaL_loadbufferx");
    TAKE(h->load, h->library, "luaL_loadbuffer");
    TAKE(h->call, h->library, "lua_pcall");
    TAKE(h->callk, h->library, "lua_pcallk");
    TAKE(h->text, h->library, "lua_tolstring");
    TAKE(h->close, h->library, "lua_close");
    h->L = new_state();
    if (open_selected != NULL)
        open_selected(h->L, ~0, 0);
    else
        open_libraries(h->L);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const program =
        "who = { name = 'who', execute = function() return _VERSION end } "
        "agent = llmspell.agent{ provider = 'demo', tools = { who } } "
        "assert(agent:chat('who'):find(_VERSION, 1, true)) "
        "stream = agent:stream('say one two') assert(stream:next())";
    char open[4096];
    host hosts[MOST];
    int i, round, count = argc - 2;
    if (count < 1 || count > MOST)
        return 2;
    for (i = 0; i < count; i++) {
        char *file = strchr(argv[i + 2], ',');
        if (file != NULL)
            *file++ = '\0';
        if (start(&hosts[i], argv[i + 2]) != 0)
            return 2;
        snprintf(open, sizeof(open), "llmspell = assert(package.loadlib('%s', 'luaopen_llmspell'))()",
                 file != NULL ? file : argv[1]);
        if (run(&hosts[i], open) != 0)
            return 1;
    }
    for (round = 0; round < 3; round++)
        for (i = 0; i < count; i++)
            if (run(&hosts[i], program) != 0)
                return 1;
    for (i = 0; i < count; i++) {
        hosts[i].close(hosts[i].L);
        for (round = i + 1; round < count; round++)
            if (run(&hosts[round], program) != 0)
                return 1;
    }
    printf("%d Luas were served\n", count);
    return 0;
}
