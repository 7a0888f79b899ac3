// seal_bench seal FILE OUT STATE CERT
// seal_bench open|verify SEALED STATE CERT KEY [OUT]: one call of host/seal, for tests/bench/seal/run to measure.
#include "seal/open.hpp"
#include "seal/seal.hpp"

#include <iostream>
#include <vector>

using namespace ombud;

namespace {

int failed(const Error& error) {
    std::cerr << "seal_bench: " << error.message << '\n';
    return 1;
}

int run(const std::vector<std::string>& words) {
    const SystemClock clock;
    const auto keys = seal::SealingKeys::open(words.at(words.at(0) == "seal" ? 3 : 2), "bench", {}, clock);
    const auto certificate = signing::Certificate::read_all(words.at(words.at(0) == "seal" ? 4 : 3), 1);
    if (!keys || !certificate)
        return failed(keys ? certificate.error() : keys.error());
    if (words[0] == "seal") {
        seal::SealRequest request;
        request.files = {{words.at(1), "source"}};
        request.folder = words.at(2);
        request.recipients.certificates = {certificate->front().pem()};
        request.facts.export_id = "bench";
        request.facts.site = "bench";
        request.facts.reason = "bench";
        request.facts.recipient.name = "nobody";
        request.facts.cameras = {{"one", ""}};
        const auto sealed = seal::seal_files(request, keys->current(), clock);
        return sealed ? 0 : failed(sealed.error());
    }
    auto private_key = signing::PrivateKey::load(words.at(4), {});
    if (!private_key)
        return failed(private_key.error());
    auto key = signing::EnvelopeKey::create(std::move(*private_key), certificate->front());
    if (!key)
        return failed(key.error());
    const seal::OpenRequest request{words.at(1), {{keys->current().certificate}, {}, {}}, {}};
    const auto opened = words[0] == "open" ? seal::open_seal(request, *key, words.at(5), clock)
                                           : seal::verify_seal(request, *key, clock);
    return opened ? 0 : failed(opened.error());
}

} // namespace

int main(int count, char** words) {
    return run({words + 1, words + count});
}
