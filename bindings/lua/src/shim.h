/* The shim: everything that talks to Lua, compiled once per Lua ABI as one unit (so that all of it can be static and
   each ABI has its own copy). shim_51.c, shim_52.c … set LS_ABI and include this page; the order matters. */
#define LS_NAME_OF(function, abi) function##_##abi
#define LS_NAME(function, abi) LS_NAME_OF(function, abi)
#define LS_FILL LS_NAME(ls_fill, LS_ABI)
#define LS_OPEN LS_NAME(ls_open, LS_ABI)

/* clock_gettime */
#define _POSIX_C_SOURCE 200809L

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <llmspell.h>

#include "library.gen.h"

#include "embed.h"
#include "host.h"
#include "lua_api.h"

#include "lua_table.c"

#include "fields.c"

#include "raw_support.h"

#include "raw.gen.c"

#include "buffer.c"
#include "utf8.c"

#include "json_values.c"

#include "json_path.c"

#include "json_number.c"
#include "json_string.c"
#include "base64.c"

#include "json_decode.c"
#include "json_encode.c"

#include "hook.c"

#include "event_table.c"

#include "native.c"

#include "import.c"

#include "module.c"
