/* Needs a glibc that Debian 12 has not: elf.ceiling. tests/hostile/broken/rename_version.py rewrites the version's name. */
#include "sound.h"
