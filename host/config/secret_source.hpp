#pragma once
// What elements say of files beside the site: where a secret lies, and where a path leads. Internal to this folder.

#include <filesystem>
#include <optional>
#include <pugixml.hpp>
#include <string>

#include "config/option.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

/// A path as site.xml has it, from the site's folder and without dots.
[[nodiscard]] std::string absolute_path(const std::filesystem::path& base_dir, const std::string& given);

/// Whether the element has secret-file or secret-credential.
[[nodiscard]] bool has_secret_source(pugi::xml_node node);

/// The secret that an element's secret-file or secret-credential leads to.
///
/// @param what  how messages call it, such as 'password'
/// @return      nullopt: a problem was added to `xml`, which holds nothing of the secret
[[nodiscard]] std::optional<Secret> read_secret_source(XmlReader& xml, pugi::xml_node node, const std::string& what,
                                                       const std::filesystem::path& base_dir);

} // namespace ombud::config
