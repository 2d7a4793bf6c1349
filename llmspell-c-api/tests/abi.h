/* What abi.gen.c checks with: each call is one test, named after the item it is about. */
#ifndef ABI_H
#define ABI_H
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tap.h"

typedef void (*abi_function)(void);

/* The shared library, which the test is not linked with. */
static void *abi_library;

/* Opens the shared library of the build that is tested: $BUILD, or the one that tests use by default. */
static inline void abi_open(void)
{
    char path[4096];
    const char *build = getenv("BUILD");
    snprintf(path, sizeof path, "%s/lib/libllmspell.so", build != NULL && *build != '\0' ? build : "build/ci");
    abi_library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!check(abi_library != NULL, "the shared library can be loaded"))
        give_up(dlerror());
}

/* True where pointers, sizes and 64-bit numbers have 8 bytes and begin at a multiple of 8: what the figures are for. */
static inline bool abi_is_lp64(void)
{
    struct pointer { char before; void *it; };
    struct integer { char before; int64_t it; };
    struct number { char before; double it; };
    if (sizeof(void *) == 8 && sizeof(size_t) == 8 && offsetof(struct pointer, it) == 8 && offsetof(struct integer, it) == 8 &&
        offsetof(struct number, it) == 8)
        return true;
    check(true, "sizes, offsets and alignments # SKIP they are known for 64-bit platforms alone");
    return false;
}

static inline void abi_number(const char *name, long long value, long long expected)
{
    if (!check(value == expected, "%s has its value", name))
        note("it is %lld, not %lld", value, expected);
}

static inline void abi_text(const char *name, const char *value, const char *expected)
{
    if (!check(strcmp(value, expected) == 0, "%s has its value", name))
        note("it is \"%s\", not \"%s\"", value, expected);
}

static inline void abi_type(const char *name, size_t size, size_t alignment, size_t expected_size, size_t expected_alignment)
{
    if (!check(size == expected_size && alignment == expected_alignment, "%s has its size and alignment", name))
        note("it has %zu bytes at multiples of %zu, not %zu at %zu", size, alignment, expected_size, expected_alignment);
}

static inline void abi_field(const char *name, size_t offset, size_t size, size_t expected_offset, size_t expected_size)
{
    if (!check(offset == expected_offset && size == expected_size, "%s has its place", name))
        note("it has %zu bytes at %zu, not %zu at %zu", size, offset, expected_size, expected_offset);
}

/* A function that was found to have its signature by the compiler; `linked` is the one in the static library. */
static inline void abi_exported(const char *name, abi_function linked)
{
    check(linked != NULL && dlsym(abi_library, name) != NULL, "%s has its signature and is exported", name);
}

/* A function of the shared library; `*function` is a pointer to one. */
static inline void abi_find(const char *name, void *function)
{
    void *found = dlsym(abi_library, name);
    if (found == NULL)
        give_up(name);
    memcpy(function, &found, sizeof found);
}
#endif
