// Checkpoints mailed to whoever keeps them: a mailbox of somebody else is a place that this host cannot rewrite.
#include "anchors/anchor.hpp"
#include "anchors/kept.hpp"
#include "outgoing/mail.hpp"

#include <atomic>

namespace ombud::anchors {
namespace {

class MailAnchor final : public Anchor {
  public:
    MailAnchor(const config::Anchor& wanted, const Clock& clock) : server_(wanted.url), from_(wanted.from), to_(wanted.to), clock_(clock) {}

    // A restart offers once more what was sent before it; a second mail of it harms nobody.
    Result<void> keep(const Offered& offered) override {
        const std::string size = std::to_string(offered.checkpoint.size);
        return outgoing::send_mail(server_,
                                   {from_, to_, "Checkpoint of " + offered.checkpoint.origin + " at " + size + " entries",
                                    "Keep this mail: it proves what the ledger of " + offered.checkpoint.origin + " held.\n"
                                    "Save it as FILE, and check with: ombud ledger verify --key KEY --anchor FILE\n\n" +
                                        kept_line(offered.note, offered.checkpoint)},
                                   clock_.utc_ns(), is_cancelled_);
    }
    void cancel() override { is_cancelled_ = true; }

  private:
    const std::string server_, from_, to_;
    const Clock& clock_;
    std::atomic<bool> is_cancelled_ = false;
};

} // namespace

Result<std::unique_ptr<Anchor>> make_mail_anchor(const config::Anchor& wanted, const Surroundings& around) {
    return std::make_unique<MailAnchor>(wanted, around.clock);
}

} // namespace ombud::anchors
