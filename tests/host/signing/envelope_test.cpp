#include "signing/cms/envelope.hpp"

#include "openssl_program.hpp"
#include "signing/digest.hpp"

using namespace ombud;
using namespace ombud::signing;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes seal(const EnvelopeRecipients& recipients, std::string_view content, std::size_t window = 1000) {
    auto writer = EnvelopeWriter::begin(recipients).value();
    Bytes sealed = writer.head(content.size());
    for (std::size_t at = 0; at < content.size(); at += window) {
        const auto piece = bytes_of(content.substr(at, window));
        sealed.resize(sealed.size() + piece.size());
        REQUIRE(writer.encrypt(piece, sealed.data() + sealed.size() - piece.size()));
    }
    const Bytes tail = writer.finish().value();
    sealed.insert(sealed.end(), tail.begin(), tail.end());
    return sealed;
}

Result<std::string> open(std::span<const std::uint8_t> sealed, EnvelopeKey& key) {
    const auto head = sealed.first(std::min(sealed.size(), envelope_head_bytes_max));
    const auto tail = sealed.last(std::min(sealed.size(), envelope_tail_bytes));
    auto reader = EnvelopeReader::open(head, tail, sealed.size(), key);
    if (!reader)
        return fail(reader.error());
    std::string content(reader->layout().content_bytes, '\0');
    if (auto done = reader->decrypt(sealed.subspan(reader->layout().content_begin, content.size()),
                                    reinterpret_cast<std::uint8_t*>(content.data()));
        !done)
        return fail(done.error());
    if (auto done = reader->finish(); !done)
        return fail(done.error());
    return content;
}

const std::string passphrase = "correct horse battery";
const std::string content_10k = [] {
    std::string text;
    for (int i = 0; text.size() < 10'000; ++i)
        text += std::to_string(i * 7919) + '\n';
    return text;
}();

} // namespace

TEST_CASE("an envelope is opened by each of its recipients, by us and by stock openssl", "[envelope]") {
    const TempFolder folder;
    const auto rsa = Person::make(folder.path(), "rsa", "rsa:2048");
    const auto p256 = Person::make(folder.path(), "p256", "ec -pkeyopt ec_paramgen_curve:P-256");
    const auto p384 = Person::make(folder.path(), "p384", "ec -pkeyopt ec_paramgen_curve:P-384");
    const auto recipients =
        EnvelopeRecipients::create({rsa.certificate, p256.certificate, p384.certificate}, passphrase).value();
    const std::size_t sizes[] = {0, 1, 127, 128, 10'000};
    for (const std::size_t size : sizes) {
        const std::string content = content_10k.substr(0, size);
        const Bytes sealed = seal(recipients, content);
        write_bytes(folder / "sealed", {reinterpret_cast<const char*>(sealed.data()), sealed.size()});

        for (const auto& [name, person] : {std::pair("rsa", &rsa), {"p256", &p256}, {"p384", &p384}}) {
            INFO(name << ", " << size);
            auto key = EnvelopeKey::create(person->key, person->certificate).value();
            CHECK(open(sealed, key).value() == content);
            CHECK(runs(folder.path(), std::string("openssl cms -decrypt -inform DER -binary -in sealed -recip ") +
                                          name + ".pem -inkey " + name + ".key -out opened"));
            CHECK(read_bytes(folder / "opened") == content);
        }
        auto key = EnvelopeKey::of_passphrase(passphrase);
        CHECK(open(sealed, key).value() == content);
        const bool opened = runs(folder.path(), "openssl cms -decrypt -inform DER -binary -in sealed -pwri_password '" +
                                                    passphrase + "' -out opened");
        INFO(read_bytes(folder / "said"));
        CHECK(opened);
        CHECK(read_bytes(folder / "opened") == content);
    }
}

TEST_CASE("an envelope says what stock openssl prints of it", "[envelope]") {
    const TempFolder folder;
    const auto rsa = Person::make(folder.path(), "rsa", "rsa:2048");
    const auto ec = Person::make(folder.path(), "ec", "ec -pkeyopt ec_paramgen_curve:P-256");
    const Bytes sealed =
        seal(EnvelopeRecipients::create({rsa.certificate, ec.certificate}, passphrase).value(), content_10k);
    write_bytes(folder / "sealed", {reinterpret_cast<const char*>(sealed.data()), sealed.size()});

    REQUIRE(runs(folder.path(), "openssl cms -cmsout -print -inform DER -in sealed"));

    const std::string printed = read_bytes(folder / "said");
    for (const char* said :
         {"id-smime-ct-authEnvelopedData", "aes-256-gcm", "rsaesOaep", "dhSinglePass-stdDH-sha256kdf", "PBKDF2",
          "hmacWithSHA256", "id-alg-PWRI-KEK", "INTEGER           :0927C0"})
        CHECK_THAT(printed, Catch::Contains(said));
}

TEST_CASE("an envelope does not open with anything else", "[envelope]") {
    const TempFolder folder;
    const auto anna = Person::make(folder.path(), "anna", "rsa:2048");
    const auto ben = Person::make(folder.path(), "ben", "ec -pkeyopt ec_paramgen_curve:P-256");
    const auto carl = Person::make(folder.path(), "carl", "rsa:2048");
    const Bytes for_anna = seal(EnvelopeRecipients::create({anna.certificate}, {}).value(), "content");
    const Bytes for_phrase = seal(EnvelopeRecipients::create({}, passphrase).value(), "content");
    struct Row {
        const char* behaviour;
        const Bytes& sealed;
        EnvelopeKey key;
        const char* says;
    };
    Row rows[] = {
        {"another certificate is named", for_anna, EnvelopeKey::create(ben.key, ben.certificate).value(),
         "not sealed for the certificate of CN=ben"},
        {"another RSA certificate is named", for_anna, EnvelopeKey::create(carl.key, carl.certificate).value(),
         "not sealed for the certificate of CN=carl"},
        {"no passphrase opens what has none", for_anna, EnvelopeKey::of_passphrase(passphrase),
         "not sealed for a passphrase"},
        {"another passphrase", for_phrase, EnvelopeKey::of_passphrase("correct horse batterx"),
         "the passphrase does not open it"},
        {"no certificate opens what has a passphrase alone", for_phrase,
         EnvelopeKey::create(anna.key, anna.certificate).value(), "not sealed for the certificate of CN=anna"},
    };
    for (Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto opened = open(row.sealed, row.key);

            REQUIRE_FALSE(opened);
            CHECK(opened.error().code == ErrorCode::refused);
            CHECK_THAT(opened.error().message, Catch::Contains(row.says));
        }
    }
    CHECK_FALSE(EnvelopeKey::create(anna.key, carl.certificate));
}

TEST_CASE("an envelope with one changed bit in cipher, content or tag does not open", "[envelope]") {
    const TempFolder folder;
    const auto anna = Person::make(folder.path(), "anna", "ec -pkeyopt ec_paramgen_curve:P-256");
    auto key = EnvelopeKey::create(anna.key, anna.certificate).value();
    const Bytes sealed = seal(EnvelopeRecipients::create({anna.certificate}, {}).value(), "a content of some bytes");
    const std::size_t from =
        sealed.size() - 18 - 23 - 2 - 32 - 11; // the type of what is encrypted, cipher, content, tag
    for (std::size_t at = from; at < sealed.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            Bytes changed = sealed;
            changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1 << bit));
            INFO("bit " << bit << " of byte " << at << " of " << sealed.size());
            CHECK_FALSE(open(changed, key));
        }
}

TEST_CASE("an envelope of any length but its own is refused as corrupt", "[envelope]") {
    const TempFolder folder;
    const auto anna = Person::make(folder.path(), "anna", "rsa:2048");
    auto key = EnvelopeKey::create(anna.key, anna.certificate).value();
    const Bytes sealed = seal(EnvelopeRecipients::create({anna.certificate}, {}).value(), "content");
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        const auto opened = open(std::span(sealed).first(size), key);
        INFO(size);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::corrupt);
    }
    Bytes longer = sealed;
    longer.push_back(0);
    CHECK_FALSE(open(longer, key));
}

TEST_CASE("whatever stands in an envelope, opening it ends with a message", "[envelope][fuzz]") {
    const TempFolder folder;
    const auto anna = Person::make(folder.path(), "anna", "ec -pkeyopt ec_paramgen_curve:P-256");
    auto key = EnvelopeKey::create(anna.key, anna.certificate).value();
    const Bytes seed = seal(EnvelopeRecipients::create({anna.certificate}, {}).value(), "a content of some bytes");
    std::uint32_t state = 12'345;
    const auto next = [&](std::size_t below) {
        state = state * 1'664'525 + 1'013'904'223;
        return static_cast<std::size_t>(state >> 8) % below;
    };
    const std::uint8_t telling[] = {0x00, 0x01, 0x02, 0x04, 0x30, 0x31, 0x7f, 0x80,
                                    0x81, 0x82, 0x84, 0x88, 0xa0, 0xa3, 0xff};
    for (int round = 0; round < 10'000; ++round) {
        Bytes bytes = seed;
        for (std::size_t changes = 1 + next(4); changes > 0 && !bytes.empty(); --changes) {
            const std::size_t at = next(bytes.size());
            switch (next(4)) {
            case 0:
                bytes[at] = telling[next(sizeof telling)];
                break;
            case 1:
                bytes[at] = static_cast<std::uint8_t>(next(256));
                break;
            case 2:
                bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            default:
                bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), telling[next(sizeof telling)]);
            }
        }
        const auto opened = open(bytes, key);
        // What opens all the same has the same content: only what nobody relies on was changed.
        if (opened ? *opened != "a content of some bytes" : opened.error().message.empty())
            FAIL("round " << round);
    }
}

TEST_CASE("certificates that cannot be sealed for are refused by name", "[envelope]") {
    const TempFolder folder;
    struct Row {
        const char* behaviour;
        const char* kind;
        const char* more;
        const char* says;
    };
    const Row rows[] = {
        {"a weak RSA key", "rsa:1024", "-days 3", "1024 bits"},
        {"a key that signs only", "ed25519", "-days 3", "neither RSA nor EC"},
        {"a certificate for signatures", "rsa:2048", "-days 3 -addext keyUsage=digitalSignature",
         "not meant for encryption"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            REQUIRE(runs(folder.path(), std::string("openssl req -x509 -newkey ") + row.kind +
                                            " -nodes -keyout k -out c.pem -subj /CN=dora " + row.more));
            const auto certificate = Certificate::read_all(folder / "c.pem", 1).value().front();

            const auto made = EnvelopeRecipients::create({certificate}, {});

            REQUIRE_FALSE(made);
            CHECK(made.error().code == ErrorCode::invalid_input);
            CHECK_THAT(made.error().message, Catch::Contains("CN=dora") && Catch::Contains(row.says));
        }
    }
    CHECK_FALSE(EnvelopeRecipients::create({}, {}));
}
