// What each user exported in the last weeks, which is all that "usual" is judged by.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::export_watchdog {

/// One export that was made or let through.
struct PastExport {
    uint64_t number = 0; // running, for the whole history
    int64_t utc_ns = 0;
    int64_t size_bytes = 0;            // 0: not known
    std::string source;                // "desk", or an attachment and the way: "zm web", "zm vms"
    std::string export_id;
    std::vector<std::string> cameras;  // as far as they are known
};

/// A name on one line of at most 160 bytes: what a video system lets something be called is not ours to trust.
std::string one_line(std::string_view text);

/// What is remembered: by user, oldest first. Holds at most users_max users and exports_max of each, the newest ones.
///
/// A user is "desk/anna" or "zm/anna"; those whose name is unknown are one user, "zm/".
class History {
  public:
    static constexpr size_t exports_max = 10'000, users_max = 1'000;

    struct User {
        uint32_t number = 0; // stands for the user in findings' keys, which are no place for names
        std::vector<PastExport> exports;
    };

    /// Adds an export and forgets what is older than `keep_ns`.
    /// @return records of exports that are remembered no longer, by key
    std::vector<std::string> add(const std::string& user, PastExport what, int64_t keep_ns);
    /// The same export seen another way, within ten minutes and by the same user: then it is counted once. Null: none.
    PastExport* twin(const std::string& user, const PastExport& what);

    [[nodiscard]] const User* find(std::string_view user) const;
    /// The number of a user, a new one for somebody new.
    uint32_t number_of(const std::string& user);
    uint64_t next_number() { return ++last_number_; }

    /// A record of an export as it is stored: key and value. parse() takes it in again; false: it is none.
    static std::string key_of(uint64_t number);
    static std::string value_of(const std::string& user, uint32_t user_number, const PastExport& what);
    bool parse(std::string_view key, std::string_view value);
    void sort(); // behind the last parse()

  private:
    std::map<std::string, User, std::less<>> users_;
    uint64_t last_number_ = 0;
    uint32_t last_user_ = 0;
};

} // namespace ombud::export_watchdog
