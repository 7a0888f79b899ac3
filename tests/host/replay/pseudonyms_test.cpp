// Pseudonyms: whose shape they keep, and what of them is never the same.
#include <catch2/catch.hpp>

#include <cctype>
#include <set>

#include "replay/pseudonyms.hpp"

using ombud::replay::Pseudonyms;

namespace {

constexpr std::array<std::uint8_t, 32> key{7};

std::string shape_of(const std::string& text) {
    std::string shape;
    for (const char c : text)
        shape += std::isdigit(static_cast<unsigned char>(c)) != 0   ? '9'
                 : std::islower(static_cast<unsigned char>(c)) != 0 ? 'a'
                 : std::isupper(static_cast<unsigned char>(c)) != 0 ? 'A'
                                                                   : c;
    return shape;
}

} // namespace

TEST_CASE("a pseudonym has the shape of what it stands for, and is another", "[pseudonyms]") {
    Pseudonyms pseudonyms(key);
    for (const char* name : {"guard01", "Ada Apt", "10.1.2.3", "a", "7", "x-y_z"}) {
        const std::string other = pseudonyms.of(name);
        CHECK(other != name);
        CHECK(shape_of(other) == shape_of(name));
    }
    CHECK(pseudonyms.of("").empty());
    CHECK(pseudonyms.of("-") == "-");
    CHECK(pseudonyms.of("Müller").size() == 6); // one letter for one letter
}

TEST_CASE("one person is one pseudonym, wherever the name stands", "[pseudonyms]") {
    Pseudonyms pseudonyms(key);
    const std::string ada = pseudonyms.of("ada@example.org"), bob = pseudonyms.of("bob@example.org");
    CHECK(pseudonyms.of("ada@example.org\nbob@example.org") == ada + "\n" + bob);
    CHECK(pseudonyms.of_words("ada@example.org bob@example.org") == ada + " " + bob);
    CHECK(pseudonyms.of("ada@elsewhere.test") == ada.substr(0, ada.find('@')) + "@elsewhere.test");
    CHECK(pseudonyms.of("ada+cam@example.org").starts_with(ada.substr(0, ada.find('@')) + "+"));
    CHECK(pseudonyms.of("@example.org") == "@example.org");
}

TEST_CASE("two persons never share a pseudonym, however few there are to give", "[pseudonyms]") {
    Pseudonyms pseudonyms(key);
    std::set<std::string> given;
    for (char first = 'a'; first <= 'z'; ++first)
        for (const char* second : {"", "0", "1", "a", "b"})
            given.insert(pseudonyms.of(std::string(1, first) + second));
    CHECK(given.size() == 26 * 5);
}

TEST_CASE("another capture gives other pseudonyms", "[pseudonyms]") {
    auto one = Pseudonyms::make(), other = Pseudonyms::make();
    REQUIRE(one);
    REQUIRE(other);
    CHECK(one->of("a name of some length") != other->of("a name of some length"));
}
