#include "config/xml_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "config/byte_check.hpp"

namespace ombud::config {
namespace {

Rejection rejected(ErrorCode code, const std::filesystem::path& file, std::string message) {
    return {code, {{file.string(), 0, std::move(message)}}};
}

std::string reason(int error) {
    return std::error_code(error, std::generic_category()).message();
}

/// A descriptor that closes itself.
struct OpenFile {
    explicit OpenFile(int descriptor) : fd(descriptor) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (fd >= 0)
            ::close(fd);
    }
    int fd;
};

} // namespace

XmlReader::XmlReader(std::string_view text, std::string name, Grammar grammar) : name_(std::move(name)) {
    auto report = check_grammar(text, name_, grammar);
    problems_ = std::move(report.problems);
    left_out_ = report.left_out;
    follows_grammar_ = problems_.empty();
    if (!report.is_well_formed)
        return;
    text = without_byte_order_mark(text);
    buffer_.assign(text.begin(), text.end());
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < buffer_.size(); ++i)
        if (buffer_[i] == '\n')
            line_starts_.push_back(i + 1);
    const auto parsed =
        document_.load_buffer_inplace(buffer_.data(), buffer_.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) {
        problems_.push_back({name_, 0, std::string("cannot be read: ") + parsed.description()});
        document_.reset();
    }
}

Rejection XmlReader::rejection() && {
    std::ranges::stable_sort(problems_, {}, &Problem::line);
    if (problems_.size() > problems_max) {
        left_out_ += problems_.size() - problems_max;
        problems_.resize(problems_max);
    }
    if (left_out_ > 0)
        problems_.push_back({name_, 0, "and " + std::to_string(left_out_) + " more problems"});
    return {ErrorCode::invalid_input, std::move(problems_)};
}

std::size_t XmlReader::line_of(const char* in_buffer) const {
    const auto offset = static_cast<std::size_t>(in_buffer - buffer_.data());
    if (in_buffer < buffer_.data() || offset >= buffer_.size())
        return 0;
    return static_cast<std::size_t>(std::ranges::upper_bound(line_starts_, offset) - line_starts_.begin());
}

void XmlReader::add(pugi::xml_node where, std::string message) {
    add(Problem{name_, line_of(where.name()), place(where) + message});
}

void XmlReader::add(pugi::xml_attribute where, std::string message) {
    add(Problem{name_, line_of(where.name()), std::move(message)});
}

void XmlReader::add(Problem problem) {
    // Those of the grammar came first and are no reason to hide the others; hence twice the room, and no more: a
    // message may be long.
    if (problems_.size() < 2 * problems_max)
        problems_.push_back(std::move(problem));
    else
        ++left_out_;
}

std::string XmlReader::text(pugi::xml_node node, const char* attribute) {
    return std::string(trimmed(node.attribute(attribute).value()));
}

std::string XmlReader::content(pugi::xml_node node) {
    std::string raw;
    for (const auto& child : node.children())
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
            raw += child.value();
    std::string collapsed;
    for (const char c : trimmed(raw)) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!is_blank)
            collapsed += c;
        else if (collapsed.back() != ' ')
            collapsed += ' ';
    }
    return collapsed;
}

Checked<std::string> read_bytes(const std::filesystem::path& file) {
    // O_NONBLOCK: a FIFO must not hang the host; it is refused below.
    const OpenFile opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (opened.fd < 0)
        return tl::unexpected(errno == ENOENT
                                  ? rejected(ErrorCode::not_found, file, "no such file")
                                  : rejected(ErrorCode::unavailable, file, "cannot be opened: " + reason(errno)));
    struct stat status {};
    if (::fstat(opened.fd, &status) != 0 || !S_ISREG(status.st_mode))
        return tl::unexpected(rejected(ErrorCode::invalid_input, file, "is no regular file"));
    std::string bytes;
    std::vector<char> chunk(64U << 10U);
    while (bytes.size() <= file_bytes_max) {
        const ssize_t count = ::read(opened.fd, chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return tl::unexpected(rejected(ErrorCode::unavailable, file, "cannot be read: " + reason(errno)));
        if (count == 0)
            break;
        bytes.append(chunk.data(), static_cast<std::size_t>(count));
    }
    return bytes;
}

} // namespace ombud::config
