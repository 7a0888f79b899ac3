#pragma once
// Reads <web> of <gates>. Internal to this folder.

#include <set>
#include <string>

#include "config/gates.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

/// The web gate, checked beyond the grammar. What is wrong is added to `xml`.
/// @param attachments  their ids
[[nodiscard]] WebGate read_web(XmlReader& xml, pugi::xml_node node, const std::set<std::string>& attachments);

} // namespace ombud::config
