#include "plugin_runtime/config_tables.hpp"

#include <charconv>

#include <boost/json/serialize.hpp>

namespace ombud {

const boost::json::value* ConfigTable::find(std::string_view path) const {
    const boost::json::value* here = &document_;
    while (!path.empty() && here != nullptr) {
        const auto slash = path.find('/');
        const std::string_view step = path.substr(0, slash);
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
        if (const auto* object = here->if_object()) {
            here = object->if_contains(step);
        } else if (const auto* list = here->if_array()) {
            std::size_t index = 0;
            const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
            const bool number = error == std::errc{} && end == step.data() + step.size();
            here = number ? list->if_contains(index) : nullptr;
        } else {
            here = nullptr;
        }
    }
    return here;
}

struct ConfigTableAccess {
    static const ConfigTable& of(void* ctx) { return *static_cast<const ConfigTable*>(ctx); }
    static const boost::json::value* find(void* ctx, const char* path) {
        return path == nullptr ? nullptr : of(ctx).find(path);
    }

    static ombud_status get_i64(void* ctx, const char* path, std::int64_t* out) {
        const auto* value = find(ctx, path);
        if (value == nullptr || value->is_null())
            return OMBUD_NOT_FOUND;
        if (value->is_int64())
            *out = value->get_int64();
        else if (value->is_uint64() && value->get_uint64() <= INT64_MAX)
            *out = static_cast<std::int64_t>(value->get_uint64());
        else
            return OMBUD_INVALID_INPUT;
        return OMBUD_OK;
    }
    static ombud_status get_bool(void* ctx, const char* path, std::uint32_t* out) {
        const auto* value = find(ctx, path);
        if (value == nullptr || value->is_null())
            return OMBUD_NOT_FOUND;
        if (!value->is_bool())
            return OMBUD_INVALID_INPUT;
        *out = value->get_bool() ? 1 : 0;
        return OMBUD_OK;
    }
    static ombud_status get_str(void* ctx, const char* path, ombud_view* out) {
        const auto* value = find(ctx, path);
        if (value == nullptr || value->is_null())
            return OMBUD_NOT_FOUND;
        if (!value->is_string())
            return OMBUD_INVALID_INPUT;
        *out = {value->get_string().data(), value->get_string().size()};
        return OMBUD_OK;
    }
    static ombud_status get_count(void* ctx, const char* path, std::uint64_t* out) {
        const auto* value = find(ctx, path);
        if (value == nullptr || value->is_null())
            return OMBUD_NOT_FOUND;
        if (value->is_array())
            *out = value->get_array().size();
        else if (value->is_object())
            *out = value->get_object().size();
        else
            return OMBUD_INVALID_INPUT;
        return OMBUD_OK;
    }
    static ombud_view json(void* ctx) { return {of(ctx).text_.data(), of(ctx).text_.size()}; }
};

ConfigTable::ConfigTable(boost::json::value document)
    : document_(std::move(document)), text_(boost::json::serialize(document_)) {
    table_.struct_size = sizeof table_;
    table_.ctx = this;
    table_.get_i64 = ConfigTableAccess::get_i64;
    table_.get_bool = ConfigTableAccess::get_bool;
    table_.get_str = ConfigTableAccess::get_str;
    table_.get_count = ConfigTableAccess::get_count;
    table_.json = ConfigTableAccess::json;
}

} // namespace ombud
