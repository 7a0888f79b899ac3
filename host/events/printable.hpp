#pragma once
// Bytes of strangers, made fit for a terminal, a log and the ledger.

#include <string>
#include <string_view>

namespace ombud {

/// The text with every byte that is not part of well-formed UTF-8, and every control character but tab, shown as "\xNN".
/// Thread any.
[[nodiscard]] std::string printable(std::string_view bytes);

} // namespace ombud
