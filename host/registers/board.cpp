#include "registers/board.hpp"

#include <algorithm>

#include <ombud/vocabulary.h>

namespace ombud::registers {
namespace {

// The order of keys. Numbers have no leading zeros, so the shorter one is the smaller one.
bool before(const Content& content, std::string_view one, std::string_view other) {
    if (content.declaration->append_only && one.size() != other.size())
        return one.size() < other.size();
    return one < other;
}

std::vector<RecordRef>::const_iterator lower_bound(const Content& content, std::string_view key) {
    return std::lower_bound(content.records.begin(), content.records.end(), key,
                            [&](const RecordRef& record, std::string_view wanted) { return before(content, record->key, wanted); });
}

ContentRef changed(const Content& was, const Delta& delta) {
    auto next = std::make_shared<Content>();
    next->declaration = was.declaration;
    next->revision = delta.revision;
    next->corrected_by = was.corrected_by;
    if (delta.becomes && !delta.becomes->corrects.empty())
        next->corrected_by.insert_or_assign(delta.becomes->corrects, delta.key);
    const auto at = lower_bound(was, delta.key);
    const bool known = at != was.records.end() && (*at)->key == delta.key;
    next->records.reserve(was.records.size() + 1);
    next->records.assign(was.records.begin(), at);
    if (delta.becomes)
        next->records.push_back(delta.becomes);
    next->records.insert(next->records.end(), known ? at + 1 : at, was.records.end());
    return next;
}

class ModuleRegisters final : public RegisterReader {
  public:
    ModuleRegisters(const Board& board, std::string module) : board_(board), module_(std::move(module)) {}

    void refresh() override { contents_ = board_.now(); }
    Result<std::uint64_t> revision(std::string_view name) override {
        const Content* content = find_content(name);
        if (content == nullptr)
            return unknown(name);
        return content->revision;
    }
    Result<EventRef> find(std::string_view name, std::string_view key) override {
        const Content* content = find_content(name);
        if (content == nullptr)
            return unknown(name);
        const RecordRef found = content->counting(key);
        if (!found)
            return fail(ErrorCode::not_found, "no such record");
        return found->event;
    }
    Result<EventRef> next(std::string_view name, std::string_view key) override {
        const Content* content = find_content(name);
        if (content == nullptr)
            return unknown(name);
        auto at = content->behind(key);
        while (at != content->records.end() && !content->counts(**at))
            ++at;
        if (at == content->records.end())
            return fail(ErrorCode::not_found, "no further record");
        return (*at)->event;
    }

  private:
    const Content* find_content(std::string_view name) {
        if (!contents_)
            refresh();
        const auto found = contents_->find({module_, std::string(name)});
        return found == contents_->end() ? nullptr : found->second.get();
    }
    tl::unexpected<Error> unknown(std::string_view name) const {
        return fail(ErrorCode::not_found, module_ + " has no register '" + std::string(name) + "' in its manifest");
    }

    const Board& board_;
    const std::string module_;
    std::shared_ptr<const Contents> contents_;
};

} // namespace

Result<EventRef> record_event(const Declaration& declared, std::string_view key, const Values& values, std::int64_t changed_utc_ns,
                              Names& names) {
    EventBuilder builder(names, declared.name, changed_utc_ns);
    builder.text(OMBUD_KEY_KEY, key, declared.key_personal);
    for (const Field& field : declared.fields) {
        const auto value = values.find(field.name);
        if (value == values.end() || value->second.erased)
            continue;
        if (const auto* number = std::get_if<std::int64_t>(&value->second.typed))
            builder.integer(field.name, *number);
        else
            builder.text(field.name, std::get<std::string>(value->second.typed), field.personal);
    }
    return builder.build();
}

RecordRef Content::find(std::string_view key) const {
    const auto at = lower_bound(*this, key);
    return at != records.end() && (*at)->key == key ? *at : nullptr;
}

std::vector<RecordRef>::const_iterator Content::behind(std::string_view key) const {
    return std::upper_bound(records.begin(), records.end(), key,
                            [&](std::string_view wanted, const RecordRef& record) { return before(*this, wanted, record->key); });
}

RecordRef Content::counting(std::string_view key) const {
    // A correction is newer than what it corrects, so this ends.
    for (auto newer = corrected_by.find(key); newer != corrected_by.end(); newer = corrected_by.find(key))
        key = newer->second;
    return find(key);
}

// A mutex, not std::atomic<std::shared_ptr>: that one spins on a lock of its own, which thread sanitizers cannot see.
std::shared_ptr<const Contents> Board::now() const {
    const std::lock_guard lock(mutex_);
    return contents_;
}

void Board::replace(Contents contents) {
    auto next = std::make_shared<const Contents>(std::move(contents));
    const std::lock_guard lock(mutex_);
    contents_ = std::move(next);
}

void Board::prepare(Delta delta) {
    const std::lock_guard lock(mutex_);
    // A revision that was rolled back comes again, with what really happened.
    prepared_.insert_or_assign({delta.place, delta.revision}, std::move(delta));
}

void Board::show(const Place& place, std::uint64_t revision) {
    const std::lock_guard lock(mutex_);
    const auto begin = prepared_.lower_bound({place, 0});
    const auto end = prepared_.upper_bound({place, revision});
    const auto known = contents_->find(place);
    if (known != contents_->end()) {
        ContentRef content = known->second;
        for (auto at = begin; at != end; ++at)
            if (at->second.revision > content->revision) // else it was read with the table, or shown by another
                content = changed(*content, at->second);
        if (content != known->second) {
            Contents next = *contents_;
            next[place] = std::move(content);
            contents_ = std::make_shared<const Contents>(std::move(next));
        }
    }
    prepared_.erase(begin, end);
}

std::unique_ptr<RegisterReader> make_reader(const Board& board, std::string module) {
    return std::make_unique<ModuleRegisters>(board, std::move(module));
}

} // namespace ombud::registers
