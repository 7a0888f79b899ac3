#pragma once
// Reads what a manifest declares: an option, or a field of a register. Internal to this folder.

#include <optional>
#include <pugixml.hpp>
#include <span>

#include "config/option.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

/// What an <option> or <field> declares. What is wrong is added to `xml`.
/// @param types  that the element may have
/// @return       nullopt: of no such type, which the grammar has refused
[[nodiscard]] std::optional<OptionSpec> read_option_spec(XmlReader& xml, pugi::xml_node node,
                                                         std::span<const OptionType> types);

} // namespace ombud::config
