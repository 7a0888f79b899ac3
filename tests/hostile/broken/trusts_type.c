/* Uses a number that it was not given: configuration.wrong_type. */
#define CHECK_CONFIG(self, host, config, out) \
    int64_t *given = NULL, value; \
    if (config->get_i64(config->ctx, "options/most", &value) == OMBUD_OK) given = &value; \
    (self)->most = *(volatile int64_t *)given; (void)(out)
#include "sound.h"
