#include "gates/mail/message.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

#include <gmime/gmime.h>
#include <unistd.h>

#include "events/printable.hpp"
#include "gates/mail/note.hpp"
#include "gates/mail/text_scan.hpp"

namespace ombud::mail {
namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

struct FreeOptions {
    void operator()(GMimeParserOptions* options) const { g_mime_parser_options_free(options); }
    void operator()(GMimeFormatOptions* options) const { g_mime_format_options_free(options); }
};

// GMime's classes are C structs that begin with their base's; these say so where a macro would cast in C's way.
template <class T>
T* as(void* object) {
    return static_cast<T*>(object);
}
bool is(void* object, GType type) { return object && g_type_check_instance_is_a(static_cast<GTypeInstance*>(object), type); }

void init_once() {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
}

/// What the parser met that other programs may understand in another way.
void note_problem(gint64, GMimeParserWarning problem, const gchar* item, gpointer ambiguous) {
    const std::string_view what = item ? item : "";
    switch (problem) {
    case GMIME_CRIT_CONFLICTING_HEADER:
    case GMIME_WARN_DUPLICATED_HEADER: // two Received are as they should be
        if (what.size() < 8 || g_ascii_strncasecmp(what.data(), "content-", 8) != 0)
            return;
        break;
    case GMIME_WARN_UNENCODED_8BIT_HEADER:
    case GMIME_WARN_INVALID_RFC2047_HEADER_VALUE:
    case GMIME_WARN_INVALID_ADDRESS_LIST:
    case GMIME_WARN_PART_WITHOUT_CONTENT: return;
    default: break;
    }
    *static_cast<bool*>(ambiguous) = true;
}

/// The decoded bytes of one part.
class Decoded final : public Source {
  public:
    explicit Decoded(GMimePart* part) {
        GMimeDataWrapper* const content = g_mime_part_get_content(part);
        if (!content)
            return;
        GMimeStream* const raw = g_mime_data_wrapper_get_stream(content);
        g_mime_stream_reset(raw);
        stream_.reset(g_mime_stream_filter_new(raw));
        const Owned<GMimeFilter> decoder(g_mime_filter_basic_new(g_mime_data_wrapper_get_encoding(content), FALSE));
        g_mime_stream_filter_add(as<GMimeStreamFilter>(stream_.get()), decoder.get());
    }

    std::ptrdiff_t read(char* into, std::size_t room) override {
        return stream_ ? g_mime_stream_read(stream_.get(), into, room) : 0;
    }

  private:
    Owned<GMimeStream> stream_;
};

bool is_encoding_known(GMimeObject* object) {
    const char* const told = g_mime_object_get_header(object, "Content-Transfer-Encoding");
    if (!told)
        return true;
    std::string_view name = told;
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t'))
        name.remove_suffix(1);
    while (!name.empty() && (name.front() == ' ' || name.front() == '\t'))
        name.remove_prefix(1);
    static constexpr std::string_view identities[] = {"7bit", "8bit", "binary"};
    static constexpr std::string_view codings[] = {"base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue"};
    const auto same = [name](std::string_view other) {
        return name.size() == other.size() && g_ascii_strncasecmp(name.data(), other.data(), other.size()) == 0;
    };
    if (std::any_of(std::begin(identities), std::end(identities), same))
        return true;
    // A container must not be encoded (RFC 2045, 6.4); one program decodes it and another does not.
    return is(object, GMIME_TYPE_PART) && std::any_of(std::begin(codings), std::end(codings), same);
}

/// Whether what is ASCII in this charset is the same bytes in ASCII: only then what looks like text is that text.
bool is_charset_plain(GMimeObject* object) {
    const char* const told = g_mime_object_get_content_type_parameter(object, "charset");
    if (!told)
        return true;
    std::string name = detail_of(told);
    static constexpr std::string_view families[] = {"utf-8", "utf8", "us-ascii", "ascii",     "iso-8859-", "iso8859-",  "windows-125", "cp125",
                                                    "koi8-", "big5", "euc-",     "gb2312",    "gbk",       "gb18030",   "shift-jis",   "ks-c-5601",
                                                    "tis-620", "iso-2022-"};
    return std::any_of(std::begin(families), std::end(families), [&](std::string_view family) { return name.starts_with(family); });
}

/// One line of parts(), and where it hangs.
struct Place {
    GMimeObject* object = nullptr; ///< nullptr: the mail as a whole
    GObject* parent = nullptr;     ///< a multipart or a message
    int index = 0;                 ///< in a multipart
};

class Walk {
  public:
    Walk(const MessageLimits& limits, std::vector<Part>& parts, std::vector<Place>& places)
        : limits_(limits), parts_(parts), places_(places), budget_(full_budget(limits.content)) {}

    void visit(GMimeObject* object, GObject* parent, int index, std::uint32_t depth) {
        const Place place{object, parent, index};
        if (parts_.size() > limits_.parts_max)
            return; // told as a whole by the caller
        if (depth > limits_.depth_max)
            return add(place, {Kind::opaque, "too-deep"});
        if (!is_encoding_known(object))
            return add(place, {Kind::opaque, "encoding"});
        if (is(object, GMIME_TYPE_MULTIPART))
            return multipart(place, depth);
        if (is(object, GMIME_TYPE_MESSAGE_PARTIAL))
            return add(place, {Kind::opaque, "partial"});
        if (is(object, GMIME_TYPE_MESSAGE_PART)) {
            GMimeMessage* const inner = g_mime_message_part_get_message(as<GMimeMessagePart>(object));
            GMimeObject* const root = inner ? g_mime_message_get_mime_part(inner) : nullptr;
            if (!root)
                return add(place, {Kind::opaque, "broken-message"});
            return visit(root, as<GObject>(inner), 0, depth + 1);
        }
        if (!is(object, GMIME_TYPE_PART))
            return add(place, {Kind::opaque, "unknown"});
        add(place, sort_part(object));
    }

  private:
    void add(const Place& place, Sort sort) {
        parts_.push_back({static_cast<std::uint32_t>(parts_.size() + 1), std::move(sort)});
        places_.push_back(place);
    }

    void multipart(const Place& place, std::uint32_t depth) {
        auto* const multipart = as<GMimeMultipart>(place.object);
        if (is(multipart, GMIME_TYPE_MULTIPART_ENCRYPTED))
            return add(place, {Kind::opaque, "encrypted"});
        const int count = g_mime_multipart_get_count(multipart);
        if (count == 0)
            return add(place, {Kind::opaque, "broken-multipart"});
        // No reader shows what stands before the first part and behind the last one, but it travels with the mail.
        for (const char* const around : {g_mime_multipart_get_prologue(multipart), g_mime_multipart_get_epilogue(multipart)}) {
            TextScan scan;
            scan.feed(around ? around : "");
            scan.finish();
            if (scan.cargo() != Cargo::none)
                return add(place, {Kind::opaque, "between-parts"});
        }
        for (int i = 0; i < count; ++i)
            visit(g_mime_multipart_get_part(multipart, i), as<GObject>(multipart), i, depth + 1);
    }

    Sort sort_part(GMimeObject* object) {
        GMimeContentType* const type = g_mime_object_get_content_type(object);
        if (g_mime_content_type_is_type(type, "message", "external-body"))
            return {Kind::opaque, "external-body"};
        if (g_mime_content_type_is_type(type, "application", "pkcs7-mime") || g_mime_content_type_is_type(type, "application", "x-pkcs7-mime"))
            return {Kind::opaque, "pkcs7-mime"};
        if (g_mime_content_type_is_type(type, "application", "ms-tnef"))
            return {Kind::opaque, "tnef"};
        Decoded decoded(as<GMimePart>(object));
        Sort sort = sort_content(decoded, budget_);
        if (sort.kind == Kind::text && !is_charset_plain(object))
            return {Kind::opaque, "charset"};
        return sort;
    }

    const MessageLimits& limits_;
    std::vector<Part>& parts_;
    std::vector<Place>& places_;
    Budget budget_;
};

Owned<GMimeStream> stream_over(const Spool& spool) {
    if (spool.file() >= 0)
        return Owned<GMimeStream>(g_mime_stream_fs_new_with_bounds(::dup(spool.file()), 0, static_cast<gint64>(spool.size())));
    return Owned<GMimeStream>(g_mime_stream_mem_new_with_buffer(spool.memory().data(), spool.memory().size()));
}

Owned<GMimeObject> note_part(const Part& part, std::string_view why) {
    GMimeTextPart* const note = g_mime_text_part_new_with_subtype("plain");
    g_mime_text_part_set_text(note, removal_note(part, why).c_str());
    g_mime_object_set_disposition(as<GMimeObject>(note), "inline");
    return Owned<GMimeObject>(as<GMimeObject>(note));
}

std::string read_all(Source& source) {
    std::string all;
    char buffer[16 * 1024];
    for (std::ptrdiff_t count = 0; (count = source.read(buffer, sizeof buffer)) > 0;)
        all.append(buffer, static_cast<std::size_t>(count));
    return all;
}

/// Takes embedded files out of a text that may stay without them; false: it may not, as what is left is no text either.
bool keep_text_of(GMimePart* part) {
    Decoded decoded(part);
    const std::string text = without_data_uris(read_all(decoded));
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
    const Owned<GMimeDataWrapper> content(g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
    g_mime_part_set_content(part, content.get());
    g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    Decoded left(part);
    Budget budget;
    return sort_content(left, budget).kind == Kind::text;
}

/// Text that was cut, or is wrapped anew, may have lines now that look like a boundary, as its sender meant it to. So it gets
/// boundaries that nobody could know when the mail was written.
void renew_boundaries(GMimeObject* object) {
    if (is(object, GMIME_TYPE_MULTIPART)) {
        GMimeMultipart* const multipart = as<GMimeMultipart>(object);
        g_mime_multipart_set_boundary(multipart, nullptr); // a random one
        for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i)
            renew_boundaries(g_mime_multipart_get_part(multipart, i));
    } else if (is(object, GMIME_TYPE_MESSAGE_PART)) {
        if (GMimeMessage* const within = g_mime_message_part_get_message(as<GMimeMessagePart>(object)))
            renew_boundaries(g_mime_message_get_mime_part(within));
    }
}

std::vector<Header> content_headers(GMimeObject* object) {
    std::vector<Header> found;
    GMimeHeaderList* const list = g_mime_object_get_header_list(object);
    for (int i = 0; i < g_mime_header_list_get_count(list); ++i) {
        GMimeHeader* const header = g_mime_header_list_get_header_at(list, i);
        const char* const name = g_mime_header_get_name(header);
        if (g_ascii_strncasecmp(name, "content-", 8) != 0)
            continue;
        std::string value = g_mime_header_get_raw_value(header);
        while (!value.empty() && (value.back() == '\n' || value.back() == '\r'))
            value.pop_back();
        value.erase(std::remove(value.begin(), value.end(), '\r'), value.end());
        value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
        found.push_back({name, std::move(value)});
    }
    return found;
}

std::string body_of(GMimeObject* root) {
    const std::unique_ptr<GMimeFormatOptions, FreeOptions> format(g_mime_format_options_clone(g_mime_format_options_get_default()));
    g_mime_format_options_set_newline_format(format.get(), GMIME_NEWLINE_FORMAT_DOS);
    GByteArray* const bytes = g_byte_array_new();
    const Owned<GMimeStream> memory(g_mime_stream_mem_new_with_byte_array(bytes)); // owns the bytes
    const Owned<GMimeStream> filtered(g_mime_stream_filter_new(memory.get()));
    const Owned<GMimeFilter> lines(g_mime_filter_unix2dos_new(TRUE));
    g_mime_stream_filter_add(as<GMimeStreamFilter>(filtered.get()), lines.get());
    g_mime_object_write_content_to_stream(root, format.get(), filtered.get());
    g_mime_stream_flush(filtered.get());
    const std::string_view written(static_cast<const char*>(static_cast<const void*>(bytes->data)), bytes->len);
    std::string body;
    body.reserve(written.size());
    // Before a last boundary without line end the parser takes the CR of the boundary's line for the part's own; it would stray here.
    for (std::size_t i = 0; i < written.size(); ++i)
        if (written[i] != '\r' || (i + 1 < written.size() && written[i + 1] == '\n'))
            body += written[i];
    return body;
}

} // namespace

struct Message::Impl {
    Incoming in;
    Owned<GMimeStream> stream;
    Owned<GMimeMessage> message;
    std::vector<Part> parts;
    std::vector<Place> places;

    explicit Impl(Incoming incoming) : in(std::move(incoming)) {}

    void whole_is_opaque(std::string_view why) {
        parts.assign(1, {1, {Kind::opaque, std::string(why)}});
        places.assign(1, {});
    }

    void look() {
        if (in.too_large_)
            return whole_is_opaque("too-large");
        bool ambiguous = in.last_ == '\r';
        const std::unique_ptr<GMimeParserOptions, FreeOptions> options(g_mime_parser_options_new());
        g_mime_parser_options_set_warning_callback(options.get(), &note_problem, &ambiguous);
        stream = stream_over(in.spool_);
        const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
        g_mime_parser_set_persist_stream(parser.get(), TRUE);
        g_mime_parser_set_format(parser.get(), GMIME_FORMAT_MESSAGE);
        message.reset(g_mime_parser_construct_message(parser.get(), options.get()));
        GMimeObject* const root = message ? g_mime_message_get_mime_part(message.get()) : nullptr;
        if (in.stray_line_ending_)
            return whole_is_opaque("stray-line-ending");
        if (!root)
            return whole_is_opaque("no-mail");
        if (ambiguous)
            return whole_is_opaque("ambiguous");
        Walk(in.limits_, parts, places).visit(root, as<GObject>(message.get()), 0, 0);
        if (parts.size() > in.limits_.parts_max)
            whole_is_opaque("too-many-parts");
    }

    void put(const Place& place, GMimeObject* object) {
        if (is(place.parent, GMIME_TYPE_MULTIPART)) {
            // The old part comes back with a reference of its own.
            Owned<GMimeObject>(g_mime_multipart_replace(as<GMimeMultipart>(place.parent), place.index, object));
        } else {
            g_mime_message_set_mime_part(as<GMimeMessage>(place.parent), object);
        }
    }
};

Message::Message(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Message::~Message() = default;
Message::Message(Message&&) noexcept = default;
Message& Message::operator=(Message&&) noexcept = default;

Result<Message> Message::read(Incoming incoming) {
    init_once();
    if (!incoming.has_body_)
        incoming.body({});
    if (!incoming.problem_.empty())
        return fail(ErrorCode::unavailable, incoming.problem_);
    auto impl = std::make_unique<Impl>(std::move(incoming));
    impl->look();
    return Message(std::move(impl));
}

const std::vector<Part>& Message::parts() const { return impl_->parts; }
const std::vector<Header>& Message::headers() const { return impl_->in.headers_; }
std::uint64_t Message::size_bytes() const { return impl_->in.size_; }

std::vector<std::string> Message::header_recipients(std::size_t count_max) const {
    std::vector<std::string> found;
    if (!impl_->message)
        return found;
    const Owned<InternetAddressList> all(g_mime_message_get_all_recipients(impl_->message.get()));
    std::vector<InternetAddressList*> open{all.get()};
    while (!open.empty()) { // groups hold lists
        InternetAddressList* const list = open.back();
        open.pop_back();
        for (int i = 0; list && i < internet_address_list_length(list) && found.size() < count_max; ++i) {
            InternetAddress* const address = internet_address_list_get_address(list, i);
            if (is(address, INTERNET_ADDRESS_TYPE_GROUP))
                open.push_back(internet_address_group_get_members(as<InternetAddressGroup>(address)));
            else if (const char* const text = internet_address_mailbox_get_addr(as<InternetAddressMailbox>(address)))
                found.push_back(printable(std::string_view(text).substr(0, 320)));
        }
    }
    return found;
}

Result<Message::Rewritten> Message::without(std::span<const std::uint32_t> numbers, std::string_view why) {
    Rewritten rewritten;
    bool is_text_cut = false;
    for (const std::uint32_t number : numbers) {
        if (number == 0 || number > impl_->parts.size())
            return fail(ErrorCode::invalid_input, "part " + std::to_string(number) + " is to be removed, and the mail has " +
                                                      std::to_string(impl_->parts.size()));
        const Part& part = impl_->parts[number - 1];
        const Place& place = impl_->places[number - 1];
        const bool is_root = !place.object || place.parent == as<GObject>(impl_->message.get());
        rewritten.new_content |= is_root;
        if (!place.object)
            impl_->message.reset(g_mime_message_new(FALSE));
        if (place.object && part.sort.kind == Kind::picture && part.sort.detail == to_string(Cargo::data_uri) &&
            keep_text_of(as<GMimePart>(place.object))) {
            is_text_cut = true;
            continue;
        }
        const Owned<GMimeObject> note = note_part(part, why);
        if (place.object)
            impl_->put(place, note.get());
        else
            g_mime_message_set_mime_part(impl_->message.get(), note.get());
    }
    GMimeObject* const root = g_mime_message_get_mime_part(impl_->message.get());
    if (is_text_cut) {
        renew_boundaries(root);
        rewritten.new_content |= is(root, GMIME_TYPE_MULTIPART);
    }
    rewritten.body = body_of(root);
    if (rewritten.new_content)
        rewritten.content = content_headers(root);
    return rewritten;
}

std::string to_string(std::span<const Part> parts) {
    std::string text;
    for (const Part& part : parts) {
        if (!text.empty())
            text += ' ';
        text += std::to_string(part.number) + ":" + to_string(part.sort);
    }
    return text;
}

} // namespace ombud::mail
