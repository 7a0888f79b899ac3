#pragma once
// Reads <exports> of a site's gates. Internal to this folder.

#include <filesystem>
#include <pugixml.hpp>

#include "config/gates.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

/// The export desk, checked beyond the grammar. What is wrong is added to `xml`.
/// @param node      <exports>
/// @param base_dir  absolute; where relative paths start
[[nodiscard]] ExportDesk read_exports(XmlReader& xml, pugi::xml_node node, const std::filesystem::path& base_dir);

} // namespace ombud::config
