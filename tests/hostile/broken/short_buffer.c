/* Copies a text of any length into 256 bytes: configuration.megabyte. */
#define CHECK_CONFIG(self, host, config, out) \
    for (uint64_t i = 0; i < place.len; ++i) ((volatile char *)(self)->place)[i] = ((const char *)place.ptr)[i]; \
    (void)(out)
#include "sound.h"
