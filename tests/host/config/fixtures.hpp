#pragma once
// A site, two manifests and a folder to try configurations with.

#include <filesystem>
#include <string>
#include <string_view>

#include "config/manifest.hpp"
#include "config/site.hpp"

namespace config_test {

/// A folder of its own under the system's, removed with all that is in it.
class TempFolder {
  public:
    TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Writes a file of the folder, readable by its owner alone; its path.
    std::filesystem::path write(const std::string& name, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

/// `box`, a connector with an option of every type, and `watch`, a module with one; no other plugins.
[[nodiscard]] const ombud::config::Manifests& manifests();
[[nodiscard]] std::string_view box_manifest_xml();

/// A <site> around the content, which begins on line 2.
[[nodiscard]] std::string site_xml(std::string_view content);
/// A site whose one attachment, `files`, has these options beside the required one, on line 2.
[[nodiscard]] std::string site_with_options(std::string_view options);
/// A site with the attachment `files` on line 2 and one camera on line 3, whose attributes and content are given.
[[nodiscard]] std::string site_with_camera(std::string_view attributes, std::string_view content = "");

/// Parses with name "site.xml", base folder "/srv/site" and manifests().
[[nodiscard]] ombud::config::Checked<ombud::config::Site> parse(std::string_view xml);
/// All problems, one a line; empty when there are none.
[[nodiscard]] std::string problems_of(std::string_view xml);

/// The content of a file of the source tree, e.g. "manifests/schema/site.xsd".
[[nodiscard]] std::string source_file(const std::string& path);

} // namespace config_test
