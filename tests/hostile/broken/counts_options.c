/* Refuses settings that it does not know: configuration.unknown_key. */
#define CHECK_CONFIG(self, host, config, out) \
    uint64_t count = 0; \
    (void)config->get_count(config->ctx, "options", &count); \
    if (count > 3) { free(self); return REFUSED(host, "too many options", out); }
#include "sound.h"
