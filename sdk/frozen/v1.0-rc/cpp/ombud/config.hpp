#pragma once
// Settings of one instance, already checked against the manifest.

#include <cstdint>
#include <ombud/config.h>
#include <ombud/growable.hpp>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <string>
#include <string_view>

namespace ombud::sdk {

/// Typed access by path, e.g. "options/interval_s" or "site/cameras/0/id" (ombud/config.h). Cheap to copy; text lives
/// as long as the instance. Thread: any.
///
/// Each get_*  Errors: not_found (the path leads nowhere), invalid_input (the value is of another type);
/// the message names the path. `get_i64("options/x").value_or(5)` serves optional ones.
class Config {
  public:
    explicit Config(const ombud_config* table) noexcept : table_(table) {}

    [[nodiscard]] Result<std::int64_t> get_i64(const std::string& path) const {
        std::int64_t value = 0;
        return get(&ombud_config::get_i64, path, value, "an integer");
    }
    [[nodiscard]] Result<bool> get_bool(const std::string& path) const {
        std::uint32_t value = 0;
        const auto got = get(&ombud_config::get_bool, path, value, "a boolean");
        if (!got)
            return fail(got.error());
        return *got != 0;
    }
    [[nodiscard]] Result<std::string_view> get_str(const std::string& path) const {
        ombud_view value{};
        const auto got = get(&ombud_config::get_str, path, value, "a text");
        if (!got)
            return fail(got.error());
        return to_text(*got);
    }
    /// Elements of a list or members of an object.
    [[nodiscard]] Result<std::uint64_t> get_count(const std::string& path) const {
        std::uint64_t value = 0;
        return get(&ombud_config::get_count, path, value, "a list or an object");
    }

    /// The whole document as JSON; empty when the host has none.
    [[nodiscard]] std::string_view json() const {
        return has_function(table_, &ombud_config::json) ? to_text(table_->json(table_->ctx)) : std::string_view();
    }

  private:
    template <class T>
    Result<T> get(ombud_status (*ombud_config::*getter)(void*, const char*, T*), const std::string& path, T value,
                  const char* type) const {
        if (!has_function(table_, getter))
            return fail(ErrorCode::not_found, path + ": this host has no settings");
        const ombud_status status = (table_->*getter)(table_->ctx, path.c_str(), &value);
        if (status == OMBUD_OK)
            return value;
        if (status == OMBUD_NOT_FOUND)
            return fail(ErrorCode::not_found, path + ": not set");
        if (status == OMBUD_INVALID_INPUT)
            return fail(ErrorCode::invalid_input, path + ": not " + type);
        return fail(to_result(status, path).error());
    }

    const ombud_config* table_;
};

} // namespace ombud::sdk
