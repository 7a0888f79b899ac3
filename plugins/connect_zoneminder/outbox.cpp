#include "outbox.hpp"

#include "server_text.hpp"

#include <charconv>

namespace ombud::zoneminder {
namespace {

constexpr std::string_view epoch = "'1970-01-01 00:00:00'";

template <class T>
bool read_number(std::string_view& text, T& value) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc())
        return false;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return true;
}

} // namespace

std::string OutboxPosition::text() const {
    std::string text = "1 " + identity + " " + std::to_string(newest_utc_us) + " ";
    for (std::size_t begin = 0; begin < ids.size();) {
        std::size_t end = begin + 1;
        while (end < ids.size() && ids[end] == ids[end - 1] + 1)
            ++end;
        text += (begin ? "," : "") + std::to_string(ids[begin]);
        if (end - begin > 1)
            text += "-" + std::to_string(ids[end - 1]);
        begin = end;
    }
    return text;
}

Result<OutboxPosition> OutboxPosition::parse(std::string_view text) {
    const auto wrong = [&] {
        return fail(ErrorCode::invalid_input, "position \"" + excerpt(text) + "\": not one of feed outbox");
    };
    OutboxPosition position;
    std::string_view rest = text;
    if (rest.substr(0, 2) != "1 ")
        return wrong();
    rest.remove_prefix(2);
    const auto blank = rest.find(' ');
    if (blank != 36)
        return wrong();
    position.identity = rest.substr(0, blank);
    rest.remove_prefix(blank + 1);
    if (!read_number(rest, position.newest_utc_us) || rest.empty() || rest.front() != ' ')
        return wrong();
    rest.remove_prefix(1);
    while (!rest.empty()) {
        std::uint64_t first = 0;
        if (!read_number(rest, first))
            return wrong();
        std::uint64_t last = first;
        if (!rest.empty() && rest.front() == '-') {
            rest.remove_prefix(1);
            if (!read_number(rest, last))
                return wrong();
        }
        if (last < first || last - first > 100'000 || (!position.ids.empty() && first <= position.ids.back()))
            return wrong();
        for (std::uint64_t more = 0; more <= last - first; ++more)
            position.ids.push_back(first + more);
        if (!rest.empty() && rest.front() != ',')
            return wrong();
        if (!rest.empty())
            rest.remove_prefix(1);
    }
    return position;
}

Result<Outbox> Outbox::open(Database& database, std::string_view position) {
    Outbox outbox(database);
    // The server frees the lock when a connection ends, however it ends; a moment after, hence the 3 seconds.
    auto lock = database.query("SELECT GET_LOCK('ombud.outbox', 3)");
    if (!lock)
        return fail(std::move(lock).error());
    if (lock->empty() || lock->front().id(0) != 1)
        return fail(ErrorCode::unavailable, "ombud.outbox: another connection reads it; one Ombud a ZoneMinder");
    auto identity = database.query("SELECT Uuid FROM ombud.identity");
    if (!identity)
        return fail(std::move(identity).error());
    if (identity->empty())
        return fail(ErrorCode::not_found, "ombud.identity: empty; run outbox.sql");
    outbox.identity_ = identity->front().text(0);
    if (position.empty())
        return outbox;
    auto last = OutboxPosition::parse(position);
    if (!last)
        return fail(std::move(last).error());
    if (last->identity != outbox.identity_) {
        outbox.is_anew_ = true;
        return outbox;
    }
    if (auto removed = outbox.remove(*last); !removed)
        return fail(std::move(removed).error());
    return outbox;
}

Result<std::vector<OutboxRow>> Outbox::read(std::size_t room) {
    auto rows = database_->query("SELECT Id, TIMESTAMPDIFF(MICROSECOND, " + std::string(epoch) +
                                 ", At), TIMESTAMPDIFF(MICROSECOND, At, UTC_TIMESTAMP(6)), Kind, RowId, Detail, DbUser"
                                 " FROM ombud.outbox ORDER BY Id LIMIT " +
                                 std::to_string(room));
    if (!rows)
        return fail(std::move(rows).error());
    std::vector<OutboxRow> news;
    news.reserve(rows->size());
    for (const Row& row : *rows)
        news.push_back({row.id(0), row.number(1).value_or(0), row.number(2).value_or(0), row.text(3), row.id(4),
                        row.text(5), row.text(6)});
    return news;
}

Result<> Outbox::remove(const OutboxPosition& position) {
    if (position.ids.empty())
        return {};
    std::string list;
    for (const std::uint64_t id : position.ids)
        list += (list.empty() ? "" : ",") + std::to_string(id);
    auto removed =
        database_->query("DELETE FROM ombud.outbox WHERE Id IN (" + list + ") AND At <= TIMESTAMPADD(MICROSECOND, " +
                         std::to_string(position.newest_utc_us) + ", " + std::string(epoch) + ")");
    return removed ? Result<>() : fail(std::move(removed).error());
}

} // namespace ombud::zoneminder
