#pragma once
// Reads the <mask> elements of a camera. Internal to this folder.

#include <pugixml.hpp>
#include <vector>

#include "config/mask.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

/// The masks, checked beyond the grammar: ids that are there twice, polygons that are none. What is wrong is added to `xml`.
[[nodiscard]] std::vector<Mask> read_masks(XmlReader& xml, pugi::xml_node camera);

} // namespace ombud::config
