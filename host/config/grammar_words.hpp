#pragma once
// Turns libxml2's schema messages into words for the person who wrote the file.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ombud::config {

/// What an XSD says about itself. Source of the words: the documentation of its simple types.
class GrammarWords {
  public:
    explicit GrammarWords(std::string_view xsd);

    [[nodiscard]] std::string_view root() const { return root_; }
    [[nodiscard]] std::string_view target_namespace() const { return target_namespace_; }

    /// One libxml2 message without namespaces and type jargon, ending in what is allowed.
    [[nodiscard]] std::string reworded(std::string_view message) const;

  private:
    [[nodiscard]] std::string allowed_attributes(const std::string& element) const;
    /// What an attribute, or an element's own text when `attribute` is empty, may hold.
    [[nodiscard]] std::string allowed_value(const std::string& element, const std::string& attribute) const;

    std::string root_;
    std::string target_namespace_;
    std::map<std::string, std::string, std::less<>> allowed_; // simple type: what it allows
    // Complex type (named as its element): its attributes and their types; the text's own has an empty name.
    std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> attributes_;
};

} // namespace ombud::config
