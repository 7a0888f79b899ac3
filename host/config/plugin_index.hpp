#pragma once
// An index of released plugins: which versions there are, by hash, and which of them were withdrawn.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace ombud::config {

struct Release {
    std::string plugin;
    std::string version;         ///< semantic version
    std::string sha256;          ///< hex, of the library; once in an index
    std::string manifest_sha256; ///< hex, of the manifest's bytes
    std::string withdrawn;       ///< why it must not run any more; empty: it may
};

struct PluginIndex {
    std::int64_t serial = 0; ///< 1 or more; of two indexes of one signer the one with the larger number holds
    std::string made;        ///< YYYY-MM-DD, for people
    std::vector<Release> releases;

    [[nodiscard]] const Release* release(std::string_view library_sha256) const; ///< nullptr: not listed
};

/// @param text  the XML document: UTF-8, at most 4 MiB, no DOCTYPE
/// @param name  the file's name for messages
/// Errors       invalid_input  every problem with its line
/// Thread any   Source manifests/schema/index.xsd, version 1
[[nodiscard]] Checked<PluginIndex> parse_plugin_index(std::string_view text, const std::string& name);

/// The document that parse_plugin_index() reads back.
[[nodiscard]] std::string to_xml(const PluginIndex& index);

} // namespace ombud::config
