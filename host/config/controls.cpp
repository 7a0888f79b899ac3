#include "config/controls.hpp"

#include <algorithm>
#include <cassert>
#include <set>

#include "config/embedded.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

Checked<std::vector<Control>> parse_controls(std::string_view text, const std::string& name) {
    XmlReader xml(text, name, Grammar::controls);
    std::vector<Control> controls;
    std::set<std::string> seen;
    for (const auto& group : xml.root().children("group")) {
        const auto prefix = XmlReader::text(group, "id");
        for (const auto& node : group.children("control")) {
            Control control{XmlReader::text(node, "id"),
                            prefix,
                            XmlReader::text(group, "title"),
                            XmlReader::text(node, "title"),
                            XmlReader::content(node),
                            XmlReader::text(node, "source"),
                            XmlReader::text(node, "observe") == "true",
                            XmlReader::text(node, "prevent") == "true"};
            if (!seen.insert(control.id).second)
                xml.add(node, "id " + in_quotes(control.id) + " is given twice");
            if (!control.id.starts_with(prefix + "-"))
                xml.add(node, "id " + in_quotes(control.id) + " is not of its group " + in_quotes(prefix));
            controls.push_back(std::move(control));
        }
    }
    if (xml.has_problems())
        return tl::unexpected(std::move(xml).rejection());
    return controls;
}

Checked<std::vector<Control>> read_controls(const std::filesystem::path& file) {
    const auto text = read_bytes(file);
    if (!text)
        return tl::unexpected(text.error());
    return parse_controls(*text, file.string());
}

const std::vector<Control>& built_in_controls() {
    static const std::vector<Control> controls = [] {
        auto parsed = parse_controls(embedded_controls(), "controls.xml");
        assert(parsed); // the tests read the same bytes
        return parsed ? std::move(*parsed) : std::vector<Control>();
    }();
    return controls;
}

const Control* find_control(std::string_view id) {
    const auto& controls = built_in_controls();
    const auto found = std::ranges::find(controls, id, &Control::id);
    return found == controls.end() ? nullptr : &*found;
}

} // namespace ombud::config
