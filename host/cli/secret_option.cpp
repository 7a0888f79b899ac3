#include "cli/secret_option.hpp"
#include "config/secret.hpp"

namespace ombud::cli {

Result<std::optional<std::string>> secret_of(const Context& context, const std::string& option) {
    if (!context.is_given(option))
        return std::optional<std::string>();
    const auto secret = config::read_secret_file(context.text(option));
    if (!secret)
        return fail(secret.error());
    return std::optional<std::string>(secret->reveal());
}

} // namespace ombud::cli
