#include "config/plugin_index.hpp"

#include <algorithm>
#include <set>

#include "config/xml_reader.hpp"

namespace ombud::config {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    }
    return out;
}

} // namespace

const Release* PluginIndex::release(std::string_view library_sha256) const {
    const auto found = std::ranges::find(releases, library_sha256, &Release::sha256);
    return found == releases.end() ? nullptr : &*found;
}

Checked<PluginIndex> parse_plugin_index(std::string_view text, const std::string& name) {
    XmlReader xml(text, name, Grammar::index);
    PluginIndex index;
    std::set<std::string> seen;
    if (const auto root = xml.root()) {
        index.serial = parse_integer(XmlReader::text(root, "serial")).value_or(0);
        index.made = XmlReader::text(root, "made");
        for (const auto& node : root.children("release")) {
            Release release{XmlReader::text(node, "plugin"), XmlReader::text(node, "version"), XmlReader::text(node, "sha256"),
                            XmlReader::text(node, "manifest-sha256"), XmlReader::text(node, "withdrawn")};
            if (!release.sha256.empty() && !seen.insert(release.sha256).second)
                xml.add(node, "sha256 " + in_quotes(release.sha256) + " is given twice");
            index.releases.push_back(std::move(release));
        }
    }
    if (xml.has_problems())
        return tl::unexpected(std::move(xml).rejection());
    return index;
}

std::string to_xml(const PluginIndex& index) {
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<index xmlns=\"urn:ombud:index:1\" serial=\"" +
                       std::to_string(index.serial) + "\" made=\"" + escaped(index.made) + "\">\n";
    for (const Release& one : index.releases) {
        text += "  <release plugin=\"" + escaped(one.plugin) + "\" version=\"" + escaped(one.version) + "\" sha256=\"" + one.sha256 +
                "\" manifest-sha256=\"" + one.manifest_sha256 + "\"";
        if (!one.withdrawn.empty())
            text += " withdrawn=\"" + escaped(one.withdrawn) + "\"";
        text += "/>\n";
    }
    return text + "</index>\n";
}

} // namespace ombud::config
