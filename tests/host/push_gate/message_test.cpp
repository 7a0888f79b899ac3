#include "gates/push/message.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <ombud/view.hpp>
#include <random>

namespace ombud::push {

TEST_CASE("a message is read whole and written again as it came", "[message]") {
    const auto message = parse_message(R"({"person":"guard01","device":"phone-1","title":"Gate","text":"Line one\nÜ",
                                           "data":{"plate":"B-AB 12"},"picture":"/9j/4A=="})");
    REQUIRE(message);
    CHECK(message->person == "guard01");
    CHECK(message->device == "phone-1");
    CHECK(boost::json::parse(to_json(*message)) ==
          boost::json::parse(R"({"title":"Gate","text":"Line one\nÜ","data":{"plate":"B-AB 12"},"picture":"/9j/4A=="})"));
}

TEST_CASE("a message that cannot be used is refused with its member", "[message]") {
    struct Row {
        const char* behaviour;
        std::string body;
        const char* says;
    };
    const Row rows[] = {
        {"nothing", "", "not JSON"},
        {"no JSON", "person=guard01", "not JSON"},
        {"a list", "[]", "not a JSON object"},
        {"no person", R"({"title":"x"})", "person: is missing"},
        {"nothing to say", R"({"person":"g1"})", "neither title"},
        {"a misspelt member", R"({"person":"g1","titel":"x"})", "'titel' is not known here"},
        {"a number as title", R"({"person":"g1","title":5})", "title: is not a text"},
        {"a text as data", R"({"person":"g1","data":"x"})", "data: is not an object"},
        {"a line break in a title", R"({"person":"g1","title":"a\nb"})", "title: has control"},
        {"a NUL in a person", R"({"person":"g\u0000","title":"a"})", "person: has control"},
        {"a blank in a device", R"({"person":"g1","title":"a","device":"a b"})", "device: has characters"},
        {"a picture that is no base64", R"({"person":"g1","picture":"#"})", "picture: is not base64"},
        {"a title of 1025 bytes", R"({"person":"g1","title":")" + std::string(1025, 'x') + "\"}", "1025 bytes"},
        {"data of 17 KiB", R"({"person":"g1","data":{"a":")" + std::string(17 * 1024, 'x') + "\"}}", "data: is longer"},
        {"broken UTF-8", "{\"person\":\"g1\",\"title\":\"\xff\"}", "not JSON"},
        {"nested without end", std::string(100'000, '['), "not JSON"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            const auto message = parse_message(row.body);
            REQUIRE_FALSE(message);
            CHECK(message.error().code == ErrorCode::invalid_input);
            CHECK_THAT(message.error().message, Catch::Contains(row.says));
        }
}

TEST_CASE("a null stands for an absent member", "[message]") {
    CHECK(parse_message(R"({"person":"g1","title":"x","device":null,"data":null})")->device.empty());
}

TEST_CASE("whatever comes, a message that is accepted is within its limits and well-formed", "[message][fuzz]") {
    std::mt19937_64 random(Catch::rngSeed());
    const std::string seed =
        R"({"person":"guard01","device":"p-1","title":"T","text":"a\tb","data":{"k":[1,null]},"picture":"QUJD"})";
    const std::string likely = "{}[]\",:\\u0041\n \x01\xc3\xa9\xff" "nulltrue1e9-";
    std::size_t accepted = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string body = seed;
        for (auto times = 1 + random() % 4; times > 0; --times) {
            const auto at = random() % body.size();
            if (random() % 2)
                body.erase(at, random() % 4);
            else
                body.insert(at, 1, random() % 4 ? likely[random() % likely.size()] : static_cast<char>(random() & 0xff));
            if (body.empty())
                body = "{";
        }
        const auto message = parse_message(body);
        if (!message)
            continue;
        ++accepted;
        REQUIRE_FALSE(message->person.empty());
        for (const std::string* text : {&message->person, &message->device, &message->title, &message->text})
            REQUIRE((text->size() <= 8192 && sdk::is_utf8(*text) && text->find('\0') == std::string::npos));
        REQUIRE(boost::json::parse(to_json(*message)).is_object());
    }
    CHECK(accepted > 1000);
}

} // namespace ombud::push
