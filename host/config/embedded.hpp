#pragma once
// The published XML files that the program carries, so that it needs none at run time.

#include <string_view>

namespace ombud::config {

[[nodiscard]] std::string_view embedded_site_xsd();     ///< manifests/schema/site.xsd
[[nodiscard]] std::string_view embedded_module_xsd();   ///< manifests/schema/module.xsd
[[nodiscard]] std::string_view embedded_controls_xsd(); ///< manifests/schema/controls.xsd
[[nodiscard]] std::string_view embedded_index_xsd();    ///< manifests/schema/index.xsd
[[nodiscard]] std::string_view embedded_tests_xsd();    ///< manifests/schema/tests.xsd
[[nodiscard]] std::string_view embedded_controls();     ///< manifests/controls.xml

} // namespace ombud::config
