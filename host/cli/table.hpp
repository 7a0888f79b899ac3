#pragma once
// Rows in columns that fit the terminal.

#include "cli/terminal.hpp"

#include <string>
#include <vector>

namespace ombud::cli {

enum class Align { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
    bool may_shrink = false; ///< its texts may be cut when the terminal is too narrow
};

struct Cell {
    std::string text;
    Style style = Style::plain;

    Cell(std::string t, Style s = Style::plain) : text(std::move(t)), style(s) {}
    Cell(const char* t, Style s = Style::plain) : text(t), style(s) {}
};

/// A title line and one line a row. On a terminal the columns that may shrink are cut, the widest first, down to eight
/// columns each; into a pipe nothing is ever cut. Control characters of strangers are shown, not sent.
class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// As many cells as there are columns; missing ones are empty.
    void add(std::vector<Cell> row);
    [[nodiscard]] bool is_empty() const { return rows_.empty(); }
    void print(const Terminal& terminal) const;

  private:
    [[nodiscard]] std::vector<std::size_t> widths(std::size_t terminal_width) const;
    void print_line(const Terminal& terminal, const std::vector<Cell>& row,
                    const std::vector<std::size_t>& widths) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

} // namespace ombud::cli
