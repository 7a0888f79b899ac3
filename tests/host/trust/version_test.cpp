#include "trust/version.hpp"

#include <catch2/catch.hpp>

namespace ombud::trust {
namespace {

TEST_CASE("versions are ordered as Semantic Versioning says", "[version]") {
    // Oldest first; the middle ones are the example of its section 11.
    const char* const versions[] = {"0.9.9", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
                                    "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "999999999.0.0"};
    for (const char* const& left : versions)
        for (const char* const& right : versions) {
            INFO(left << " and " << right);
            CHECK((compare_versions(left, right) < 0) == (&left < &right));
            CHECK((compare_versions(left, right) == 0) == (&left == &right));
        }
}

} // namespace
} // namespace ombud::trust
