#include "gates/push/forwarder.hpp"

namespace ombud::push {

Result<std::unique_ptr<Forwarder>> make_forwarder(const ForwarderOptions& options) {
    const auto made = [&]() -> Result<std::unique_ptr<Forwarder>> {
        if (options.provider.empty() || options.country.size() != 2)
            return fail(ErrorCode::invalid_input, "needs its provider and the two letters of the provider's country");
        switch (options.kind) {
        case ForwarderKind::web_push:
            return make_web_push(options);
        case ForwarderKind::webhook:
            return make_webhook(options);
        case ForwarderKind::ntfy:
            return make_ntfy(options);
        case ForwarderKind::mqtt:
            return make_mqtt(options);
        }
        return fail(ErrorCode::internal, "of no known kind");
    };
    auto forwarder = made();
    if (!forwarder)
        return fail(std::move(forwarder.error()).within("forwarder " + options.id));
    return forwarder;
}

} // namespace ombud::push
