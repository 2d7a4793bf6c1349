/* A fork while other threads use llmspell for the first time: the child finds nothing half set up and does not hang. */
/* sanitize: skip: the sanitizers of GCC 12 and LLVM 14 hang by themselves in such a child, in a lock of their malloc */
#define _POSIX_C_SOURCE 200809L
#include "plain.h"
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 2
#define PROCESSES 24
/* From one process to the next the fork comes this much later, so that some fork in the middle of the first use. */
#define LATER_NS 500000L

static void *first_chat(void *good)
{
    LLMSpellTool *tool = llmspell_tool_create("weather", "Tells the weather", "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}",
                                              say_user_data, NULL);
    LLMSpellAgent *agent = demo_agent(tool);
    LLMSpellResult result = llmspell_agent_chat(agent, "say hello");
    *(bool *)good = !result.error && strstr(result.response, "hello") != NULL;
    llmspell_result_free(&result);
    llmspell_agent_destroy(agent);
    llmspell_tool_destroy(tool);
    return NULL;
}

/* What each process does; its exit status is 0 when all went well. */
static int forks_in_the_middle(long wait_ns)
{
    struct timespec wait = {0, 0};
    pthread_t threads[THREADS];
    bool good[THREADS + 1] = {false};
    int i, status = 1;
    pid_t pid;

    wait.tv_nsec = wait_ns;
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, first_chat, &good[i]) != 0)
            return 2;
    nanosleep(&wait, NULL);
    if ((pid = fork()) < 0)
        return 2;
    if (pid == 0) {
        alarm(60);
        first_chat(&good[THREADS]);
        _exit(good[THREADS] ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        if (!good[i])
            return 3;
    }
    return status == 0 ? 0 : 4;
}

int main(int count, char **words)
{
    int i, failed = 0;
    if (count > 1)
        return forks_in_the_middle(atol(words[1]));
    for (i = 0; i < PROCESSES; i++) {
        char wait_ns[24];
        int status = 1;
        pid_t pid;
        snprintf(wait_ns, sizeof wait_ns, "%ld", i * LATER_NS);
        if ((pid = fork()) < 0)
            give_up("a process can be started");
        if (pid == 0) {
            execl(words[0], words[0], wait_ns, (char *)NULL);
            _exit(127);
        }
        waitpid(pid, &status, 0);
        if (status != 0)
            note("after %s ns: status %d", wait_ns, status);
        failed += status != 0;
    }
    check(failed == 0, "a child forked while threads begin to use llmspell can use it, too");
    return tap_done();
}
