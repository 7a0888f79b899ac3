#include "metadata/pseudonyms.hpp"

#include <algorithm>
#include <expat.h>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "signing/random.hpp"

namespace ombud::metadata {
namespace {

constexpr std::size_t depth_max = 64, value_bytes_max = 4096;
constexpr char separator = '\n'; // in no namespace's name and in no element's

/// How a value leaves.
enum class Value {
    number, time, name, topic, // as it is if it has that form, else not at all
    object_class,              // one of ONVIF's words, else Other
    object,                    // an object's pseudonym
    item,                      // an event's: see item_value
};

struct Attribute {
    std::string_view name;
    Value value;
};

/// An element that stays, below that parent.
struct Kept {
    std::string_view name; // "tt:Object"
    std::string_view parent;
    std::span<const Attribute> attributes{};
    std::optional<Value> text{};
};

constexpr Attribute frame_attributes[] = {{"UtcTime", Value::time}};
constexpr Attribute point_attributes[] = {{"x", Value::number}, {"y", Value::number}};
constexpr Attribute box_attributes[] = {
    {"left", Value::number}, {"top", Value::number}, {"right", Value::number}, {"bottom", Value::number}};
constexpr Attribute object_attributes[] = {{"ObjectId", Value::object}, {"Parent", Value::object}};
constexpr Attribute likelihood_attributes[] = {{"Likelihood", Value::number}};
constexpr Attribute message_attributes[] = {{"UtcTime", Value::time}, {"PropertyOperation", Value::name}};
constexpr Attribute item_attributes[] = {{"Name", Value::name}, {"Value", Value::item}};

constexpr Kept kept[] = {
    {"tt:MetadataStream", ""},
    {"tt:VideoAnalytics", "tt:MetadataStream"},
    {"tt:Frame", "tt:VideoAnalytics", frame_attributes},
    {"tt:Transformation", "tt:Frame"},
    {"tt:Transformation", "tt:Appearance"},
    {"tt:Translate", "tt:Transformation", point_attributes},
    {"tt:Scale", "tt:Transformation", point_attributes},
    {"tt:Object", "tt:Frame", object_attributes},
    {"tt:Appearance", "tt:Object"},
    {"tt:Shape", "tt:Appearance"},
    {"tt:BoundingBox", "tt:Shape", box_attributes},
    {"tt:CenterOfGravity", "tt:Shape", point_attributes},
    {"tt:Class", "tt:Appearance"},
    {"tt:ClassCandidate", "tt:Class"},
    {"tt:Type", "tt:ClassCandidate", {}, Value::object_class},
    {"tt:Likelihood", "tt:ClassCandidate", {}, Value::number},
    {"tt:Type", "tt:Class", likelihood_attributes, Value::object_class},
    {"tt:Behaviour", "tt:Object"},
    {"tt:Removed", "tt:Behaviour"},
    {"tt:Idle", "tt:Behaviour"},
    {"tt:ObjectTree", "tt:Frame"},
    {"tt:Rename", "tt:ObjectTree"},
    {"tt:Split", "tt:ObjectTree"},
    {"tt:Merge", "tt:ObjectTree"},
    {"tt:Delete", "tt:ObjectTree", object_attributes},
    {"tt:from", "tt:Rename", object_attributes},
    {"tt:to", "tt:Rename", object_attributes},
    {"tt:from", "tt:Split", object_attributes},
    {"tt:to", "tt:Split", object_attributes},
    {"tt:from", "tt:Merge", object_attributes},
    {"tt:to", "tt:Merge", object_attributes},
    {"tt:Event", "tt:MetadataStream"},
    {"wsnt:NotificationMessage", "tt:Event"},
    {"wsnt:Topic", "wsnt:NotificationMessage", {}, Value::topic},
    {"wsnt:Message", "wsnt:NotificationMessage"},
    {"tt:Message", "wsnt:Message", message_attributes},
    {"tt:Source", "tt:Message"},
    {"tt:Key", "tt:Message"},
    {"tt:Data", "tt:Message"},
    {"tt:SimpleItem", "tt:Source", item_attributes},
    {"tt:SimpleItem", "tt:Key", item_attributes},
    {"tt:SimpleItem", "tt:Data", item_attributes},
};

constexpr std::string_view object_classes[] = {"Animal", "Bicycle", "Bike",    "Bus",   "Car",          "Face",  "Group",
                                               "Human",  "HumanFace", "HumanBody", "LicensePlate", "Motorcycle", "Other", "Truck",
                                               "Vehicle", "VehiclePart"};
/// Of an event's source: what they hold names a part of the camera, no person.
constexpr std::string_view configuration_items[] = {"VideoSource", "VideoSourceToken", "VideoSourceConfigurationToken",
                                                    "VideoAnalyticsConfigurationToken", "AnalyticsConfigurationToken", "Rule"};

constexpr std::string_view schema_of(std::string_view prefix) {
    return prefix == "tt" ? "http://www.onvif.org/ver10/schema" : "http://docs.oasis-open.org/wsn/b-2";
}

template <std::size_t size> bool is_one_of(const std::string_view (&words)[size], std::string_view word) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_of(std::string_view value, std::string_view allowed) {
    return !value.empty() && value.size() <= 128 && value.find_first_not_of(allowed) == std::string_view::npos;
}

#define OMBUD_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
constexpr std::string_view number_form = "0123456789+-.eE", time_form = "0123456789-:.TZ+", name_form = OMBUD_LETTERS "0123456789_-.",
                           topic_form = OMBUD_LETTERS "0123456789_-.:/|*";
#undef OMBUD_LETTERS

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view spaces = " \t\r\n";
    const auto from = text.find_first_not_of(spaces);
    return from == std::string_view::npos ? std::string_view{} : text.substr(from, text.find_last_not_of(spaces) - from + 1);
}

/// One document on its way through.
class Filter {
  public:
    explicit Filter(const Pseudonyms& pseudonyms) : pseudonyms_(pseudonyms), parser_(XML_ParserCreateNS("UTF-8", separator)) {
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(
            parser_.get(), [](void* self, const char* name, const char** attributes) { static_cast<Filter*>(self)->begin(name, attributes); },
            [](void* self, const char*) { static_cast<Filter*>(self)->end(); });
        XML_SetCharacterDataHandler(parser_.get(), [](void* self, const char* text, int size) {
            static_cast<Filter*>(self)->text({text, static_cast<std::size_t>(size)});
        });
        XML_SetStartDoctypeDeclHandler(parser_.get(), [](void* self, const char*, const char*, const char*, int) {
            static_cast<Filter*>(self)->stop("it has a document type");
        });
    }

    Result<std::string> run(std::string_view document) {
        const auto status = XML_Parse(parser_.get(), document.data(), static_cast<int>(document.size()), 1);
        if (!why_.empty())
            return fail(ErrorCode::invalid_input, why_);
        if (status != XML_STATUS_OK)
            return fail(ErrorCode::invalid_input, std::string("not XML: ") + XML_ErrorString(XML_GetErrorCode(parser_.get())) + ", line " +
                                                      std::to_string(XML_GetCurrentLineNumber(parser_.get())));
        return std::move(out_);
    }

  private:
    struct Free {
        void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
    };

    void stop(std::string why) {
        if (why_.empty())
            why_ = std::move(why);
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    static const Kept* find(std::string_view full, std::string_view parent) {
        for (const Kept& one : kept) {
            const auto colon = one.name.find(':');
            const std::string_view schema = schema_of(one.name.substr(0, colon)), local = one.name.substr(colon + 1);
            if (one.parent == parent && full.size() == schema.size() + 1 + local.size() && full.starts_with(schema) &&
                full[schema.size()] == separator && full.ends_with(local))
                return &one;
        }
        return nullptr;
    }

    void begin(const char* name, const char** attributes) {
        if (skipped_ > 0 || path_.size() == depth_max) {
            if (++skipped_ > depth_max)
                stop("its elements are nested more than " + std::to_string(2 * depth_max) + " deep");
            return;
        }
        flush_text();
        const Kept* element = find(name, path_.empty() ? std::string_view{} : path_.back()->name);
        if (element == nullptr) {
            ++skipped_;
            if (path_.empty())
                stop("its root is no tt:MetadataStream"); // the end of an empty element is told all the same
            return;
        }
        out_.append("<").append(element->name);
        if (path_.empty())
            out_.append(" xmlns:tt=\"").append(schema_of("tt")).append("\" xmlns:wsnt=\"").append(schema_of("wsnt"))
                .append("\" xmlns:tns1=\"http://www.onvif.org/ver10/topics\"");
        const std::string_view item = attribute(attributes, "Name");
        for (const Attribute& one : element->attributes)
            if (const char* value = attribute(attributes, one.name); value != nullptr)
                if (const auto leaves = leaving(value, one.value, item, *element); !leaves.empty())
                    out_.append(" ").append(one.name).append("=\"").append(leaves).append("\"");
        out_.append(">");
        path_.push_back(element);
    }

    void end() {
        if (skipped_ > 0) {
            --skipped_;
            return;
        }
        flush_text();
        out_.append("</").append(path_.back()->name).append(">");
        path_.pop_back();
    }

    void text(std::string_view more) {
        if (skipped_ == 0 && !path_.empty() && path_.back()->text && text_.size() + more.size() <= value_bytes_max)
            text_.append(more);
    }

    void flush_text() {
        if (!text_.empty())
            out_.append(leaving(trimmed(text_), *path_.back()->text, {}, *path_.back()));
        text_.clear();
    }

    static const char* attribute(const char** attributes, std::string_view name) {
        for (; *attributes != nullptr; attributes += 2)
            if (name == attributes[0]) // those of ONVIF are in no namespace
                return attributes[1];
        return name == "Name" ? "" : nullptr;
    }

    /// What leaves in place of a value: no form lets a character through that XML would need to escape.
    std::string leaving(std::string_view value, Value how, std::string_view item, const Kept& element) const {
        switch (how) {
        case Value::number: return is_of(value, number_form) ? std::string(value) : std::string{};
        case Value::time: return is_of(value, time_form) ? std::string(value) : std::string{};
        case Value::name: return is_of(value, name_form) ? std::string(value) : std::string{};
        case Value::topic: return is_of(value, topic_form) ? std::string(value) : std::string{};
        case Value::object_class: return is_one_of(object_classes, value) ? std::string(value) : "Other";
        case Value::object: return pseudonyms_.number(value);
        case Value::item: return item_value(value, item, element);
        }
        return {};
    }

    std::string item_value(std::string_view value, std::string_view item, const Kept& element) const {
        if (value == "true" || value == "false")
            return std::string(value);
        if (item == "ObjectId")
            return pseudonyms_.number(value); // as in the frame that shows it
        if (element.parent == "tt:Source" && is_one_of(configuration_items, item) && is_of(value, name_form))
            return std::string(value);
        return pseudonyms_.text(value);
    }

    const Pseudonyms& pseudonyms_;
    std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
    std::vector<const Kept*> path_;
    std::size_t skipped_ = 0; // depth below an element that goes
    std::string text_, out_, why_;
};

} // namespace

Result<Pseudonyms> Pseudonyms::make() {
    Key key{};
    if (auto filled = signing::random_bytes(key); !filled)
        return fail(filled.error());
    return Pseudonyms(key);
}

std::string Pseudonyms::number(std::string_view value) const {
    const auto digest = signing::hmac_sha256(key_, signing::bytes_of(value));
    const std::uint32_t bits = std::uint32_t{digest[0]} << 24 | std::uint32_t{digest[1]} << 16 | std::uint32_t{digest[2]} << 8 | digest[3];
    return std::to_string(std::max<std::uint32_t>(bits & 0x7fff'ffffU, 1));
}

std::string Pseudonyms::text(std::string_view value) const {
    const auto digest = signing::hmac_sha256(key_, signing::bytes_of(value));
    return "p-" + signing::hex(std::span(digest).first(8));
}

Result<std::string> pseudonymise(std::string_view document, const Pseudonyms& pseudonyms) {
    if (document.size() > document_bytes_max)
        return fail(ErrorCode::invalid_input, "it is longer than " + std::to_string(document_bytes_max) + " bytes");
    return Filter(pseudonyms).run(document);
}

} // namespace ombud::metadata
