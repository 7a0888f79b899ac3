#include <ombud/time_zone.hpp>

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <random>

namespace ombud::audio_metadata {

using sdk::TimeZone;
using sdk::ZoneSpan;

namespace {

/// The zone of this process, for as long as it lives; the C library is the independent judge here.
class ProcessZone {
  public:
    explicit ProcessZone(const std::string& name) {
        setenv("TZ", name.c_str(), 1);
        tzset();
    }
    ~ProcessZone() {
        unsetenv("TZ");
        tzset();
    }
    int64_t offset_s(int64_t utc_s) const {
        const time_t instant = utc_s;
        tm local{};
        localtime_r(&instant, &local);
        return local.tm_gmtoff;
    }
};

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(std::string& bytes, int64_t value, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
        bytes += static_cast<char>(static_cast<uint64_t>(value) >> shift);
}

struct Made {
    std::vector<std::pair<int64_t, unsigned>> changes; // instant, kind
    std::vector<int64_t> offsets{0};
    std::string foot;
    char version = '2';
};

/// A TZif file whose first half is as short as may be.
std::string file_of(const Made& made) {
    std::string bytes;
    const auto head = [&](size_t times, size_t types) {
        bytes += "TZif";
        bytes += made.version;
        bytes.append(15, '\0');
        for (const size_t count : {size_t{0}, size_t{0}, size_t{0}, times, types, size_t{1}})
            put(bytes, static_cast<int64_t>(count), 4);
    };
    head(0, 1);
    put(bytes, 0, 4);
    bytes.append(3, '\0'); // is summer, designation, the designation
    head(made.changes.size(), made.offsets.size());
    for (const auto& change : made.changes)
        put(bytes, change.first, 8);
    for (const auto& change : made.changes)
        put(bytes, change.second, 1);
    for (const int64_t offset : made.offsets) {
        put(bytes, offset, 4);
        bytes.append(2, '\0');
    }
    bytes += '\0';
    return bytes + "\n" + made.foot + "\n";
}

} // namespace

TEST_CASE("every zone tells the time that the C library tells", "[time_zone]") {
    const auto* const name =
        GENERATE("Europe/Berlin", "Europe/London", "Europe/Dublin", "Africa/Casablanca", "America/New_York",
                 "America/Sao_Paulo", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Gaza",
                 "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll", "Etc/GMT+12");
    const auto zone = TimeZone::read(name);
    REQUIRE(zone);
    const ProcessZone judge(name);

    constexpr int64_t from = 0, to = 4'700'000'000; // 1970 to 2118
    size_t spans = 0;
    int64_t wrong = 0;
    for (int64_t at = from; at < to; ++spans) {
        const ZoneSpan span = zone->span_at(at);
        REQUIRE(span.begin_s <= at);
        REQUIRE(span.end_s > at);
        const int64_t end = std::min(span.end_s, to);
        // At both ends and in between: neither an offset nor a change of it may be wrong.
        for (const int64_t instant : {at, at + (end - at) / 3, end - 1})
            wrong += span.offset_s != judge.offset_s(instant);
        at = end;
    }
    INFO(name);
    CHECK(wrong == 0);
    CHECK(spans >= 1);
}

TEST_CASE("a rule alone tells the time that the C library tells", "[time_zone]") {
    const auto* const rule =
        GENERATE("CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0/2,M11.1.0", "UTC0", "<+0545>-5:45", "<-03>3",
                 "IST-2IDT,M3.4.4/26,M10.5.0", "EST5EDT,J60/2:30:15,J300/1", "EST5EDT4:30,59/2,300/-1",
                 "NZST-12NZDT,M9.5.0,M4.1.0/3", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
    const auto zone = TimeZone::parse(file_of({{}, {0}, rule}));
    REQUIRE(zone);
    const ProcessZone judge(rule);

    int64_t wrong = 0;
    for (int64_t at = 1'000'000'000; at < 2'000'000'000; at += 6 * 3600 + 7)
        wrong += zone->span_at(at).offset_s != judge.offset_s(at);
    INFO(rule);
    CHECK(wrong == 0);
}

TEST_CASE("Berlin changes its clocks as `date` shows", "[time_zone]") {
    const auto zone = TimeZone::read("Europe/Berlin");
    REQUIRE(zone);
    struct Row {
        const char* behaviour;
        const char* date; // for date -d, UTC
    };
    const Row rows[] = {
        {"the last second of winter", "2026-03-29T00:59:59Z"},
        {"the first second of summer", "2026-03-29T01:00:00Z"},
        {"the last second of summer", "2026-10-25T00:59:59Z"},
        {"the first second of winter", "2026-10-25T01:00:00Z"},
        {"a leap day", "2028-02-29T12:00:00Z"},
        {"beyond the table, by the rule", "2077-07-01T12:00:00Z"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const std::string command = "TZ=Europe/Berlin date -d " + std::string(row.date) + " '+%s %::z'";
            FILE* pipe = popen(command.c_str(), "r");
            REQUIRE(pipe);
            long long instant = 0;
            char sign = 0;
            int hours = 0, minutes = 0, seconds = 0;
            const int read = std::fscanf(pipe, "%lld %c%d:%d:%d", &instant, &sign, &hours, &minutes, &seconds);
            pclose(pipe);
            REQUIRE(read == 5);

            CHECK(zone->span_at(instant).offset_s == (sign == '-' ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds));
        }
    }
}

TEST_CASE("a zone before its first change has its first kind of time", "[time_zone]") {
    const auto zone = TimeZone::parse(file_of({{{1000, 1}, {2000, 0}}, {3600, 7200}, ""}));
    REQUIRE(zone);
    CHECK(zone->span_at(999).offset_s == 3600);
    CHECK(zone->span_at(999).end_s == 1000);
    CHECK(zone->span_at(1000).offset_s == 7200);
    CHECK(zone->span_at(2000).offset_s == 3600);
    CHECK(zone->span_at(2000).end_s == ZoneSpan::never_s); // no rule: it stays
}

TEST_CASE("summer time all year has no gap at New Year", "[time_zone]") {
    const auto zone = TimeZone::parse(file_of({{}, {0}, "XXX3EDT4,0/0,J365/23", '3'}));
    REQUIRE(zone);
    for (int64_t at = 1'700'000'000; at < 1'800'000'000; at += 3600)
        REQUIRE(zone->span_at(at).offset_s == -4 * 3600);
}

TEST_CASE("a version 1 file is read", "[time_zone]") {
    std::string bytes = bytes_of("/usr/share/zoneinfo/Europe/Berlin");
    REQUIRE(bytes.size() > 44);
    bytes[4] = '\0';
    const auto zone = TimeZone::parse(bytes);
    REQUIRE(zone);
    CHECK(zone->span_at(1'782'864'000).offset_s == 7200); // 2026-07-01
}

TEST_CASE("UTC needs no file", "[time_zone]") {
    for (const char* name : {"", "UTC"}) {
        const auto zone = TimeZone::read(name, "/nowhere");
        REQUIRE(zone);
        CHECK(zone->span_at(1'782'864'000).offset_s == 0);
    }
}

TEST_CASE("TimeZone::read refuses names that are none", "[time_zone]") {
    struct Row {
        const char* behaviour;
        const char* name;
        sdk::ErrorCode code;
    };
    const Row rows[] = {
        {"a way out of the folder", "../../etc/passwd", sdk::ErrorCode::invalid_input},
        {"an absolute path", "/etc/localtime", sdk::ErrorCode::invalid_input},
        {"odd characters", "Europe/Berlin\n", sdk::ErrorCode::invalid_input},
        {"a zone that does not exist", "Europe/Atlantis", sdk::ErrorCode::not_found},
        {"a folder", "Europe", sdk::ErrorCode::not_found},
        {"a file that is no zone", "leapseconds", sdk::ErrorCode::corrupt},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto zone = TimeZone::read(row.name);
            REQUIRE_FALSE(zone);
            CHECK(zone.error().code == row.code);
        }
    }
}

TEST_CASE("TimeZone::parse says what is wrong with a file", "[time_zone]") {
    struct Row {
        const char* behaviour;
        std::string bytes;
        const char* says;
    };
    const std::string good = file_of({{{1000, 1}}, {0, 3600}, "UTC0"});
    REQUIRE(TimeZone::parse(good));
    std::string leaping = good;
    leaping[44 + 7 + 31] = 1;
    std::string countless = good;
    countless[44 + 7 + 36] = 0;
    countless[44 + 7 + 39] = 0;
    const Row rows[] = {
        {"an empty file", "", "no head"},
        {"something else", std::string(100, 'x'), "no head"},
        {"a file that ends in its first half", good.substr(0, 45), "first half"},
        {"a file that ends in its data", good.substr(0, 44 + 7 + 44 + 5), "within its data"},
        {"a file without a foot", good.substr(0, good.size() - 6), "no foot"},
        {"no kind of local time", countless, "0 kinds"},
        {"leap seconds", leaping, "leap seconds"},
        {"changes out of order", file_of({{{1000, 0}, {1000, 0}}, {0}, ""}), "not in order"},
        {"an unknown kind", file_of({{{1000, 9}}, {0}, ""}), "unknown kind"},
        {"an offset of days", file_of({{}, {200'000}, ""}), "offset of 200000"},
        {"a rule that is none", file_of({{}, {0}, "CET-1CEST,M13.5.0,M10.5.0"}), "rule"},
        {"a rule with a tail", file_of({{}, {0}, "UTC0 and more"}), "rule"},
        {"a rule that names summer time alone", file_of({{}, {0}, "CET-1CEST"}), "rule"},
        {"a huge file", std::string(2'000'000, '\0'), "too many"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto zone = TimeZone::parse(row.bytes);
            REQUIRE_FALSE(zone);
            CHECK(zone.error().code == sdk::ErrorCode::corrupt);
            CHECK_THAT(zone.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("damaged files are refused or read, never more", "[time_zone][fuzz]") {
    const std::string good = bytes_of("/usr/share/zoneinfo/Europe/Berlin");
    std::mt19937_64 random(Catch::rngSeed());
    size_t read = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = good;
        for (uint64_t hits = 1 + random() % 8; hits > 0; --hits) {
            const size_t span = random() % 3 == 0 ? bytes.size() : std::min<size_t>(bytes.size(), 1200);
            bytes[random() % span] = static_cast<char>(random());
        }
        if (random() % 4 == 0)
            bytes.resize(random() % bytes.size());

        const auto zone = TimeZone::parse(bytes);
        if (!zone)
            continue;
        ++read;
        for (const int64_t instant :
             {ZoneSpan::always_s + 1, int64_t{-5'000'000'000}, int64_t{0}, int64_t{5'000'000'000}}) {
            const ZoneSpan span = zone->span_at(std::max<int64_t>(instant, -900'000'000'000));
            REQUIRE(span.begin_s < span.end_s);
        }
    }
    CHECK(read > 0);
}

} // namespace ombud::audio_metadata
