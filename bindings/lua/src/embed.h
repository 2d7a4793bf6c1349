/* The driver, written in Lua, as it is compiled into the module. */
#ifndef LS_EMBED_H
#define LS_EMBED_H

#include <stddef.h>

/* One Lua source file: `name` is the module's ("llmspell", "llmspell.agent"), `text` its `length` bytes. */
typedef struct ls_chunk {
    const char *name;
    const unsigned char *text;
    size_t length;
} ls_chunk;

/* Every file below bindings/lua/lua; the last entry has a NULL name. Defined by the generated driver.gen.c. */
extern const ls_chunk ls_embedded[] __attribute__((visibility("hidden")));

#endif
