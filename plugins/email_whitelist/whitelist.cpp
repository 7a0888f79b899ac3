#include "whitelist.hpp"

#include "likeness.hpp"

#include <algorithm>

namespace ombud::email_whitelist {

namespace {

constexpr size_t mistakes_max = 2; // MAIL-2

std::string shown(const Address& address) { return address.local + "@" + address.shown; }

/// "example" of "example.org": what stays when somebody takes the wrong ending.
std::string_view without_ending(std::string_view domain) {
    const size_t dot = domain.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? std::string_view() : domain.substr(0, dot);
}

size_t domain_distance(std::string_view asked, std::string_view listed) {
    size_t found = distance(asked, listed, mistakes_max);
    if (found > 1 && without_ending(asked) == without_ending(listed) && !without_ending(asked).empty())
        found = 1;
    // A machine's name before the domain, as "mail.example.org" for "example.org".
    if (found > 1 && parent_of(asked) == listed)
        found = 1;
    return found;
}

} // namespace

Whitelist::Whitelist(const std::vector<Record>& records, const FreeMail& free_mail) {
    for (const Record& record : records) {
        auto address = !record.key.empty() && record.key.front() == '@' ? parse_domain(record.key) : parse_address(record.key);
        if (!address) {
            unreadable_.push_back({record.key, address.error().message});
            continue;
        }
        const std::string text = address->text();
        if (by_text_.count(text) != 0)
            continue; // another spelling of the same; the first in order of key stands
        by_text_.emplace(text, entries_.size());
        skeletons_.emplace(skeleton(shown(*address)), text);
        Entry entry{record, *address, false};
        entry.is_free_mail = !entry.address.is_literal && free_mail.holds(entry.address.domain);
        entries_.push_back(std::move(entry));
    }
}

const Entry* Whitelist::entry(const std::string& text) const {
    const auto found = by_text_.find(text);
    return found == by_text_.end() ? nullptr : &entries_[found->second];
}

const Entry* Whitelist::find(const Address& address) const {
    if (const Entry* const exact = entry(address.text()))
        return exact;
    if (const std::string_view base = without_plus(address.local); !base.empty()) {
        const Entry* const plain = entry(std::string(base) + "@" + address.domain);
        if (plain && plain->record.plus)
            return plain;
    }
    if (address.is_literal)
        return nullptr; // a machine, not a domain: only the whole address can be listed
    if (const Entry* const domain = entry("@" + address.domain))
        return domain;
    for (std::string_view above = parent_of(address.domain); !above.empty(); above = parent_of(above)) {
        const Entry* const domain = entry("@" + std::string(above));
        if (domain && domain->record.subdomains)
            return domain;
    }
    return nullptr;
}

bool Whitelist::looks_like_listed(const Address& address) const {
    if (address.is_literal)
        return false;
    if (mixes_scripts(address.shown))
        return true;
    for (const std::string& text : {shown(address), "@" + address.shown}) {
        const auto found = skeletons_.find(skeleton(text));
        if (found != skeletons_.end() && found->second != (text.front() == '@' ? "@" + address.domain : address.text()))
            return true;
    }
    return false;
}

std::string Whitelist::nearest(const Address& address) const {
    std::string best;
    size_t least = mistakes_max + 1;
    bool is_shared = false;
    for (const Entry& listed : entries_) {
        const bool is_domain = listed.address.local.empty();
        size_t found = 0;
        if (is_domain) {
            found = domain_distance(address.domain, listed.address.domain);
        } else {
            found = distance(address.text(), listed.address.text(), mistakes_max);
            if (address.local == listed.address.local)
                found = std::min(found, domain_distance(address.domain, listed.address.domain));
            if (without_plus(address.local) == listed.address.local && address.domain == listed.address.domain)
                found = 1;
        }
        // Two mistakes in five letters are another name.
        const size_t length = is_domain ? listed.address.domain.size() : listed.address.text().size();
        if (found > mistakes_max || found * 5 > length || found > least)
            continue;
        std::string meant = is_domain ? address.local + "@" + listed.address.shown : shown(listed.address);
        if (meant == best)
            continue;
        is_shared = found == least;
        least = found;
        best = std::move(meant);
    }
    return is_shared ? std::string() : best;
}

} // namespace ombud::email_whitelist
