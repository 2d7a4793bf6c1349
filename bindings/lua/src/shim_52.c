/* The shim for Lua 5.2. */
#define LS_ABI 52
#include "shim.h"
