// Mails and files of strangers, under libFuzzer. The first byte chooses.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "gates/mail/text_scan.hpp"
#include "mails.hpp"

using namespace ombud::mail;

namespace {

void demand(bool truth, const char* what) {
    if (truth)
        return;
    std::cerr << "fuzz: " << what << "\n";
    std::abort();
}

/// Headers up to the first line that is none, as Postfix takes them, then the body.
Incoming split(std::string_view bytes) {
    Incoming in{MessageLimits{}};
    while (!bytes.empty()) {
        const std::string_view line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 ||
            !std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) { return c > ' ' && c < 0x7f; }) ||
            line.find('\r') != std::string_view::npos)
            break;
        // As C strings, which is how libmilter tells them.
        const std::string name(line.substr(0, colon)), value(line.substr(colon + 1));
        in.header(name.c_str(), value.c_str());
    }
    std::string body;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        body.append(bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r') ? "\r\n" : std::string(1, bytes[i]));
    in.body(body);
    return in;
}

/// What is left when every part that is no text is removed has nothing but text.
void mail(std::string_view bytes) {
    auto read = Message::read(split(bytes));
    demand(read.has_value(), "a mail could not be kept");
    std::vector<std::uint32_t> numbers;
    for (const Part& part : read->parts())
        if (part.sort.kind != Kind::text)
            numbers.push_back(part.number);
    (void)read->header_recipients(10);
    if (numbers.empty())
        return;
    const auto changed = read->without(numbers, "a reason (MAIL-5)");
    demand(changed.has_value(), "a part could not be removed");
    Incoming again{MessageLimits{}};
    for (const Header& header : read->headers())
        if (!changed->new_content || strncasecmp(header.name.c_str(), "content-", 8) != 0)
            again.header(header.name, header.value);
    for (const Header& header : changed->content)
        again.header(header.name, " " + header.value);
    again.body(changed->body);
    const auto after = Message::read(std::move(again));
    demand(after.has_value(), "the changed mail could not be kept");
    for (const Part& part : after->parts())
        if (part.sort.kind != Kind::text) {
            std::cerr << to_string(read->parts()) << "\n" << to_string(after->parts()) << "\n" << changed->body << "\n";
            demand(false, "something was left behind");
        }
}

class Bytes final : public Source {
  public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
    std::ptrdiff_t read(char* into, std::size_t room) override {
        const std::size_t count = std::min(room, bytes_.size());
        std::memcpy(into, bytes_.data(), count);
        bytes_.remove_prefix(count);
        return static_cast<std::ptrdiff_t>(count);
    }

  private:
    std::string_view bytes_;
};

void file(std::string_view bytes) {
    Bytes source(bytes);
    ContentLimits limits;
    limits.unpacked_bytes_max = 1024 * 1024;
    Budget budget = full_budget(limits);
    const Sort sort = sort_content(source, budget);
    demand(!sort.detail.empty() && sort.detail.size() <= 40, "a sort without a name");
    demand(budget.depth == limits.archive_depth_max, "the depth is not given back");
}

/// A text is the same text however it is cut into pieces.
void text(std::string_view bytes) {
    TextScan whole, pieces;
    whole.feed(bytes);
    whole.finish();
    for (std::size_t at = 0; at < bytes.size(); at += 3)
        pieces.feed(bytes.substr(at, 3));
    pieces.finish();
    demand(whole.cargo() == pieces.cargo(), "pieces make a difference");
    demand(without_data_uris(without_data_uris(bytes)).size() <= bytes.size(), "cutting made it longer");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
    case 0: mail(bytes); break;
    case 1: file(bytes); break;
    case 2: text(bytes); break;
    }
    return 0;
}
