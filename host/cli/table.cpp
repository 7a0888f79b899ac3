#include "cli/table.hpp"

#include <algorithm>

namespace ombud::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t shrunk_min = 8;

} // namespace

void Table::add(std::vector<Cell> row) {
    row.resize(columns_.size(), Cell(""));
    for (Cell& cell : row) {
        cell.text = harmless(cell.text);
        std::replace(cell.text.begin(), cell.text.end(), '\t', ' ');
    }
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::size_t terminal_width) const {
    std::vector<std::size_t> widths;
    std::size_t total = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = width_of(columns_[i].title);
        for (const auto& row : rows_)
            width = std::max(width, width_of(row[i].text));
        widths.push_back(width);
        total += width + (i > 0 ? gap : 0);
    }
    while (terminal_width > 0 && total > terminal_width) {
        std::size_t* widest = nullptr;
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (columns_[i].may_shrink && widths[i] > shrunk_min && (!widest || widths[i] > *widest))
                widest = &widths[i];
        if (!widest)
            break;
        --*widest;
        --total;
    }
    return widths;
}

void Table::print_line(const Terminal& terminal, const std::vector<Cell>& row,
                       const std::vector<std::size_t>& widths) const {
    std::string line;
    std::size_t pending = 0; // spaces that are written only when something follows them
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string text = cut(row[i].text, widths[i]);
        const std::size_t padding = widths[i] - std::min(widths[i], width_of(text));
        if (!text.empty()) {
            line.append(pending + (columns_[i].align == Align::right ? padding : 0), ' ');
            line += terminal.styled(text, row[i].style);
            pending = columns_[i].align == Align::right ? 0 : padding;
        } else {
            pending += padding;
        }
        pending += gap;
    }
    terminal.out << line << '\n';
}

void Table::print(const Terminal& terminal) const {
    const auto fitted = widths(terminal.width);
    std::vector<Cell> titles;
    for (const Column& column : columns_)
        titles.emplace_back(column.title, Style::faint);
    print_line(terminal, titles, fitted);
    for (const auto& row : rows_)
        print_line(terminal, row, fitted);
}

} // namespace ombud::cli
