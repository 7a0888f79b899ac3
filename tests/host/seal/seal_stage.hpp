#pragma once
// A site that seals, people to seal for, and files to seal.

#include "openssl_program.hpp"
#include "seal/open.hpp"
#include "seal/seal.hpp"

#include <array>

namespace ombud::seal {

using namespace std::string_literals;

inline const std::string passphrase = "correct horse battery";

/// A text of so many bytes that repeats nowhere.
inline std::string content_of(std::size_t size, int seed = 1) {
    std::string text;
    for (std::uint32_t state = static_cast<std::uint32_t>(seed) * 7'919; text.size() < size;) {
        state = state * 1'664'525 + 1'013'904'223;
        text += std::to_string(state) + '\n';
    }
    text.resize(size);
    return text;
}

struct SealStage {
    TempFolder folder;
    Person anna = Person::make(folder.path(), "anna", "ec -pkeyopt ec_paramgen_curve:P-256");
    Person ben = Person::make(folder.path(), "ben", "rsa:2048");
    FakeClock clock{SystemClock().utc_ns()}; // behind them, since their certificates are valid from when they were made
    SealingKeys keys = SealingKeys::open(folder / "keys", "depot", {}, clock).value();

    [[nodiscard]] Input input(const std::string& name, const std::string& content) const {
        const auto file = folder / ("in-" + std::to_string(std::hash<std::string>()(name)));
        write_bytes(file, content);
        return {file, name};
    }

    [[nodiscard]] static Facts facts() {
        Facts facts;
        facts.export_id = "E-17";
        facts.site = "depot";
        facts.cameras = {{"gate", "Einfahrt Süd"}, {"yard", ""}};
        facts.begin_utc_ns = 1'700'000'000'000'000'000;
        facts.end_utc_ns = 1'700'000'600'123'456'789;
        facts.reason = "theft on the \"yard\"\nfile 44/26";
        facts.requester = "Carla Conti";
        facts.approver = "Dora Diaz";
        facts.recipient = {"Inspector Ede", "Police", "other-institution"};
        facts.destroy_by_utc_ns = 1'750'000'000'000'000'000;
        facts.masks = "none";
        return facts;
    }

    /// Two files in five parts, for Anna and Ben.
    [[nodiscard]] SealRequest request() const {
        SealRequest request;
        request.files = {input("gate.mp4", content_of(2'500)), input("Hof 1 – Nacht.mkv", content_of(1'001, 2))};
        request.facts = facts();
        request.recipients.certificates = {anna.certificate.pem(), ben.certificate.pem()};
        request.folder = folder / "sealed";
        request.part_bytes = 1'000;
        return request;
    }

    [[nodiscard]] Result<Sealed> seal(const SealRequest& request) const {
        return seal_files(request, keys.current(), clock);
    }

    [[nodiscard]] Trust trust() const {
        Trust trust;
        for (const auto& record : keys.records())
            trust.signers.push_back(record.certificate);
        return trust;
    }
    [[nodiscard]] signing::EnvelopeKey key_of(const Person& person) const {
        return signing::EnvelopeKey::create(person.key, person.certificate).value();
    }
    [[nodiscard]] Result<Opened> open(const std::string& sealed = "sealed", const std::string& out = "opened") const {
        auto key = key_of(anna);
        return open_seal({folder / sealed, trust(), {}}, key, folder / out, clock);
    }
    [[nodiscard]] Result<Opened> verify(const std::string& sealed = "sealed") const {
        auto key = key_of(anna);
        return verify_seal({folder / sealed, trust(), {}}, key, clock);
    }

    /// Names in a folder below, in order.
    [[nodiscard]] std::vector<std::string> names(const std::string& below) const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder / below))
            names.push_back(entry.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }
    /// Whether sealing or opening left anything beside its result.
    [[nodiscard]] bool left_nothing() const {
        for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
            if (entry.path().filename().string().starts_with(unfinished_prefix))
                return false;
        return true;
    }
};

} // namespace ombud::seal
