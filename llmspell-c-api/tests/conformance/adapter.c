#include "adapter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "match.h"
#include "world.h"

#define SETTING(name) setting("LLMSPELL_CONFORMANCE_" name)
#define LONGEST_FILE 1024

static int planned_cases;

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

/* Takes the next word of a list with commas; false when there is none. */
static bool next_word(const char **list, char *word, size_t size)
{
    size_t length = strcspn(*list, ",");
    if (length == 0 && **list == '\0')
        return false;
    snprintf(word, size, "%.*s", (int)length, *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

static bool is_listed(const char *list, const char *wanted)
{
    char word[256];
    while (next_word(&list, word, sizeof word)) {
        if (strcmp(word, wanted) == 0)
            return true;
    }
    return false;
}

/* A file's bytes with a NUL behind them; NULL when it cannot be read. */
static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL, *grown;
    size_t got = 0, room = 0;
    *length = 0;
    if (file == NULL)
        return NULL;
    do {
        *length += got;
        if (*length + 1 >= room) {
            room = room * 2 + 65536;
            grown = realloc(bytes, room);
            if (grown == NULL)
                abort();
            bytes = grown;
        }
        got = fread(bytes + *length, 1, room - *length - 1, file);
    } while (got > 0);
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

/* FOLDER/ID@HOST with `-` in the id's place of `/`; `host` may be NULL, `ending` follows. */
static void file_of(char *path, const char *folder, const char *id, const char *host, const char *ending)
{
    size_t start = strlen(folder) + 1;
    snprintf(path, LONGEST_FILE, "%s/%s%s%s%s", folder, id, host != NULL ? "@" : "", host != NULL ? host : "", ending);
    for (char *mark = strchr(path + start, '/'); mark != NULL; mark = strchr(mark, '/'))
        *mark = '-';
}

/* What is wrong with a record: nothing when it fits `expect` or a variant of it. */
static json_t *judge(const json_t *given_case, const json_t *record)
{
    json_t *problems = match_problems(json_object_get(given_case, "expect"), record), *variant;
    size_t index;
    json_array_foreach(json_object_get(given_case, "also_allowed"), index, variant) {
        json_t *others = match_problems(json_object_get(variant, "expect"), record);
        if (json_array_size(others) == 0)
            json_array_clear(problems);
        json_decref(others);
    }
    return problems;
}

static void write_log(const char *id, const char *from, json_t *problems, json_t *record)
{
    char path[LONGEST_FILE];
    json_t *log = json_pack("{s:s, s:s, s:s*, s:O, s:O}", "id", id, "host", SETTING("HOST"), "from", from, "problems", problems,
                            "record", record);
    file_of(path, SETTING("LOGS"), id, from, ".json");
    if (json_dump_file(log, path, JSON_COMPACT) != 0)
        note("%s cannot be written: %s", path, strerror(errno));
    json_decref(log);
}

/* Plays a case that goes on from the bytes of the host `from`, or from none (NULL). Whether it went well. */
static bool play(const char *id, const json_t *given_case, const char *from)
{
    char carry_file[LONGEST_FILE], *bytes = NULL, *trouble;
    const char *folder = SETTING("CARRY");
    size_t length = 0, index;
    json_t *record, *problems, *problem;
    bool good;
    if (from != NULL) {
        file_of(carry_file, folder, json_member(json_object_get(given_case, "given"), "carried"), from, "");
        bytes = read_file(carry_file, &length);
    }
    file_of(carry_file, folder, id, SETTING("HOST"), "");
    record = world_play(given_case, folder[0] != '\0' ? carry_file : NULL, bytes, length, &trouble);
    problems = trouble == NULL ? judge(given_case, record) : json_pack("[s]", trouble);
    if (SETTING("LOGS")[0] != '\0')
        write_log(id, from, problems, record);
    good = json_array_size(problems) == 0;
    json_array_foreach(problems, index, problem)
        note("%s%s%s", from != NULL ? from : "", from != NULL ? ": " : "", json_string_value(problem));
    if (!good) {
        char *text = json_write(record);
        note("%s", text);
        free(text);
    }
    json_decref(problems);
    json_decref(record);
    free(trouble);
    free(bytes);
    return good;
}

static bool play_all(const char *id, const json_t *given_case)
{
    const char *hosts = SETTING("FROM");
    char host[256];
    bool good = true;
    int played = 0;
    if (json_object_get(json_object_get(given_case, "given"), "carried") == NULL)
        return play(id, given_case, NULL);
    for (; next_word(&hosts, host, sizeof host); played++)
        good &= play(id, given_case, host);
    if (played == 0)
        note("no host has left bytes for this case; run `make conformance`");
    return good && played > 0;
}

void conformance_begin(int planned)
{
    planned_cases = planned;
}

void conformance_test(const char *id)
{
    char path[LONGEST_FILE];
    size_t length;
    char *text;
    json_t *read = NULL, *whole;
    if (is_listed(SETTING("SKIP"), id)) {
        check(true, "%s", id);
        return;
    }
    snprintf(path, sizeof path, "spec/conformance/generated/cases/%s.json", id);
    text = read_file(path, &length);
    if (text != NULL)
        read = json_read(text, length);
    free(text);
    if (read == NULL) {
        check(false, "%s", id);
        note("%s cannot be read; run `make gen`", path);
        return;
    }
    whole = json_copy(read);
    json_object_set_new(whole, "given", json_expanded(json_object_get(read, "given")));
    json_object_set_new(whole, "steps", json_expanded(json_object_get(read, "steps")));
    check(play_all(id, whole), "%s", id);
    json_decref(whole);
    json_decref(read);
}

int conformance_end(void)
{
    if (tap_count != planned_cases)
        check(false, "%d cases were planned and %d played", planned_cases, tap_count);
    return tap_done();
}
