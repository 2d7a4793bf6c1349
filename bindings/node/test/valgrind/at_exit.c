/* Preloaded into a Node that runs under valgrind: lets a second pass between the end of the program and the end of the
   process, in which the library's own thread lets go of what it had in hand. With LLMSPELL_MISTAKE set to "leak" or "overrun"
   it commits that mistake, to show that it is reported. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void wait_a_second(void)
{
    struct timespec second = {1, 0};
    nanosleep(&second, NULL);
}

__attribute__((constructor)) static void begin(void)
{
    const char *mistake = getenv("LLMSPELL_MISTAKE");
    atexit(wait_a_second);
    if (mistake == NULL) return;
    if (strcmp(mistake, "leak") == 0) {
        char *volatile lost = malloc(64);
        lost = NULL;
        (void)lost;
    } else if (strcmp(mistake, "overrun") == 0) {
        char *volatile block = malloc(8);
        if (block[8] == 0) memset(block, 0, 8);
        free(block);
    }
}
