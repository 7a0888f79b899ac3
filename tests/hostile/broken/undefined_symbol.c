/* Calls into its host by symbol: elf.imports. Linked without -z defs; weak binding would not be seen, lazy binding is. */
extern int symbol_of_the_host(void);
#define ANSWER(self, call, full) (full).reason_code = (self)->asked == UINT64_MAX ? (uint32_t)symbol_of_the_host() : 0
#include "sound.h"
