#include "plugin_runtime/provenance.hpp"

#include <array>

namespace ombud {

std::string_view to_string(TrustLevel level) {
    constexpr std::array<std::string_view, 5> names{"unsigned", "development", "community", "organisation", "ours"};
    return names[static_cast<std::size_t>(level)];
}

} // namespace ombud
