#pragma once
// A capture: what modules were asked and told for a while, and what they answered; a file of its own form, version 1.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "events/event.hpp"
#include "events/names.hpp"
#include "registers/board.hpp"

namespace ombud::replay {

/// A JSON object a line. First the capture: {"ombud-capture": 1, "site", "timezone", "begun_utc_ns"}. Then in any order, each
/// counting from the call whose number it names (`before`, from 1):
///     {"module", "version", "library", "document", "limited"?}  who was asked, and its settings, secrets left out; whether it was
///                                                      given the cameras in them alone
///     {"register": [module, name], "before", …}          what a register held; again whenever it changed
///     {"call", "utc_ns", "mono_ns", "hook"?, "event", "answers"}
/// and last {"end": calls, "why"}. Times of calls are those at which modules got them.
inline constexpr std::int64_t capture_version = 1;
inline constexpr std::size_t capture_line_bytes_max = 64UL << 20U;
inline constexpr std::size_t capture_bytes_max = 512UL << 20U;

struct CapturedModule {
    std::string version;
    std::string library;         ///< hex SHA-256
    boost::json::value document; ///< as config::module_document() makes it
    bool is_limited = false;     ///< it was given the cameras in it alone
};

struct CapturedRegister {
    registers::Place place;
    std::uint64_t before = 1; ///< call from which it held this
    std::shared_ptr<const registers::Declaration> declaration; ///< without `check`
    std::vector<registers::Record> records;                    ///< without `event`
};

struct CapturedCall {
    std::uint64_t number = 0; ///< from 1, without gaps
    std::int64_t utc_ns = 0;
    std::int64_t mono_ns = 0; ///< since the capture began
    std::uint32_t hook = 0;   ///< OMBUD_HOOK_* of a question; 0: an event
    std::uint32_t flags = 0;  ///< OMBUD_CALL_*
    std::string attachment;
    EventRef event;
    /// By module: the canonical line of what it answered live (verdict_line), without the call's number.
    std::map<std::string, boost::json::object> answers;
};

struct Capture {
    std::string site, timezone;
    std::int64_t begun_utc_ns = 0;
    std::map<std::string, CapturedModule> modules;
    std::vector<CapturedRegister> registers; ///< in the order of `before`
    std::vector<CapturedCall> calls;         ///< in the order of their numbers
    std::string ended_because;               ///< "stopped", or which bound was reached
};

/// Reads a capture.
/// @param names  gets the names of its events
/// Errors  too_new        a version that this host does not know
///         invalid_input  which line, and what is wrong with it; a capture that has no end was cut off
Result<Capture> parse_capture(std::string_view text, Names& names);
/// Errors  not_found, unavailable, refused (larger than capture_bytes_max), and as parse_capture()
Result<Capture> read_capture(const std::filesystem::path& file, Names& names);

// The parts of a line, both ways.
boost::json::object event_json(const Event& event, const Names& names);
Result<EventRef> parse_event(const boost::json::object& json, Names& names);

} // namespace ombud::replay
