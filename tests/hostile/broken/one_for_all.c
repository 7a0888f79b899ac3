/* Counts in a static variable what belongs to an instance: lifecycle.two_instances. */
static unsigned long all_calls;
#define AFTER_CREATE(self) (all_calls = 0)
#define ANSWER(self, call, full) (full).evidence_json = text(++all_calls > 4 ? "{\"n\":2}" : "{\"n\":1}")
#include "sound.h"
