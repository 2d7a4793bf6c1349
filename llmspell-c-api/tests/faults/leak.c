/* sanitize: LeakSanitizer: detected memory leaks */
/* valgrind: are definitely lost */
#include <stdlib.h>

static void lose(void)
{
    volatile char *bytes = malloc(100);
    bytes[0] = 1;
}

int main(void)
{
    lose();
    return 0;
}
