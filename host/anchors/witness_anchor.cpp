// Checkpoints cosigned by a witness, which remembers the newest that it saw.
#include "anchors/anchor.hpp"
#include "anchors/growth.hpp"
#include "anchors/kept_file.hpp"
#include "outgoing/http_post.hpp"
#include "ledger/proof.hpp"
#include "ledger/reader.hpp"
#include "signing/cosignature.hpp"

#include <charconv>

namespace ombud::anchors {
namespace {

constexpr unsigned ok = 200, forbidden = 403, not_found = 404, conflict = 409, unprocessable = 422;

class WitnessAnchor final : public Anchor {
  public:
    WitnessAnchor(const config::Anchor& wanted, signing::NoteVerifier verifier, std::filesystem::path file, const Surroundings& around)
        : url_(wanted.url + "/add-checkpoint"), name_("the witness " + verifier.name()), verifier_(std::move(verifier)), file_(std::move(file)),
          around_(around), http_({.ca_file = wanted.ca_file, .keeps_answer = true}) {}

    Result<void> keep(const Offered&) override {
        if (!known_) {
            auto last = read_last_kept(file_);
            known_ = last && *last ? (*last)->checkpoint.size : 0; // a guess; the witness tells when it is wrong
        }
        auto told = ask();
        if (!told || *told == Told::cosigned)
            return told ? Result<void>() : fail(told.error());
        told = ask(); // now with the size that it named
        if (told && *told == Told::another_size)
            return fail(ErrorCode::unavailable, name_ + " names another size with each answer; does another host use this ledger's key?");
        return told ? Result<void>() : fail(told.error());
    }

    void cancel() override { http_.cancel(); }

  private:
    enum class Told { cosigned, another_size };

    // One question, about the newest checkpoint there is.
    Result<Told> ask() {
        auto reader = ledger::Reader::open(around_.ledger);
        if (!reader)
            return fail(reader.error());
        const auto newest = reader->newest_checkpoint();
        if (!newest)
            return fail(newest.error());
        const auto body = *known_ == 0 ? Result<std::string>("old 0\n\n" + *newest) : reader->consistency_proof(*known_);
        if (!body && body.error().code == ErrorCode::invalid_input) { // larger than what we have: is it so?
            known_ = 0;
            return Told::another_size;
        }
        if (!body)
            return fail(body.error());
        const auto request = ledger::parse_growth_request(*body);
        if (!request)
            return fail(ErrorCode::internal, request.error().message);
        const auto answer = http_.post(url_, *body, {"Content-Type: text/plain; charset=utf-8"});
        if (!answer)
            return fail(Error(answer.error()).within(url_));
        switch (static_cast<unsigned>(answer->status)) {
        case ok:
            return take(*body, *request, answer->body);
        case conflict:
            return another_size(*request, answer->body);
        case unprocessable:
            return fail(ErrorCode::corrupt, "the ledger was rewritten: " + name_ + " has cosigned " + std::to_string(request->old_size) +
                                                " entries of it, and they are not those that are here; keep this state as evidence");
        case forbidden:
        case not_found:
            return fail(ErrorCode::refused, name_ + " does not know this ledger (HTTP " + std::to_string(answer->status) +
                                                "); give it the first line of the file ledger/verifier");
        default:
            return fail(ErrorCode::unavailable, url_ + ": answers HTTP " + std::to_string(answer->status));
        }
    }

    Result<Told> take(const std::string& body, const ledger::GrowthRequest& request, const std::string& lines) {
        const std::string cosigned = body.substr(body.find("\n\n") + 2) + lines;
        const auto note = signing::parse_note(cosigned);
        if (!note)
            return fail(ErrorCode::unavailable, url_ + ": answers no signature lines: " + note.error().message);
        if (auto when = signing::verify_cosignature(*note, verifier_); !when)
            return fail(ErrorCode::unavailable, url_ + ": " + when.error().message + "; is key=\"…\" the witness's?");
        if (auto written = append_kept(file_, kept_line(cosigned, request.checkpoint)); !written)
            return fail(written.error());
        known_ = request.checkpoint.size;
        return Told::cosigned;
    }

    Result<Told> another_size(const ledger::GrowthRequest& request, const std::string& body) {
        std::uint64_t size = 0;
        const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), size);
        if (error != std::errc{} || std::string_view(end, body.data() + body.size()) != "\n")
            return fail(ErrorCode::unavailable, url_ + ": answers HTTP 409 without a size");
        if (size > request.checkpoint.size)
            return fail(rolled_back(name_, size, request.checkpoint.size));
        if (size == request.old_size) // the sizes agree, so it is the root that does not
            return fail(ErrorCode::corrupt, "the ledger was rewritten: " + name_ + " has cosigned another history of " + std::to_string(size) +
                                                " entries; keep this state as evidence");
        known_ = size;
        return Told::another_size;
    }

    const std::string url_, name_;
    const signing::NoteVerifier verifier_;
    const std::filesystem::path file_;
    const Surroundings around_;
    outgoing::HttpPost http_;
    std::optional<std::uint64_t> known_;
};

} // namespace

Result<std::unique_ptr<Anchor>> make_witness_anchor(const config::Anchor& wanted, const Surroundings& around) {
    auto verifier = signing::NoteVerifier::parse(wanted.key, signing::NoteKeyType::cosignature);
    if (!verifier)
        return fail(std::move(verifier.error()).within(wanted.name()));
    if (auto url = outgoing::parse_post_url(wanted.url, outgoing::Plain::anywhere); !url)
        return fail(std::move(url.error()).within(wanted.name()));
    auto file = evidence_file(wanted, around);
    if (!file)
        return fail(file.error());
    return std::make_unique<WitnessAnchor>(wanted, std::move(*verifier), std::move(*file), around);
}

} // namespace ombud::anchors
