#include "signing/digest.hpp"
#include "signing/encoding.hpp"

#include <catch2/catch.hpp>

using namespace ombud;
using namespace ombud::signing;

TEST_CASE("base64 writes and reads the examples of RFC 4648", "[signing]") {
    struct Row {
        std::string_view bytes;
        const char* text;
    };
    const Row rows[] = {{"", ""},
                        {"f", "Zg=="},
                        {"fo", "Zm8="},
                        {"foo", "Zm9v"},
                        {"foob", "Zm9vYg=="},
                        {"fooba", "Zm9vYmE="},
                        {"foobar", "Zm9vYmFy"},
                        {"\xfb\xff\xbf", "+/+/"}};
    for (const Row& row : rows) {
        DYNAMIC_SECTION("'" << row.text << "'") {
            CHECK(base64(bytes_of(row.bytes)) == row.text);
            const auto parsed = parse_base64(row.text);
            REQUIRE(parsed);
            CHECK(std::string(parsed->begin(), parsed->end()) == row.bytes);
        }
    }
}

TEST_CASE("base64 accepts one spelling only", "[signing]") {
    for (const char* text :
         {"Zg", "Zg=", "Zg==\n", "Z===", "====", "Zh==", "Zm9=", "Zm-v", "Zm 9", "=Zm9", "Zg==Zg=="}) {
        DYNAMIC_SECTION("'" << text << "' is refused") {
            const auto parsed = parse_base64(text);

            REQUIRE_FALSE(parsed);
            CHECK(parsed.error().code == ErrorCode::invalid_input);
        }
    }
}

TEST_CASE("hexadecimal is read in either case and written in lower case", "[signing]") {
    CHECK(hex(parse_hex("00fFa9").value()) == "00ffa9");
    CHECK_FALSE(parse_hex("0"));
    CHECK_FALSE(parse_hex("0g"));
}
