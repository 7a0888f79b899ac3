#pragma once
// Reads <ledger> of a site. Internal to this folder.

#include "config/ledger_settings.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

/// Checked beyond the grammar; what is wrong is added to `xml`. No element: nothing is anchored.
[[nodiscard]] LedgerSettings read_ledger(XmlReader& xml, pugi::xml_node node, const std::filesystem::path& base_dir);

} // namespace ombud::config
