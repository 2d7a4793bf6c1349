/* valgrind: depends on uninitialised value */
#include <stdlib.h>

/* The compiler does not see that nothing was written. */
static int any_set(const char *bytes, size_t count)
{
    while (count-- > 0)
        if (((const volatile char *)bytes)[count] != 0)
            return 1;
    return 0;
}

int main(void)
{
    char *volatile bytes = malloc(8);
    int set = any_set(bytes, 8);
    free(bytes);
    return set * 0;
}
