#pragma once
// libarchive's home: what lies in archives and compressed files.

#include <string_view>

#include "gates/mail/content.hpp"
#include "gates/mail/spool.hpp"

namespace ombud::mail {

/// Whether sort_archive() can look into files of this media type.
bool is_archive(std::string_view media_type, std::string_view head);

/// The worst of what the archive holds; opaque when it is encrypted, broken, or beyond the budget.
Sort sort_archive(const Spool& bytes, std::string_view media_type, Budget& budget);

} // namespace ombud::mail
