#include "cli/csv.hpp"

#include <catch2/catch.hpp>

namespace ombud::cli {
namespace {

TEST_CASE("a line of CSV is read back as it was, and runs nothing in a spreadsheet", "[cli]") {
    struct Row {
        const char* behaviour;
        std::vector<std::string> cells;
        const char* line;
    };
    const Row rows[] = {
        {"plain cells", {"1", "gate yard", ""}, "1,gate yard,\r\n"},
        {"a comma is quoted", {"a,b", "c"}, "\"a,b\",c\r\n"},
        {"a quote is doubled", {"say \"no\""}, "\"say \"\"no\"\"\"\r\n"},
        {"a line break is quoted", {"a\r\nb", "a\nb"}, "\"a\r\nb\",\"a\nb\"\r\n"},
        {"a formula is a text", {"=HYPERLINK(\"http://x\")", "+1", "-1", "@x", "\tx", "\rx"},
         "\"'=HYPERLINK(\"\"http://x\"\")\",'+1,'-1,'@x,'\tx,\"'\rx\"\r\n"},
        {"the same signs inside are left alone", {"a=b", "1-2"}, "a=b,1-2\r\n"},
        {"no cell", {}, "\r\n"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) { CHECK(csv_line(row.cells) == row.line); }
    }
}

} // namespace
} // namespace ombud::cli
