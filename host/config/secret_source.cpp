#include "config/secret_source.hpp"

#include "config/secret.hpp"

namespace ombud::config {

std::string absolute_path(const std::filesystem::path& base_dir, const std::string& given) {
    auto path = (base_dir / given).lexically_normal();
    if (!path.has_filename() && path != path.root_path())
        path = path.parent_path(); // "folder/" is "folder"
    return path.string();
}

bool has_secret_source(pugi::xml_node node) {
    return node.attribute("secret-file") || node.attribute("secret-credential");
}

std::optional<Secret> read_secret_source(XmlReader& xml, pugi::xml_node node, const std::string& what,
                                         const std::filesystem::path& base_dir) {
    const auto file = node.attribute("secret-file");
    const auto credential = node.attribute("secret-credential");
    if (file.empty() == credential.empty()) {
        xml.add(node, what + " needs one of secret-file=\"PATH\" and secret-credential=\"NAME\"");
        return std::nullopt;
    }
    auto secret = file ? read_secret_file(absolute_path(base_dir, std::string(trimmed(file.value()))))
                       : read_credential(trimmed(credential.value()));
    if (!secret) {
        xml.add(node, what + ": " + secret.error().message);
        return std::nullopt;
    }
    return std::move(*secret);
}

} // namespace ombud::config
