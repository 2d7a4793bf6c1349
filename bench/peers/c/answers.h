/* What the benchmark server answers: Chat Completions, plain or as server-sent events, made once for each shape. */
#ifndef BENCH_ANSWERS_H
#define BENCH_ANSWERS_H

#include <stddef.h>

/* Shape of an answer. */
typedef struct {
    int deltas;   /* pieces of the text; piece i is " w%04d" */
    int streamed; /* server-sent events instead of one JSON document */
    int call;     /* ask for the tool `add` with {"a": 2, "b": 40} instead of a text */
    int held;     /* leave the body open after the pieces */
} answer_shape;

/* An HTTP response. Part i ends at ends[i]: what a paced server sends at once. The first part is the head together with
 * the chunk that names the role. */
typedef struct {
    answer_shape shape;
    char *bytes;
    size_t length;
    size_t *ends;
    int parts;
} answer;

/* The answer of a shape; made at the first call, and never freed. */
const answer *answer_of(answer_shape shape);

#endif
