#include "seal/seal.hpp"

namespace ombud::seal {

Result<Sealed> seal_files(const SealRequest&, const SealingKey&, const Clock&) {
    return fail(ErrorCode::unavailable, "this build cannot seal yet");
}

Result<std::size_t> remove_unfinished(const std::filesystem::path&) {
    return fail(ErrorCode::unavailable, "this build cannot seal yet");
}

} // namespace ombud::seal
