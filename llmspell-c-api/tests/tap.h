/* Prints test results as TAP: `check` for each of them, `tap_done` as main's last word. */
#ifndef TAP_H
#define TAP_H
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_count;
static int tap_failed;

/* Counts one test; the name is a printf format. Gives back whether it passed. */
static inline bool check(bool good, const char *format, ...)
{
    va_list args;
    tap_count++;
    if (!good)
        tap_failed++;
    printf("%sok %d - ", good ? "" : "not ", tap_count);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    return good;
}

/* Explains a failure. */
static inline void note(const char *format, ...)
{
    va_list args;
    printf("# ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* Ends a test program that cannot go on. */
static inline void give_up(const char *why)
{
    check(false, "%s", why);
    printf("1..%d\n", tap_count);
    exit(1);
}

static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed > 0;
}
#endif
