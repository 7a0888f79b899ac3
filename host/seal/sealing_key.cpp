#include "seal/sealing_key.hpp"

namespace ombud::seal {

Result<SealingKeys> SealingKeys::open(const std::filesystem::path&, const std::string&, const KeySource&,
                                      const Clock&) {
    return fail(ErrorCode::unavailable, "this build cannot seal yet");
}

Result<std::vector<KeyRecord>> SealingKeys::list(const std::filesystem::path&) {
    return fail(ErrorCode::unavailable, "this build cannot seal yet");
}

Result<KeyRecord> SealingKeys::rotate(const std::string&, const KeySource&, const Clock&) {
    return fail(ErrorCode::unavailable, "this build cannot seal yet");
}

} // namespace ombud::seal
