#include "replay/pseudonyms.hpp"

#include <ombud/view.hpp>

#include "signing/digest.hpp"
#include "signing/random.hpp"

namespace ombud::replay {
namespace {

// Endless bytes of a key, a value and a number.
class Bytes {
  public:
    Bytes(const std::array<std::uint8_t, 32>& key, std::string_view value, unsigned attempt) : key_(key), seed_(value) {
        seed_ += '\0' + std::to_string(attempt) + '\0';
    }
    unsigned below(unsigned limit) {
        if (at_ + 2 > block_.size()) {
            block_ = signing::hmac_sha256(key_, signing::bytes_of(seed_ + std::to_string(blocks_++)));
            at_ = 0;
        }
        const unsigned two = (static_cast<unsigned>(block_[at_]) << 8U) | block_[at_ + 1];
        at_ += 2;
        return two % limit;
    }

  private:
    const std::array<std::uint8_t, 32>& key_;
    std::string seed_;
    signing::Digest block_{};
    std::size_t at_ = sizeof(signing::Digest);
    unsigned blocks_ = 0;
};

// A letter that is none of ASCII becomes one of it: its first byte a letter, the others nothing.
std::string disguised(std::string_view name, Bytes bytes) {
    std::string other;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (c >= '0' && c <= '9')
            other += static_cast<char>('0' + bytes.below(10));
        else if (c >= 'A' && c <= 'Z')
            other += static_cast<char>('A' + bytes.below(26));
        else if ((c >= 'a' && c <= 'z') || byte >= 0xC0)
            other += static_cast<char>('a' + bytes.below(26));
        else if (byte < 0x80)
            other += c;
    }
    return other;
}

} // namespace

Result<Pseudonyms> Pseudonyms::make() {
    std::array<std::uint8_t, 32> key{};
    if (auto filled = signing::random_bytes(key); !filled)
        return fail(filled.error());
    return Result<Pseudonyms>(tl::in_place, key);
}

std::string Pseudonyms::of_name(std::string_view name) {
    if (const auto found = known_.find(name); found != known_.end())
        return found->second;
    constexpr unsigned attempts_max = 1000;
    std::string other;
    for (unsigned attempt = 0; attempt < attempts_max; ++attempt) {
        other = disguised(name, Bytes(key_, name, attempt));
        constexpr unsigned same_max = 50; // what has neither letters nor digits stays as it is
        if (!given_.contains(other) && (other != name || attempt > same_max))
            break;
        if (attempt + 1 == attempts_max) // so many of one short shape: this one gets longer
            other += std::to_string(given_.size());
    }
    given_.insert(other);
    return known_.emplace(std::string(name), std::move(other)).first->second;
}

std::string Pseudonyms::of_line(std::string_view line) {
    const auto at = line.rfind('@');
    if (at == std::string_view::npos)
        return line.empty() ? std::string() : of_name(line);
    std::string other;
    for (std::size_t begin = 0; begin <= at;) {
        const std::size_t end = std::min(line.find('+', begin), at);
        if (end > begin)
            other += of_name(line.substr(begin, end - begin));
        if (end == at)
            break;
        other += '+';
        begin = end + 1;
    }
    return other + std::string(line.substr(at));
}

std::string Pseudonyms::of(std::string_view value) {
    const std::lock_guard lock(mutex_);
    std::string other;
    for (std::size_t begin = 0; begin <= value.size();) {
        const std::size_t end = std::min(value.find('\n', begin), value.size());
        other += of_line(value.substr(begin, end - begin));
        if (end < value.size())
            other += '\n';
        begin = end + 1;
    }
    return other;
}

std::string Pseudonyms::of_words(std::string_view words) {
    std::string other;
    for (std::size_t begin = 0; begin < words.size();) {
        const std::size_t end = std::min(words.find_first_of(" \t,;", begin), words.size());
        if (end > begin)
            other += of(words.substr(begin, end - begin));
        if (end < words.size())
            other += words[end];
        begin = end + 1;
    }
    return other;
}

} // namespace ombud::replay
