#pragma once
// Records as lines of CSV that a spreadsheet can open without running anything.

#include <string>
#include <vector>

namespace ombud::cli {

/// One line, ended by CR LF. A cell with a comma, quote, CR or LF is quoted. One that begins with = + - @, a tab or CR gets a '
/// in front, or spreadsheets would run it as a formula.
/// Source  RFC 4180; OWASP, CSV Injection
std::string csv_line(const std::vector<std::string>& cells);

} // namespace ombud::cli
