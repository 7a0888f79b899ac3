/* Does not look behind the struct that it knows: compatibility.newer_call. */
#define CALL_IS_TOO_NEW(call) ((call)->struct_size < sizeof *(call))
#include "sound.h"
