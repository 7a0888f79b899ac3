#include "signing/cms/openssl.hpp"

#include <ctime>

namespace ombud::signing {

std::string openssl_reason() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason ? reason : "no reason given";
}

std::vector<std::uint8_t> bytes_in(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, data + (size > 0 ? size : 0)};
}

Owned<BIO> reading(std::span<const std::uint8_t> bytes) {
    return Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Result<std::int64_t> utc_ns_of(const ASN1_TIME* time) {
    std::tm broken{};
    if (!time || ASN1_TIME_to_tm(time, &broken) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::invalid_input, "it is no time");
    }
    const std::time_t seconds = ::timegm(&broken);
    // Beyond the years that nanoseconds reach, the nearest that they do.
    constexpr std::int64_t seconds_max = 9'223'372'036;
    const std::int64_t held = seconds > seconds_max ? seconds_max : seconds < -seconds_max ? -seconds_max : seconds;
    return held * 1'000'000'000;
}

Owned<ASN1_TIME> asn1_time_of(std::int64_t utc_ns) {
    std::int64_t seconds = utc_ns / 1'000'000'000;
    if (utc_ns % 1'000'000'000 < 0)
        --seconds;
    return Owned<ASN1_TIME>(ASN1_TIME_set(nullptr, static_cast<std::time_t>(seconds)));
}

std::string utc_text(std::int64_t utc_ns) {
    const auto seconds = static_cast<std::time_t>(utc_ns / 1'000'000'000);
    std::tm broken{};
    ::gmtime_r(&seconds, &broken);
    char text[32] = {};
    return std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &broken) > 0 ? text : "no time";
}

} // namespace ombud::signing
