#pragma once
// What stands in a mail where a part was.

#include <string>
#include <string_view>

#include "gates/mail/message.hpp"

namespace ombud::mail {

/// Lines for the reader: what was removed and why. File names are left out: they may tell what the picture showed.
std::string removal_note(const Part& part, std::string_view why);

} // namespace ombud::mail
