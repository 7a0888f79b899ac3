// Checkpoints stamped by a time stamping authority: they existed at its time, whatever clock and keys this host has.
#include "anchors/anchor.hpp"
#include "anchors/growth.hpp"
#include "anchors/kept_file.hpp"
#include "outgoing/time_stamp.hpp"
#include "signing/cms/time_stamp.hpp"

namespace ombud::anchors {
namespace {

class StampAnchor final : public Anchor {
  public:
    StampAnchor(std::string url, std::vector<signing::Certificate> authorities, std::filesystem::path file, const Surroundings& around)
        : url_(std::move(url)), authorities_(std::move(authorities)), file_(std::move(file)), around_(around) {}

    Result<void> keep(const Offered& offered) override {
        auto last = read_last_kept(file_);
        if (!last)
            return fail(last.error());
        if (!compared_ && *last)
            if (auto grown = check_growth(around_.ledger, (*last)->checkpoint, file_.string()); !grown)
                return grown;
        compared_ = true;
        if (*last && (*last)->note == offered.note) // kept by an earlier run
            return {};
        const auto digest = signing::sha256(offered.note);
        const auto query = signing::time_stamp_query(digest);
        if (!query)
            return fail(query.error());
        const auto answer = outgoing::ask_time_stamp(url_, std::string(query->begin(), query->end()));
        if (!answer)
            return fail(answer.error());
        const std::vector<std::uint8_t> stamp(answer->begin(), answer->end());
        if (auto fits = signing::check_time_stamp(stamp, *query); !fits)
            return fail(ErrorCode::unavailable, url_ + ": " + fits.error().message);
        if (auto genuine = signing::verify_time_stamp(stamp, digest, authorities_, around_.clock.utc_ns()); !genuine)
            return fail(ErrorCode::unavailable, url_ + ": " + genuine.error().message + "; is ca-file the authority's?");
        return append_kept(file_, kept_line(offered.note, offered.checkpoint, stamp));
    }

  private:
    const std::string url_;
    const std::vector<signing::Certificate> authorities_;
    const std::filesystem::path file_;
    const Surroundings around_;
    bool compared_ = false;
};

} // namespace

Result<std::unique_ptr<Anchor>> make_stamp_anchor(const config::Anchor& wanted, const Surroundings& around) {
    constexpr std::size_t authorities_max = 16;
    if (auto good = outgoing::check_time_stamp_url(wanted.url); !good)
        return fail(std::move(good.error()).within(wanted.name()));
    auto authorities = signing::Certificate::read_all(wanted.ca_file, authorities_max);
    if (!authorities)
        return fail(std::move(authorities.error()).within(wanted.name()));
    auto file = evidence_file(wanted, around);
    if (!file)
        return fail(file.error());
    return std::make_unique<StampAnchor>(wanted.url, std::move(*authorities), std::move(*file), around);
}

} // namespace ombud::anchors
