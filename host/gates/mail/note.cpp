#include "gates/mail/note.hpp"

namespace ombud::mail {

std::string removal_note(const Part& part, std::string_view why) {
    return "[Removed by Ombud: part " + std::to_string(part.number) + " of this mail, " + to_string(part.sort) + ".\n " + std::string(why) + "]\n";
}

} // namespace ombud::mail
