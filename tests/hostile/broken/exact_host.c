/* Wants a host of exactly its own age: compatibility.larger_host. */
#define HOST_IS_TOO_SMALL(host) ((host)->struct_size != sizeof(ombud_host))
#include "sound.h"
