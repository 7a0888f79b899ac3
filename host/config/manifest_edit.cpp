#include "config/manifest_edit.hpp"

#include "config/manifest.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {

Checked<std::string> with_library_hash(std::string_view text, const std::string& name, const std::string& sha256) {
    const auto before = parse_manifest(text, name);
    if (!before)
        return tl::unexpected(before.error());
    if (before->library_sha256 == sha256)
        return std::string(text);
    // pugixml alone says where an element stands in the bytes; that the text holds is known from above.
    pugi::xml_document document;
    document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_comments, pugi::encoding_utf8);
    const auto root = document.document_element();
    std::string out(text);
    if (const auto library = root.child("library")) {
        const auto at = out.find(before->library_sha256, static_cast<std::size_t>(library.offset_debug()));
        if (at != std::string::npos)
            out.replace(at, before->library_sha256.size(), sha256);
    } else {
        // The name's offset is behind the '<' of the element that it goes before, in that one's own indentation.
        const auto first = static_cast<std::size_t>(root.child("summary").offset_debug()) - 1;
        const auto line = out.rfind('\n', first);
        const auto indent = out.substr(line == std::string::npos ? first : line, line == std::string::npos ? 0 : first - line);
        const bool is_indent = indent.find_first_not_of(" \t\r\n") == std::string::npos;
        out.insert(first, "<library sha256=\"" + sha256 + "\"/>" + (is_indent ? indent : ""));
    }
    // Whatever odd way it is written in: what comes back says what was asked for, or nothing comes back.
    const auto after = parse_manifest(out, name);
    if (!after || after->library_sha256 != sha256 || after->id != before->id)
        return tl::unexpected(Rejection{ErrorCode::invalid_input,
                                        {{name, 0, "<library sha256> cannot be set; write <library sha256=\"" + sha256 + "\"/> below <plugin>"}}});
    return out;
}

} // namespace ombud::config
