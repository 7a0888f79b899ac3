/* Has a symbol that pins it in memory: elf.unique. Linked without the version script, which would hide it. */
#include "sound.h"
__asm__(".data\n.type pinned, @gnu_unique_object\n.globl pinned\npinned: .long 1\n.size pinned, 4\n.text\n");
