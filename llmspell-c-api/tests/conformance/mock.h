/* Talks to the mock server that the runner started (docs/mock.md). Every call gives a value to release, or ends the case
 * by world_trouble. */
#ifndef CONFORMANCE_MOCK_H
#define CONFORMANCE_MOCK_H
#include "world.h"

/* Has the scenario of a case played; its address is then in world->scenario. */
void mock_play(struct world *world, const json_t *scenario);

/* What the server was sent. */
json_t *mock_seen(struct world *world);

/* Waits until the server has seen so much, 30 seconds at most. */
void mock_await(struct world *world, int requests, int aborted);

/* Lets the server go on at a hold. */
void mock_release(struct world *world, const char *hold);

/* Forgets the scenario; whether that worked. */
bool mock_remove(struct world *world);

#endif
