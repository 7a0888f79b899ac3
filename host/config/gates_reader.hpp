#pragma once
// Reads <gates> of a site. Internal to this folder.

#include <filesystem>
#include <pugixml.hpp>
#include <set>
#include <string>

#include "config/gates.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

/// The gates, checked beyond the grammar. What is wrong is added to `xml`.
/// @param node      <gates>, or nothing
/// @param cameras   ids of the site's cameras
/// @param base_dir  absolute; where relative paths start
[[nodiscard]] Gates read_gates(XmlReader& xml, pugi::xml_node node, const std::set<std::string>& cameras,
                               const std::filesystem::path& base_dir);

} // namespace ombud::config
