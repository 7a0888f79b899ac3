#include "signing/random.hpp"

#include "signing/encoding.hpp"

#include <limits>
#include <openssl/rand.h>

namespace ombud::signing {

Result<void> random_bytes(std::span<std::uint8_t> bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return fail(ErrorCode::unavailable, "the system's random generator failed");
    return {};
}

Result<Uuid> uuid_v7(std::int64_t utc_ns) {
    Uuid uuid;
    if (auto filled = random_bytes(uuid); !filled)
        return fail(filled.error());
    const auto ms = static_cast<std::uint64_t>(utc_ns / 1'000'000);
    for (std::size_t i = 0; i < 6; ++i)
        uuid[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    uuid[6] = static_cast<std::uint8_t>(0x70 | (uuid[6] & 0x0f));
    uuid[8] = static_cast<std::uint8_t>(0x80 | (uuid[8] & 0x3f));
    return uuid;
}

std::string to_string(const Uuid& uuid) {
    std::string text = hex(uuid);
    for (const std::size_t at : {20u, 16u, 12u, 8u})
        text.insert(at, 1, '-');
    return text;
}

} // namespace ombud::signing
