#include "session.hpp"

#include <charconv>

namespace ombud::zoneminder::web {
namespace {

constexpr std::size_t bytes_max = 1 << 20;
constexpr int depth_max = 16;

class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    std::optional<std::string_view> until(char end) {
        const auto at = rest_.find(end);
        if (at == std::string_view::npos)
            return std::nullopt;
        const auto part = rest_.substr(0, at);
        rest_.remove_prefix(at + 1);
        return part;
    }
    bool take(std::string_view text) {
        if (rest_.substr(0, text.size()) != text)
            return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    /// s:LENGTH:"BYTES";
    std::optional<std::string_view> text() {
        if (!take("s:"))
            return std::nullopt;
        const auto length = number(until(':'));
        if (!length || *length < 0 || static_cast<std::size_t>(*length) > rest_.size() || !take("\""))
            return std::nullopt;
        if (static_cast<std::size_t>(*length) > rest_.size())
            return std::nullopt;
        const auto bytes = rest_.substr(0, static_cast<std::size_t>(*length));
        rest_.remove_prefix(bytes.size());
        return take("\";") ? std::optional(bytes) : std::nullopt;
    }
    /// i:NUMBER;
    std::optional<std::int64_t> integer() { return take("i:") ? number(until(';')) : std::nullopt; }

    [[nodiscard]] char kind() const { return rest_.empty() ? '\0' : rest_.front(); }

    /// Passes one value of any kind but objects and references, which ZoneMinder keeps none of.
    bool skip(int depth = 0) {
        switch (kind()) {
        case 's': return text().has_value();
        case 'i': return integer().has_value();
        case 'b':
        case 'd': return until(';').has_value();
        case 'N': return take("N;");
        case 'a': {
            if (depth >= depth_max || !take("a:"))
                return false;
            const auto count = number(until(':'));
            if (!count || *count < 0 || !take("{"))
                return false;
            for (std::int64_t i = 0; i < 2 * *count; ++i)
                if (!skip(depth + 1))
                    return false;
            return take("}");
        }
        default: return false;
        }
    }

  private:
    static std::optional<std::int64_t> number(std::optional<std::string_view> text) {
        std::int64_t value = 0;
        if (!text || text->empty() || text->size() > 18)
            return std::nullopt;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
        return error == std::errc{} && end == text->data() + text->size() ? std::optional(value) : std::nullopt;
    }

    std::string_view rest_;
};

} // namespace

std::optional<Session> parse_session(std::string_view data) {
    if (data.size() > bytes_max)
        return std::nullopt;
    Session session;
    bool has_username = false;
    for (Reader reader(data); !reader.at_end();) {
        const auto name = reader.until('|');
        if (!name)
            return std::nullopt;
        if (*name == "username") {
            if (has_username)
                return std::nullopt;
            has_username = true;
            if (reader.kind() == 'N') {
                if (!reader.take("N;"))
                    return std::nullopt;
                continue;
            }
            const auto text = reader.text();
            if (!text)
                return std::nullopt;
            session.username = *text;
        } else if (*name == "last_time" && reader.kind() == 'i') {
            session.last_time = reader.integer();
            if (!session.last_time)
                return std::nullopt;
        } else if (!reader.skip()) {
            return std::nullopt;
        }
    }
    return session;
}

} // namespace ombud::zoneminder::web
