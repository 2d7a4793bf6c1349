/* Matching as spec/README.md defines it. */
#ifndef CONFORMANCE_MATCH_H
#define CONFORMANCE_MATCH_H
#include "json.h"

/* A list of texts that say where a record is not what is expected; empty when it fits. */
json_t *match_problems(const json_t *expected, const json_t *record);

#endif
