// <registers> of a manifest, and the records that they allow.
#include <catch2/catch.hpp>

#include "config/registers.hpp"
#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;
using Catch::Contains;

namespace {

/// A manifest of that kind with these registers, which begin on line 3.
Checked<Manifest> manifest_with(std::string_view registers, std::string_view kind = "module") {
    return parse_manifest(
        R"(<plugin xmlns="urn:ombud:module:1" id="probe" title="Probe" company="Example" version="1.0.0"
 isolation="process" abi="1.0" kind=")" +
            std::string(kind) + "\"><summary>probes</summary>\n<registers>" + std::string(registers) +
            "</registers>\n</plugin>\n",
        "m.xml");
}

std::string keeps(std::string_view fields) {
    return "<register name='recipients' key='address' personal='true' change='two-persons'><title>Who may get "
           "mail</title>" +
           std::string(fields) + "</register>";
}

/// A register with a field of every type.
const Register& recipients() {
    static const Register found = [] {
        const auto manifest = manifest_with(keeps(R"(
            <field name="attachments" type="boolean" default="false"><help>pictures</help></field>
            <field name="owner" type="text" personal="true" required="true"><help>who asked</help></field>
            <field name="per_hour" type="integer" unit="messages" min="1" max="1000"><help>at most</help></field>
            <field name="pause" type="duration" max="7d"><help>between two</help></field>
            <field name="language" type="choice" default="de"><choice value="de"/><choice value="fr">French</choice><help>of notes</help></field>
            <field name="until" type="date"><help>the first day without</help></field>)"));
        if (!manifest)
            throw std::runtime_error(manifest.error().error().message);
        return manifest->registers.at(0);
    }();
    return found;
}

ombud::Result<Record> check(const std::map<std::string, std::string>& values, std::string_view key = "a@example.org") {
    return check_record(recipients(), key, values, "Europe/Berlin");
}

/// What is wrong with one field, beside the required one.
std::string problem_of(const std::string& field, const std::string& text) {
    const auto record = check({{"owner", "x"}, {field, text}});
    return record ? std::string() : record.error().message;
}

} // namespace

TEST_CASE("a register is read as it is written", "[config][registers]") {
    const auto manifest = manifest_with(
        "<register name='consents' key='person' personal='false' "
        "change='one-person'><title>Consents</title></register>" +
        keeps("<field name='text_version' type='integer' min='1' personal='true'><help>of the text</help></field>"));

    REQUIRE(manifest);
    REQUIRE(manifest->registers.size() == 2);
    CHECK(manifest->find_register("nothing") == nullptr);
    const Register* consents = manifest->find_register("consents");
    REQUIRE(consents != nullptr);
    CHECK(consents->key == "person");
    CHECK_FALSE(consents->key_personal);
    CHECK_FALSE(consents->two_persons);
    CHECK(consents->fields.empty());
    const Register* mail = manifest->find_register("recipients");
    REQUIRE(mail != nullptr);
    CHECK(mail->title == "Who may get mail");
    CHECK(mail->key_personal);
    CHECK(mail->two_persons);
    const RegisterField* version = mail->field("text_version");
    REQUIRE(version != nullptr);
    CHECK(version->type == OptionType::integer);
    CHECK(version->min == 1);
    CHECK(version->is_personal);
    CHECK(version->help == "of the text");
    CHECK(mail->field("text") == nullptr);
}

TEST_CASE("a register's mistakes are told with their line", "[config][registers]") {
    struct Row {
        const char* behaviour;
        std::string registers;
        const char* says;
    };
    const Row rows[] = {
        {"a register twice", keeps("") + "\n" + keeps(""), "m.xml:4: <register> name 'recipients' is given twice"},
        {"a register with a hyphen",
         "<register name='a-b' key='k' personal='true' change='one-person'><title>t</title></register>",
         "<register> name 'a-b' is not 1 to 64 of a-z, 0-9 and _, starting with a letter"},
        {"no title", "<register name='a' key='k' personal='true' change='one-person'/>", "<register> lacks title"},
        {"nothing said of persons", "<register name='a' key='k' change='one-person'><title>t</title></register>",
         "<register> lacks the attribute personal"},
        {"three persons", "<register name='a' key='k' personal='true' change='three'><title>t</title></register>",
         "<register> change 'three' is not one-person, two-persons or append"},
        {"numbers that tell of a person", "<register name='a' key='k' personal='true' change='append'><title>t</title></register>",
         "change 'append' gives running numbers as keys"},
        {"a field twice",
         keeps("<field name='a' type='text'><help>h</help></field><field name='a' type='text'><help>h</help></field>"),
         "<field> name 'a' is given twice"},
        {"a field named as the key", keeps("<field name='key' type='text'><help>h</help></field>"),
         "<field> name 'key' is taken by the record's own key"},
        {"a field with a hyphen", keeps("<field name='a-b' type='text'><help>h</help></field>"),
         "<field> name 'a-b' is not 1 to 64 of a-z, 0-9 and _"},
        {"a secret", keeps("<field name='a' type='secret'><help>h</help></field>"),
         "<field> type 'secret' is not text, integer, boolean, duration, choice or date"},
        {"a field without help", keeps("<field name='a' type='text'/>"), "<field> lacks one of choice, help"},
        {"a default out of range", keeps("<field name='a' type='integer' max='5' default='6'><help>h</help></field>"),
         "<field> default '6' is not a whole number, at most 5"},
        {"a default day of no calendar",
         keeps("<field name='a' type='date' default='2026-02-29'><help>h</help></field>"),
         "<field> default '2026-02-29' is not a day as YYYY-MM-DD"},
        {"a range of days", keeps("<field name='a' type='date' min='2026-01-01'><help>h</help></field>"),
         "min '2026-01-01' does not apply to type date"},
        {"one choice", keeps("<field name='a' type='choice'><choice value='x'/><help>h</help></field>"),
         "'a' needs two or more <choice>"},
        {"a default that never applies",
         keeps("<field name='a' type='boolean' required='true' default='true'><help>h</help></field>"),
         "'a' is required, so its default would never apply"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto manifest = manifest_with(row.registers);

            REQUIRE_FALSE(manifest);
            INFO(manifest.error().error().message);
            CHECK(manifest.error().problems.size() == 1);
            CHECK_THAT(manifest.error().error().message, Contains(row.says));
        }
    }
}

TEST_CASE("a connector has no registers", "[config][registers]") {
    const auto manifest = manifest_with(keeps(""), "connector");

    REQUIRE_FALSE(manifest);
    CHECK(manifest.error().error().message ==
          "m.xml:3: <registers> are kept for modules alone, and this is a connector; remove them");
}

TEST_CASE("an option cannot be a day", "[config][registers]") {
    const auto manifest = parse_manifest(
        R"(<plugin xmlns="urn:ombud:module:1" id="p" title="P" company="E" version="1.0.0" isolation="process" abi="1.0" kind="module">
<summary>s</summary><options><option name="a" type="date"><help>h</help></option></options></plugin>)",
        "m.xml");

    REQUIRE_FALSE(manifest);
    CHECK_THAT(manifest.error().error().message, Contains("<option> type 'date' is not text, integer"));
}

TEST_CASE("a record's values get their types, in the order of the register", "[config][registers]") {
    const auto record = check({{"until", "2026-07-01"},
                               {"attachments", "true"},
                               {"owner", " Anna "},
                               {"per_hour", "60"},
                               {"pause", "120s"},
                               {"language", "fr"}},
                              " anna@example.org ");

    REQUIRE(record);
    CHECK(record->key == "anna@example.org");
    const std::vector<RecordValue> wanted{
        {"attachments", "true", std::int64_t{1}, false},
        {"owner", "Anna", std::string("Anna"), true},
        {"per_hour", "60", std::int64_t{60}, false},
        {"pause", "2m", std::int64_t{120}, false},
        {"language", "fr", std::string("fr"), false},
        {"until", "2026-07-01", std::int64_t{1'782'856'800'000'000'000}, false}, // 2026-07-01T00:00+02:00
    };
    CHECK(record->values == wanted);
}

TEST_CASE("a record gets defaults, and what is not set is absent", "[config][registers]") {
    const auto record = check({{"owner", "Anna"}});

    REQUIRE(record);
    const std::vector<RecordValue> wanted{{"attachments", "false", std::int64_t{0}, false},
                                          {"owner", "Anna", std::string("Anna"), true},
                                          {"language", "de", std::string("de"), false}};
    CHECK(record->values == wanted);
}

TEST_CASE("a record's own texts make the same record", "[config][registers]") {
    const auto record = check({{"owner", "Ö"}, {"pause", "86400s"}, {"until", "2199-12-31"}, {"per_hour", "1"}});
    REQUIRE(record);
    std::map<std::string, std::string> texts;
    for (const RecordValue& value : record->values)
        texts[value.field] = value.text;

    const auto again = check(texts, record->key);

    REQUIRE(again);
    CHECK(*again == *record);
}

TEST_CASE("a record's day begins when the site's zone says", "[config][registers]") {
    struct Row {
        const char* zone;
        const char* day;
        std::int64_t begins_utc_s;
    };
    const Row rows[] = {{"UTC", "1970-01-01", 0},
                        {"Europe/Berlin", "2026-12-24", 1'798'066'800},    // 23:00 of the day before
                        {"America/New_York", "2026-07-01", 1'782'878'400}, // 04:00
                        {"Africa/Cairo", "2026-04-24", 1'776'981'600}}; // midnight is skipped: 22:00 of the day before
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.zone) {
            const auto record = check_record(recipients(), "a", {{"owner", "x"}, {"until", row.day}}, row.zone);

            REQUIRE(record);
            CHECK(record->values.back().text == row.day);
            CHECK(std::get<std::int64_t>(record->values.back().value) == row.begins_utc_s * 1'000'000'000);
        }
    }
}

TEST_CASE("a zone that this machine does not know is told only where it matters", "[config][registers]") {
    CHECK(check_record(recipients(), "a", {{"owner", "x"}}, "Moon/Base"));
    const auto record = check_record(recipients(), "a", {{"owner", "x"}, {"until", "2026-07-01"}}, "Moon/Base");
    REQUIRE_FALSE(record);
    CHECK(record.error().code == ombud::ErrorCode::unavailable);
    CHECK_THAT(record.error().message, Contains("'Moon/Base'") && Contains("is the package tzdata installed?"));
}

TEST_CASE("a record's mistakes name field, value and what is allowed", "[config][registers]") {
    CHECK(problem_of("attachments", "yes") == "attachments 'yes' is not true or false");
    CHECK(problem_of("per_hour", "0") == "per_hour '0' is not a whole number of messages, from 1 to 1000");
    CHECK(problem_of("pause", "8d") == "pause '8d' is not a duration such as 30s, 10m, 48h or 7d, at most 7d");
    CHECK(problem_of("language", "en") == "language 'en' is not one of de, fr");
    CHECK(problem_of("until", "2026-02-29") ==
          "until '2026-02-29' is not a day as YYYY-MM-DD, 1970-01-01 to 2199-12-31");
    CHECK(problem_of("until", "tomorrow") == "until 'tomorrow' is not a day as YYYY-MM-DD, 1970-01-01 to 2199-12-31");
    CHECK(problem_of("colour", "red") ==
          "'colour' is no field of recipients; known: attachments, owner, per_hour, pause, language, until");
}

TEST_CASE("a record's text is one line of UTF-8", "[config][registers]") {
    constexpr auto allowed = "1 to 4096 bytes of text without control characters";
    struct Row {
        const char* behaviour;
        std::string text;
    };
    const Row rows[] = {{"empty", ""},
                        {"blanks only", "  "},
                        {"a line feed inside", "a\nb"},
                        {"an escape", "\x1B[31m"},
                        {"a C1 control", "a\xC2\x9B"},
                        {"DEL", "a\x7F"},
                        {"Latin-1", "M\xFCller"},
                        {"4097 bytes", std::string(4'097, 'a')},
                        {"a NUL", std::string("a\0b", 3)}};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto record = check({{"owner", row.text}});

            REQUIRE_FALSE(record);
            CHECK(record.error().code == ombud::ErrorCode::invalid_input);
            CHECK_THAT(record.error().message, Catch::StartsWith("owner ") && Contains(allowed));
        }
    }
    CHECK(check({{"owner", std::string(4'096, 'a')}}));
    CHECK(check({{"owner", "M\xC3\xBCller \xC2\xA0"}})); // U+00A0 is the first behind the controls
}

TEST_CASE("a key is 1 to 254 bytes of one line", "[config][registers]") {
    CHECK(check({{"owner", "x"}}, std::string(254, 'k')));
    for (const std::string& key : {std::string(), std::string(" \t"), std::string(255, 'k'), std::string("a\nb"),
                                   std::string("a\0b", 3), std::string("\xFF"), std::string("a\xC2\x85")}) {
        const auto record = check({{"owner", "x"}}, key);

        REQUIRE_FALSE(record);
        CHECK_THAT(record.error().message, Catch::StartsWith("address ") &&
                                               Contains("is not 1 to 254 bytes of UTF-8 without control characters"));
    }
}

TEST_CASE("all of a record's problems are told at once", "[config][registers]") {
    const auto record = check({{"colour", "red"}, {"per_hour", "many"}}, "");

    REQUIRE_FALSE(record);
    CHECK(record.error().message ==
          "address '' is not 1 to 254 bytes of UTF-8 without control characters\n"
          "'colour' is no field of recipients; known: attachments, owner, per_hour, pause, language, until\n"
          "lacks owner, which recipients requires: 1 to 4096 bytes of text without control characters\n"
          "per_hour 'many' is not a whole number of messages, from 1 to 1000");
}
