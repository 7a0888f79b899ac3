/* early_bird: attacks before anybody has called it, from a constructor. */
#define _GNU_SOURCE
#include <ombud/module.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

OMBUD_DECLARE_ABI(0);
__attribute__((constructor)) static void hatch(void) {
    if (open("/etc/passwd", O_RDONLY) >= 0 || open("/tmp/ombud-early-bird", O_WRONLY | O_CREAT, 0600) >= 0)
        abort();
    _exit(42); /* it could do no harm */
}
const ombud_module *ombud_module_entry_v1(void) { return NULL; }
