#pragma once
// README.txt of a seal: how to open it with stock tools. It tells nothing of what is inside.

#include <string>

namespace ombud::seal {

[[nodiscard]] std::string instructions(const std::string& export_id, bool for_certificates, bool for_passphrase,
                                       bool is_time_stamped);

} // namespace ombud::seal
