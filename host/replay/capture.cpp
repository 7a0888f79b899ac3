#include "replay/capture.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <boost/json/parse.hpp>

#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::replay {
namespace {

namespace json = boost::json;

constexpr int depth_max = 32;

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorCode::invalid_input, std::move(what)); }

// What is read of one object; the first thing that is wrong with it stays.
class Reader {
  public:
    explicit Reader(const json::object& object) : object_(object) {}

    std::string text(std::string_view key, bool required = true) {
        const auto* value = object_.if_contains(key);
        if (value != nullptr && value->is_string())
            return std::string(value->get_string());
        if (value != nullptr || required)
            problem(std::string(key) + " is no text");
        return {};
    }
    std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max) {
        const auto* value = object_.if_contains(key);
        if (value != nullptr && value->is_int64() && value->get_int64() >= min && value->get_int64() <= max)
            return value->get_int64();
        problem(std::string(key) + " is no integer in " + std::to_string(min) + ".." + std::to_string(max));
        return min;
    }
    bool is_set(std::string_view key) {
        const auto* value = object_.if_contains(key);
        if (value != nullptr && !value->is_bool())
            problem(std::string(key) + " is neither true nor false");
        return value != nullptr && value->is_bool() && value->get_bool();
    }
    const json::array& list(std::string_view key) {
        static const json::array none;
        const auto* value = object_.if_contains(key);
        if (value != nullptr && value->is_array())
            return value->get_array();
        problem(std::string(key) + " is no list");
        return none;
    }
    const json::object& object(std::string_view key) {
        static const json::object none;
        const auto* value = object_.if_contains(key);
        if (value != nullptr && value->is_object())
            return value->get_object();
        problem(std::string(key) + " is no object");
        return none;
    }
    void problem(std::string what) {
        if (problem_.empty())
            problem_ = std::move(what);
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

  private:
    const json::object& object_;
    std::string problem_;
};

Result<void> add_field(sdk::EventBuilder& builder, const json::value& value, Names& names) {
    const auto* field = value.if_object();
    const auto* key = field == nullptr ? nullptr : field->if_contains("key");
    if (key == nullptr || !key->is_string())
        return wrong("a field without its key");
    const std::uint32_t number = names.intern(key->get_string());
    if (number == 0)
        return wrong("'" + std::string(key->get_string()) + "' is no name of a field");
    const auto privacy = field->contains("personal") ? sdk::Privacy::personal : sdk::Privacy::impersonal;
    if (const auto* text = field->if_contains("text"); text != nullptr && text->is_string())
        builder.add_text(number, text->get_string(), privacy);
    else if (const auto* integer = field->if_contains("i64"); integer != nullptr && integer->is_int64())
        builder.add_i64(number, integer->get_int64(), privacy);
    else if (const auto* large = field->if_contains("u64"); large != nullptr && (large->is_uint64() || (large->is_int64() && large->get_int64() >= 0)))
        builder.add_u64(number, large->is_uint64() ? large->get_uint64() : static_cast<std::uint64_t>(large->get_int64()), privacy);
    else if (const auto* real = field->if_contains("f64"); real != nullptr && real->is_number())
        builder.add_f64(number, real->to_number<double>(), privacy);
    else if (const auto* hex = field->if_contains("bytes"); hex != nullptr && hex->is_string()) {
        const auto bytes = signing::parse_hex(hex->get_string());
        if (!bytes)
            return wrong("field '" + std::string(key->get_string()) + "': " + bytes.error().message);
        builder.add_bytes(number, {reinterpret_cast<const char*>(bytes->data()), bytes->size()}, privacy);
    } else {
        return wrong("field '" + std::string(key->get_string()) + "' has no value that is known");
    }
    return {};
}

Result<registers::Record> parse_record(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr)
        return wrong("a record that is no object");
    Reader read(*object);
    registers::Record record;
    record.key = read.text("key");
    record.corrects = read.text("corrects", false);
    record.changed_utc_ns = read.integer("changed_utc_ns", INT64_MIN, INT64_MAX);
    for (const auto& one : read.object("values")) {
        registers::Value kept;
        if (one.value().is_int64())
            kept.typed = one.value().get_int64();
        else if (one.value().is_string())
            kept.typed = std::string(one.value().get_string());
        else
            read.problem("field '" + std::string(one.key()) + "' is neither text nor integer");
        record.values.emplace(std::string(one.key()), std::move(kept));
    }
    if (!read.problem().empty())
        return wrong(read.problem());
    return record;
}

class Parser {
  public:
    explicit Parser(Names& names) : names_(names) {}
    Result<void> line(const json::object& object);
    Result<Capture> finish() &&;

  private:
    Result<void> head(Reader& read);
    Result<void> module(Reader& read);
    Result<void> a_register(Reader& read);
    Result<void> call(Reader& read);

    Names& names_;
    Capture capture_;
    bool has_head_ = false;
    std::optional<std::int64_t> end_;
};

Result<void> Parser::head(Reader& read) {
    const auto version = read.integer("ombud-capture", 1, INT64_MAX);
    if (read.problem().empty() && version != capture_version)
        return fail(ErrorCode::too_new, "it is a capture of version " + std::to_string(version) + ", and this host reads version " +
                                            std::to_string(capture_version));
    capture_.site = read.text("site");
    capture_.timezone = read.text("timezone");
    capture_.begun_utc_ns = read.integer("begun_utc_ns", 0, INT64_MAX);
    has_head_ = true;
    return read.problem().empty() ? Result<void>() : wrong("it is no capture: " + read.problem());
}

Result<void> Parser::module(Reader& read) {
    CapturedModule one{read.text("version"), read.text("library"), read.object("document"), read.is_set("limited")};
    if (!capture_.modules.emplace(read.text("module"), std::move(one)).second)
        read.problem("a module is given twice");
    return read.problem().empty() ? Result<void>() : wrong(read.problem());
}

Result<void> Parser::a_register(Reader& read) {
    CapturedRegister one;
    const auto& place = read.list("register");
    if (place.size() == 2 && place[0].is_string() && place[1].is_string())
        one.place = {std::string(place[0].get_string()), std::string(place[1].get_string())};
    else
        read.problem("register is not [module, name]");
    one.before = static_cast<std::uint64_t>(read.integer("before", 1, INT64_MAX));
    registers::Declaration declared;
    declared.module = one.place.first;
    declared.name = one.place.second;
    declared.key_personal = read.is_set("key_personal");
    declared.append_only = read.is_set("append_only");
    for (const auto& field : read.list("fields")) {
        if (!field.is_object()) {
            read.problem("a register's field is no object");
            break;
        }
        Reader of_field(field.get_object());
        declared.fields.push_back({of_field.text("name"), "", of_field.is_set("personal")});
        if (!of_field.problem().empty())
            read.problem(of_field.problem());
    }
    one.declaration = std::make_shared<const registers::Declaration>(std::move(declared));
    for (const auto& value : read.list("records")) {
        auto record = parse_record(value);
        if (!record)
            return fail(record.error());
        one.records.push_back(std::move(*record));
    }
    capture_.registers.push_back(std::move(one));
    return read.problem().empty() ? Result<void>() : wrong(read.problem());
}

Result<void> Parser::call(Reader& read) {
    CapturedCall one;
    one.number = static_cast<std::uint64_t>(read.integer("call", 1, INT64_MAX));
    one.utc_ns = read.integer("utc_ns", 0, INT64_MAX);
    one.mono_ns = read.integer("mono_ns", 0, INT64_MAX);
    one.hook = static_cast<std::uint32_t>(read.integer("hook", 0, 1'000'000));
    one.flags = static_cast<std::uint32_t>(read.integer("flags", 0, UINT32_MAX));
    one.attachment = read.text("attachment", false);
    auto event = parse_event(read.object("event"), names_);
    if (!event && read.problem().empty())
        return fail(event.error());
    for (const auto& answer : read.object("answers")) {
        if (answer.value().is_object())
            one.answers.emplace(std::string(answer.key()), answer.value().get_object());
        else
            read.problem("the answer of " + std::string(answer.key()) + " is no object");
    }
    if (!read.problem().empty())
        return wrong(read.problem());
    one.event = std::move(*event);
    capture_.calls.push_back(std::move(one));
    return {};
}

Result<void> Parser::line(const json::object& object) {
    Reader read(object);
    if (!has_head_)
        return head(read);
    if (end_)
        return wrong("something stands behind the end");
    if (object.contains("call"))
        return call(read);
    if (object.contains("register"))
        return a_register(read);
    if (object.contains("module"))
        return module(read);
    end_ = read.integer("end", 0, INT64_MAX);
    capture_.ended_because = read.text("why");
    return read.problem().empty() ? Result<void>() : wrong("neither a module, a register, a call nor the end");
}

Result<Capture> Parser::finish() && {
    if (!has_head_)
        return wrong("it is empty, and no capture");
    if (!end_)
        return wrong("it has no end: it was cut off, or is still being written");
    if (static_cast<std::uint64_t>(*end_) != capture_.calls.size())
        return wrong("it holds " + std::to_string(capture_.calls.size()) + " calls, and says that there are " + std::to_string(*end_));
    std::ranges::sort(capture_.calls, {}, &CapturedCall::number);
    for (std::size_t i = 0; i < capture_.calls.size(); ++i) {
        if (capture_.calls[i].number != i + 1)
            return wrong("call " + std::to_string(i + 1) + " is missing, or there twice");
        if (i > 0 && capture_.calls[i].mono_ns < capture_.calls[i - 1].mono_ns)
            return wrong("call " + std::to_string(i + 1) + " was made before the one before it");
    }
    std::ranges::stable_sort(capture_.registers, {}, &CapturedRegister::before);
    return std::move(capture_);
}

} // namespace

boost::json::object event_json(const Event& event, const Names& names) {
    json::array fields;
    for (const sdk::Field field : event.read()) {
        json::object one{{"key", names.name(field.key())}};
        if (const auto text = field.as_text())
            one["text"] = *text;
        else if (const auto bytes = field.as_bytes())
            one["bytes"] = signing::hex(signing::bytes_of(*bytes));
        else if (const auto large = field.as_u64()) // before as_i64, which reads it too
            one["u64"] = *large;
        else if (const auto number = field.as_i64())
            one["i64"] = *number;
        else if (const auto real = field.as_f64())
            one["f64"] = *real;
        if (field.is_personal())
            one["personal"] = true;
        fields.push_back(std::move(one));
    }
    return {{"type", names.name(event.type())}, {"utc_ns", event.header().utc_ns}, {"seq", event.seq()}, {"flags", event.header().flags},
            {"correlation", signing::hex(std::span(event.header().correlation.b))}, {"fields", std::move(fields)}};
}

Result<EventRef> parse_event(const boost::json::object& object, Names& names) {
    Reader read(object);
    const std::uint32_t type = names.intern(read.text("type"));
    sdk::EventBuilder builder(type, read.integer("utc_ns", INT64_MIN, INT64_MAX));
    const std::int64_t seq = read.integer("seq", 0, INT64_MAX);
    const auto flags = static_cast<std::uint32_t>(read.integer("flags", 0, UINT32_MAX));
    const auto correlation = signing::parse_hex(read.text("correlation"));
    ombud_id id{};
    if (correlation && correlation->size() == sizeof id.b)
        std::memcpy(id.b, correlation->data(), sizeof id.b);
    else
        read.problem("correlation is not 16 bytes");
    builder.correlation(id);
    for (const auto& field : read.list("fields"))
        if (auto added = add_field(builder, field, names); !added)
            return fail(added.error());
    if (!read.problem().empty())
        return wrong("event: " + read.problem());
    const auto built = builder.finish();
    if (!built)
        return wrong(built.error().message);
    auto event = Event::copy(built->get());
    if (!event)
        return event;
    return (*event)->stamped(static_cast<std::uint64_t>(seq), 0, ombud_id{}, flags);
}

Result<Capture> parse_capture(std::string_view text, Names& names) {
    Parser parser(names);
    std::size_t number = 0;
    json::parse_options options;
    options.max_depth = depth_max;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        const std::string place = "line " + std::to_string(number) + ": ";
        if (line.size() > capture_line_bytes_max)
            return wrong(place + "longer than " + std::to_string(capture_line_bytes_max) + " bytes");
        json::error_code error;
        const json::value value = json::parse({line.data(), line.size()}, error, {}, options);
        if (error || !value.is_object())
            return wrong(place + (error ? "is not JSON: " + error.message() : "is no object"));
        if (auto taken = parser.line(value.get_object()); !taken)
            return fail(taken.error().code, place + taken.error().message);
    }
    return std::move(parser).finish();
}

Result<Capture> read_capture(const std::filesystem::path& file, Names& names) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error)
        return fail(error == std::errc::no_such_file_or_directory ? ErrorCode::not_found : ErrorCode::unavailable,
                    file.string() + ": " + error.message());
    if (size > capture_bytes_max)
        return fail(ErrorCode::refused, file.string() + ": " + std::to_string(size) + " bytes; a capture has at most " +
                                            std::to_string(capture_bytes_max));
    std::ifstream in(file, std::ios::binary);
    std::string text(size, '\0');
    if (!in.read(text.data(), static_cast<std::streamsize>(size)))
        return fail(ErrorCode::unavailable, file.string() + ": cannot be read");
    auto capture = parse_capture(text, names);
    if (!capture)
        return fail(Error(capture.error()).within(file.string()));
    return capture;
}

} // namespace ombud::replay
