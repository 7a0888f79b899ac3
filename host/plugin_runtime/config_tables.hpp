#pragma once
// ombud_config over a JSON document.

#include <string>

#include <boost/json/value.hpp>
#include <ombud/config.h>

namespace ombud {

/// Owns the document that one instance's ombud_config shows. Address must stay: not copied, not moved.
class ConfigTable {
  public:
    explicit ConfigTable(boost::json::value document);
    ConfigTable(const ConfigTable&) = delete;
    ConfigTable& operator=(const ConfigTable&) = delete;
    const ombud_config* table() const { return &table_; }
    /// Value at a path of keys and list positions joined by '/'; null when it leads nowhere.
    const boost::json::value* find(std::string_view path) const;

  private:
    friend struct ConfigTableAccess;
    boost::json::value document_;
    std::string text_;
    ombud_config table_{};
};

} // namespace ombud
