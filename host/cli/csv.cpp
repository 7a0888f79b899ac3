#include "cli/csv.hpp"

namespace ombud::cli {

std::string csv_line(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front())
            line += ',';
        const bool is_formula = !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
        const std::string shown = (is_formula ? "'" : "") + cell;
        if (shown.find_first_of(",\"\r\n") == std::string::npos) {
            line += shown;
            continue;
        }
        line += '"';
        for (const char c : shown)
            line += c == '"' ? std::string("\"\"") : std::string(1, c);
        line += '"';
    }
    return line + "\r\n";
}

} // namespace ombud::cli
