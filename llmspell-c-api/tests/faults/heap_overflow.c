/* sanitize: heap-buffer-overflow|insufficient space */
/* valgrind: Invalid write of size 1 */
#include <stdlib.h>

int main(void)
{
    volatile char *bytes = malloc(8);
    volatile size_t behind = 8;
    bytes[behind] = 1;
    free((void *)bytes);
    return 0;
}
