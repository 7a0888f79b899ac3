/* Uses a number as an index: configuration.out_of_range. */
static char table[101];
#define CHECK_CONFIG(self, host, config, out) (*(volatile char *)&table[(self)->most] = 1, (void)(out))
#include "sound.h"
