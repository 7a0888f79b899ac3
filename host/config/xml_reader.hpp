#pragma once
// Reads a checked XML document and gathers what is wrong with it. Internal to this folder; the one home of pugixml,
// together with grammar_words.

#include <filesystem>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/grammar.hpp"
#include "config/problem.hpp"
#include "config/values.hpp"

namespace ombud::config {

/// One document behind the gate of grammar.hpp. Readers take values from it, add problems, and ask at the end.
class XmlReader {
  public:
    /// Checks and parses; `text` is copied.
    XmlReader(std::string_view text, std::string name, Grammar grammar);
    XmlReader(const XmlReader&) = delete;
    XmlReader& operator=(const XmlReader&) = delete;

    /// The root element; empty when nothing can be read, then has_problems().
    [[nodiscard]] pugi::xml_node root() const { return document_.document_element(); }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool has_problems() const { return !problems_.empty(); }
    /// The first problems_max problems by line, and how many more there are.
    [[nodiscard]] Rejection rejection() &&;

    void add(pugi::xml_node where, std::string message);
    void add(pugi::xml_attribute where, std::string message);

    /// An attribute's value without blanks at its ends; empty when it is missing.
    [[nodiscard]] static std::string text(pugi::xml_node node, const char* attribute);
    /// An element's own text with blanks collapsed, whatever comments or CDATA divide it.
    [[nodiscard]] static std::string content(pugi::xml_node node);

    /// An attribute through one of the parsers of values.hpp. A missing attribute is nullopt without a problem: the
    /// grammar says which are required. A value that the grammar has refused already is not told twice.
    template <class T>
    [[nodiscard]] std::optional<T> value(pugi::xml_node node, const char* attribute,
                                         std::optional<T> (*parse)(std::string_view), const char* allowed) {
        const auto found = node.attribute(attribute);
        if (!found)
            return std::nullopt;
        auto value = parse(trimmed(found.value()));
        if (!value && follows_grammar_)
            add(found, place(node) + attribute + " " + in_quotes(trimmed(found.value())) + " is not " + allowed);
        return value;
    }

    /// Where an element begins; 1 is the first line.
    [[nodiscard]] std::size_t line(pugi::xml_node node) const { return line_of(node.name()); }

    /// `<camera> device `: how messages begin.
    [[nodiscard]] static std::string place(pugi::xml_node node) { return "<" + std::string(node.name()) + "> "; }

  private:
    [[nodiscard]] std::size_t line_of(const char* in_buffer) const;
    void add(Problem problem);

    std::string name_;
    std::vector<char> buffer_; // pugixml's names and values lie in it, which gives their lines
    std::vector<std::size_t> line_starts_;
    pugi::xml_document document_;
    std::vector<Problem> problems_;
    std::size_t left_out_ = 0;
    bool follows_grammar_ = false;
};

/// `; known: a, b`, with the first ten names.
template <class Names>
[[nodiscard]] std::string known_names(const Names& names) {
    constexpr std::size_t shown_max = 10;
    std::string list;
    std::size_t shown = 0;
    for (const auto& name : names) {
        if (shown++ == shown_max)
            return list + ", …";
        list += (list.empty() ? "; known: " : ", ") + name;
    }
    return list;
}

/// The bytes of a regular file of at most 4 MiB (one more is read, so that check_bytes() refuses a larger one).
/// Errors  not_found: no such file; unavailable: not readable, with the system's reason; invalid_input: no regular file
[[nodiscard]] Checked<std::string> read_bytes(const std::filesystem::path& file);

} // namespace ombud::config
