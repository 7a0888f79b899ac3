#pragma once
// Reads the <option> elements of an attachment or module against the plugin's manifest. Internal to this folder.

#include <filesystem>
#include <pugixml.hpp>

#include "config/manifest.hpp"
#include "config/option.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

/// The plugin's values with defaults filled in. What is wrong is added to `xml`, and left out of the answer.
/// @param owner     the element that has the options
/// @param base_dir  absolute; where relative paths start
[[nodiscard]] OptionValues read_option_values(XmlReader& xml, pugi::xml_node owner, const Manifest& manifest,
                                              const std::filesystem::path& base_dir);

} // namespace ombud::config
