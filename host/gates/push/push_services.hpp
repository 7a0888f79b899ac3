#pragma once
// Which hosts belong to which push service, so that the provider on record is the one that got the message (PUSH-6).

#include <string_view>

namespace ombud::push {

/// Whether there are hosts on record here for a provider, by its name in any case: Mozilla, Google, Apple, Microsoft.
bool is_known_provider(std::string_view provider);
/// Whether a host, in lower case, is one of that provider's push service.
bool is_host_of(std::string_view provider, std::string_view host);

} // namespace ombud::push
