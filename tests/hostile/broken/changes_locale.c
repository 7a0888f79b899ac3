/* Changes the whole process's locale: lifecycle.manners. */
#define AFTER_CREATE(self) (void)setlocale(LC_ALL, "C.UTF-8")
#include "sound.h"
