#pragma once
// Whether a push may leave, and what of it. Knows neither host nor clock.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ombud/result.hpp>
#include <regex.h>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::push_consent {

/// What a person agreed to. Times in nanoseconds since 1970 UTC.
struct Consent {
    std::string text_version, language;
    std::optional<int64_t> given_utc_ns;
    std::optional<int64_t> until_utc_ns; ///< it holds before this instant; empty: until it is withdrawn
    bool is_withdrawn = false;           ///< whatever the day: a withdrawal holds at once
};

struct Device {
    std::string person;
    std::string state;      ///< active, lost or left
    int64_t shown_utc_ns = 0; ///< when it was registered or last seen, the later one; 0: nobody knows
};

/// A POSIX extended expression that a whole account name has to match. Cheap to copy. Thread: any.
class AccountPattern {
  public:
    /// Errors: invalid_input (with what is wrong with the expression)
    static sdk::Result<AccountPattern> compile(const std::string& expression);
    [[nodiscard]] bool matches(const std::string& account) const;

  private:
    std::shared_ptr<const regex_t> compiled_;
};

struct Settings {
    std::string text_version; ///< the one in force
    std::optional<AccountPattern> accounts;
    std::set<std::string> countries; ///< of providers, two letters each; empty: any
    int64_t stale_after_ns = 0;
};

struct Registers {
    std::map<std::string, Consent, std::less<>> consents; ///< by account
    std::map<std::string, Device, std::less<>> devices;   ///< by id
};

struct Push {
    std::string person;
    std::string device; ///< empty: the person has none
};

struct Judgement {
    bool is_allowed = false; ///< then a reference and neutral texts leave, nothing else
    std::string rule, reason; ///< nothing personal
    std::string advice;       ///< for the sender alone
};
Judgement judge(const Push& push, const Registers& registers, const Settings& settings, int64_t now_utc_ns);

/// Why a consent does not hold now; empty: it does. Nothing personal.
std::string flaw_of(const Consent* consent, const Settings& settings, int64_t now_utc_ns);

/// Whether an account names a function and not a person (PUSH-4), as far as its form tells.
bool is_pseudonym(const std::string& account, const Settings& settings);

/// One matter for each check, whichever devices it is about: an audit raises it, or clears it.
struct Matter {
    std::string key, control;
    bool is_violation = false; ///< else a warning
    std::string text;          ///< empty: all is well
};
std::vector<Matter> audit(const Registers& registers, const Settings& settings, int64_t now_utc_ns);

} // namespace ombud::push_consent
